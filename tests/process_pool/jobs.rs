//! What the workers of these tests can do.

use std::os::fd::{AsFd, OwnedFd};
use std::process::Stdio;
use std::time::Duration;

use maypole::queue::processes::{self, register, register_request_hook, register_response_hook, register_session};
use maypole::{Error, HttpClient, Session};
use serde_json::{Value, json};

type Outcome<T> = Result<T, Error>;

pub(crate) fn register_all() {
    calls().unwrap();
    hooks().unwrap();
    register_session("foo", || Session::builder().default_header("Foo", "bar").build()).unwrap();
    register_session("plain", HttpClient::new).unwrap();
    register_session("broken", || Session::builder().client(|client| client.max_requests(0)).build()).unwrap();
}

fn calls() -> Outcome<()> {
    register("double", |n: u64| Outcome::Ok(n * 2))?;
    register("pid", |(): ()| Outcome::Ok(std::process::id()))?;
    register("map", |words: Vec<String>| {
        Outcome::Ok(
            words.into_iter().map(|word| (word.clone(), word.len())).collect::<std::collections::BTreeMap<_, _>>(),
        )
    })?;
    register("echo", |text: String| Outcome::Ok(text))?;
    register("fill", |bytes: usize| Outcome::Ok("x".repeat(bytes)))?;
    register("abort", |(): ()| -> Outcome<()> { std::process::abort() })?;
    register("exit", |status: i32| -> Outcome<()> { std::process::exit(status) })?;
    register("overflow", |depth: u64| Outcome::Ok(deep(depth)))?;
    register("panic", |text: String| -> Outcome<()> { panic!("{text}") })?;
    register("bomb", |(): ()| -> Outcome<()> { std::panic::panic_any(Bomb) })?;
    register("sleep", |ms: u64| {
        std::thread::sleep(Duration::from_millis(ms));
        Outcome::Ok(ms)
    })?;
    // Ends when the file is there: a gate that a process can wait at. A test that has failed makes none.
    register("wait", |path: String| {
        for _ in 0..60_000 {
            if std::path::Path::new(&path).exists() {
                return Ok(7_u64);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Err(Error::new(maypole::error::Kind::Job, "nobody has opened the gate"))
    })?;
    register("own_error", |(): ()| "x".parse::<u8>())?;
    register("their_error", |url: String| maypole::Url::parse(&url).map(|url| url.as_str().to_owned()))?;
    register("keep", |mib: usize| {
        // What a job leaves behind, as a cache or a fragmented heap does.
        let mut memory = vec![0_u8; mib << 20];
        memory.iter_mut().step_by(4096).for_each(|byte| *byte = 1);
        std::mem::forget(memory);
        Outcome::Ok(std::process::id())
    })?;
    register("descriptors", |(): ()| Outcome::Ok(descriptors()))?;
    register("stdin", |(): ()| std::io::read_to_string(std::io::stdin()))?;
    register("pool", |(): ()| processes::ProcessExecutor::new(1).map(drop))?;
    register("environment", |name: String| Outcome::Ok(std::env::var(name).ok()))?;
    register("arguments", |(): ()| Outcome::Ok(std::env::args().collect::<Vec<_>>()))?;
    register("shell", |command: String| {
        let status = std::process::Command::new("sh").args(["-c", &command]).status();
        Outcome::Ok(status.map_err(Error::from_io)?.code())
    })?;
    register("leave", |(path, then): (String, String)| {
        // What it starts holds this worker's socket as standard input, as a copy of the worker that a job forks would.
        let mut sleeping = std::process::Command::new("sleep");
        sleeping.arg("600").stdin(if then == "stay" { Stdio::null() } else { own_socket() });
        let child = sleeping.spawn().map_err(Error::from_io)?;
        std::fs::write(&path, child.id().to_string()).map_err(Error::from_io)?;
        match then.as_str() {
            "stay" => {}
            "exit" => std::process::exit(0),
            "abort" => std::process::abort(),
            _ => std::thread::sleep(Duration::from_secs(600)),
        }
        Outcome::Ok(())
    })?;
    register("append", |(path, line): (String, String)| {
        use std::io::Write;
        let file = std::fs::File::options().append(true).create(true).open(path);
        file.and_then(|mut file| writeln!(file, "{line}"))
    })?;
    register("die_once", |(path, line): (String, String)| {
        use std::io::Write;
        let before = std::fs::read_to_string(&path).unwrap_or_default().lines().count();
        let file = std::fs::File::options().append(true).create(true).open(path);
        file.and_then(|mut file| writeln!(file, "{line}")).map_err(Error::from_io)?;
        if before == 0 {
            std::process::abort()
        }
        Outcome::Ok(before)
    })
}

fn hooks() -> Outcome<()> {
    register_request_hook("stamped", |request| request.set_header("X-Stamp", "child"))?;
    register_response_hook("statuses", |answer| {
        let mut seen: Vec<Value> = answer.data().get("statuses").and_then(Value::as_array).cloned().unwrap_or_default();
        seen.push(json!([answer.status(), answer.is_redirect_hop()]));
        answer.attach("statuses", &seen)
    })?;
    register_response_hook("parsed", |answer| {
        let value: Value = serde_json::from_slice(answer.body())
            .map_err(|error| Error::new(maypole::error::Kind::Decode, "no JSON").with_source(error))?;
        answer.attach("parsed", &value)
    })?;
    register_response_hook("shouted", |answer| {
        answer.set_body(answer.body().to_ascii_uppercase());
        Ok(())
    })?;
    register_response_hook("emptied", |answer| {
        answer.set_body(Vec::new());
        Ok(())
    })?;
    register_response_hook("nested", |answer| {
        let nested = (0..127).fold(Value::Null, |inside, _| json!([inside]));
        answer.attach("nested", &nested)
    })?;
    register_response_hook("length", |answer| answer.replace(&answer.body().len()))?;
    register_response_hook("boom", |_| Err(Error::new(maypole::error::Kind::Job, "boom")))?;
    register_response_hook("bang", |_| panic!("bang"))
}

/// What is panicked with, whose destructor panics, too.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("the bomb has gone off");
    }
}

fn deep(depth: u64) -> u64 {
    let room = std::hint::black_box([depth; 512]);
    if depth == 0 { room[0] } else { deep(depth - 1) + room[511] }
}

/// The worker's end of the pool's socket, once more.
fn own_socket() -> Stdio {
    let own = rustix::process::pidfd_open(rustix::process::getpid(), rustix::process::PidfdFlags::empty()).unwrap();
    let entries = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let is_socket = |entry: &std::fs::DirEntry| {
        std::fs::read_link(entry.path()).is_ok_and(|link| link.to_string_lossy().starts_with("socket:"))
    };
    let socket = entries.filter(is_socket).find_map(|entry| entry.file_name().to_str()?.parse().ok()).unwrap();
    let copy: OwnedFd =
        rustix::process::pidfd_getfd(own.as_fd(), socket, rustix::process::PidfdGetfdFlags::empty()).unwrap();
    copy.into()
}

/// What each open descriptor is, but the one that reads the list.
pub(crate) fn descriptors() -> Vec<String> {
    let entries = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let links = entries.filter_map(|entry| std::fs::read_link(entry.path()).ok());
    let names = links.map(|link| link.to_string_lossy().into_owned());
    names.filter(|name| !name.starts_with("/proc/") || !name.ends_with("/fd")).collect()
}
