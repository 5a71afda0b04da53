//! What `maypole load` shows while it runs: on a terminal, and where there is none.
#![cfg(feature = "cli")]

mod cli_support;

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use cli_support::{Serving, run};

const ENTER: &str = "\x1b[?1049h";
const LEAVE: &str = "\x1b[?1049l";

/// What a terminal got from a shell's `command`, with `keys` typed once the view is there. `None` without util-linux.
fn on_a_terminal(command: &str, keys: &[u8]) -> Option<String> {
    let mut script = Command::new("script");
    // Its own standard input is no terminal that it could take a size from; the shell outlives Ctrl-C.
    let command = format!("trap : INT; stty rows 24 cols 80; {command}");
    script.args(["-qefc", &command, "/dev/null"]).env("TERM", "xterm").env("SHELL", "/bin/sh").env_remove("NO_COLOR");
    let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let (mut typed, mut shown) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(n @ 1..) = shown.read(&mut piece) {
            tell.send(piece[..n].to_vec()).ok();
        }
    });
    let mut text = String::new();
    let mut is_typed = false;
    while let Ok(piece) = told.recv_timeout(Duration::from_secs(30)) {
        text += &String::from_utf8_lossy(&piece);
        if !is_typed && text.contains("connections") && text.contains("200") {
            typed.write_all(keys).unwrap();
            is_typed = true;
        }
    }
    drop(typed);
    child.wait().unwrap();
    Some(text)
}

#[test]
fn q304_q_and_ctrl_c_end_it_with_the_report_and_the_terminal_is_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    for (n, keys) in [b"q".as_slice(), b"\x03"].into_iter().enumerate() {
        let [before, after, report] =
            ["before", "after", "report"].map(|name| folder.path().join(format!("{name}{n}")));
        let command = format!(
            "stty -a > {}; {} load -z 20s -c 4 > {}; stty -a > {}",
            before.display(),
            env!("CARGO_BIN_EXE_maypole"),
            report.display(),
            after.display()
        );
        let Some(text) = on_a_terminal(&command, keys) else {
            return eprintln!("no `script`: install util-linux");
        };
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let report = read(&report);
        assert!(report.contains("interrupted") && !report.contains('\x1b'), "{report}\n{text}");
        assert!(text.contains(ENTER) && text.rfind(LEAVE) > text.rfind(ENTER), "{text:?}");
        assert!(text.rfind("\x1b[?25h") > text.rfind("\x1b[?25l"), "the cursor is back: {text:?}");
        let before = read(&before);
        assert_eq!((before.contains(" icanon"), read(&after)), (true, before));
    }
}

#[test]
fn q304_nothing_is_drawn_when_off_and_lines_where_the_terminal_is_dumb() {
    let program = env!("CARGO_BIN_EXE_maypole");
    let Some(text) = on_a_terminal(&format!("{program} load -n 100 --no-tui; NO_COLOR=1 {program} load -n 100"), b"")
    else {
        return eprintln!("no `script`: install util-linux");
    };
    assert!(text.matches(ENTER).count() == 1 && text.matches("p99.99").count() >= 2, "{text:?}");
    let colours = text.match_indices("\x1b[3").count() + text.match_indices("\x1b[9").count();
    let last = &text[text.find(ENTER).unwrap()..];
    assert!(colours > 0 && !last.contains("\x1b[36m") && !last.contains("\x1b[38;5;6m"), "{last:?}");
    let plain = format!("TERM=dumb {program} load -n 100; stty rows 0 cols 0; {program} load -n 100 --json");
    let text = on_a_terminal(&plain, b"").unwrap();
    assert!(!text.contains('\x1b') && text.contains("p99.99"), "{text:?}");
}

#[test]
fn q304_on_a_plain_stream_there_is_a_line_every_tenth_but_not_more_than_one_a_second() {
    let serving = Serving::start();
    let ran = run(["load", "-z", "4s", "-c", "2", &serving.at("/delay/20")]);
    let lines: Vec<_> = ran.err.lines().collect();
    assert!((1..=4).contains(&lines.len()), "{}", ran.err);
    for line in lines {
        for part in ["of 4 s, ", " %: ", " answers, 0 errors, ", "/s, p99 ", " in flight"] {
            assert!(line.contains(part), "{part} is missing: {line}");
        }
    }
    let ran = run(["load", "--no-tui", "-z", "2s", "-c", "2", &serving.at("/delay/20")]);
    assert_eq!(ran.err, "", "off means nothing");
}
