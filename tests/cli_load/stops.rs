//! What ends a run before its time.

use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::cli_support::maypole;
use crate::scripted;

#[test]
fn q305_ctrl_c_ends_it_with_its_report_and_without_its_server() {
    let mut child = maypole().args(["load", "-z", "60s", "-c", "4"]).stdout(Stdio::piped()).spawn().unwrap();
    let pid = Pid::from_raw(child.id().try_into().unwrap());
    let server = server_of(child.id());
    // It is to have an answer.
    std::thread::sleep(Duration::from_secs(3));
    // `timeout` sends it twice at once, to the process and to its group; someone who presses twice takes longer.
    kill(pid, Signal::SIGINT).unwrap();
    kill(pid, Signal::SIGINT).unwrap();
    let mut report = String::new();
    child.stdout.take().unwrap().read_to_string(&mut report).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(report.contains("interrupted") && report.contains("per second"), "{report}");
    assert!(!std::path::Path::new(&format!("/proc/{server}")).exists());
}

#[test]
fn a_killed_parent_takes_its_server_with_it() {
    let mut child = maypole().args(["load", "-z", "60s", "-c", "1"]).stdout(Stdio::null()).spawn().unwrap();
    let server = server_of(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    scripted::wait_until("the embedded server to end", || !is_running(server));
}

/// The process that `parent` has started, once it has.
pub(crate) fn server_of(parent: u32) -> u32 {
    let mut found = None;
    scripted::wait_until("the embedded server to start", || {
        let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
        found = children.split_whitespace().find_map(|id| id.parse().ok());
        found.is_some()
    });
    found.unwrap()
}

/// Not a zombie that nobody has waited for: in a container there may be no init that does.
fn is_running(id: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

#[test]
fn a_run_that_ends_in_its_warm_up_says_so() {
    let mut child = maypole().args(["load", "--warm-up", "60s", "-c", "1"]).stdout(Stdio::piped()).spawn().unwrap();
    server_of(child.id());
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGTERM).unwrap();
    let mut report = String::new();
    child.stdout.take().unwrap().read_to_string(&mut report).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "nothing was counted");
    assert!(report.contains("interrupted in its warm-up of 60.0 s"), "{report}");
}
