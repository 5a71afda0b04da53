//! Lines: the default callback's, and where they go.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use maypole::error::Kind;
use maypole::queue::batch::{
    Batch, FileLogger, Logger, MemoryLogger, MultiLogger, NullLogger, PipeLogger, ResultLine, ScreenLogger,
};
use maypole::rt;

use crate::peer::{Gate, on_both, wait_until};
use crate::site::{Kept, Site, ms, reply};

#[derive(Clone, Default)]
struct Screen {
    text: Arc<Mutex<Vec<u8>>>,
    /// Writes nothing before it is open.
    gate: Option<Gate>,
}

impl Screen {
    fn text(&self) -> String {
        String::from_utf8(self.text.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(gate) = &self.gate {
            gate.wait();
        }
        self.text.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn q161_the_default_callback_prints_a_line_for_each() {
    let site = Site::start(|request, responder| match request.target.as_str() {
        "/none" => responder.reply(reply("404 Not Found", &[], "no\r\nsuch")),
        _ => responder.reply(reply("200", &[], "hello")),
    });
    for (form, first, second, third) in [
        (ResultLine::ReqId, "REQID 0.", "REQID 1.", "REQID 2."),
        (ResultLine::Method, "REQ get-0.", "REQ post-1.", "REQ get-2."),
    ] {
        let screen = Screen::default();
        let batch = Batch::builder().logger(PipeLogger::to(screen.clone())).result_line(form).build().unwrap();
        batch.get(site.url("/")).queue().unwrap();
        batch.post(site.url("/none")).queue().unwrap();
        batch.get("nowhere").queue().unwrap();
        batch.fetch_all();
        let text = screen.text();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert_eq!(lines[0], format!("[info] {first} HTTP/1.1 200 5 bytes received"));
        assert_eq!(lines[1], format!("[info] {second} HTTP/1.1 404 Not Found 8 bytes received"));
        assert!(lines[2].starts_with(&format!("[fail] {third} FAILED 701 request: invalid URL")), "{text}");
    }
}

#[test]
fn q156_a_callback_of_one_request_replaces_the_batchs() {
    let site = Site::echo();
    let (all, own) = (Kept::default(), Kept::default());
    let batch = Batch::builder().logger(NullLogger).on_response(all.callback()).build().unwrap();
    batch.get(site.url("/all")).queue().unwrap();
    let kept = own.clone();
    batch.get(site.url("/own")).on_response(move |outcome, _| kept.add(outcome)).queue().unwrap();
    batch.fetch_all();
    assert_eq!((all.one().text(), own.one().text()), ("/all".into(), "/own".into()));
    site.end(batch, &all);
}

#[test]
fn q160_files_memory_several_none_and_kinds() {
    on_both(|| {
        let dir = tempfile::tempdir().unwrap();
        let file = FileLogger::rotating(dir.path().join("logs"), "aquests").daily().keep(30).open().unwrap();
        let path = file.path().to_owned();
        let (memory, failures, screen) = (MemoryLogger::new(200), MemoryLogger::new(200), Screen::default());
        let all = MultiLogger::new()
            .with(file)
            .with(memory.clone())
            .with(failures.clone().only(["fail", "expt"]))
            .with(ScreenLogger::to(screen.clone()))
            .with(NullLogger);
        for n in 0..300 {
            all.log("info", "a", &format!("line {n}"));
        }
        all.log("fail", "", "it\nfailed");
        all.trace("b", &io::Error::other("on purpose"));
        all.flush();
        assert_eq!((memory.read().len(), failures.read().len()), (200, 2));
        assert!(memory.read()[0].ends_with("[expt:b] on purpose") && memory.read()[199].contains("line 102"));
        assert!(failures.read()[1].ends_with("[fail] it\\nfailed"));
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!((text.lines().count(), screen.text().lines().count()), (302, 302));
        let first = text.lines().next().unwrap();
        // `2026-11-21 18:57:23 [info:a] line 0`
        let shape: String = first.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(shape, "0000-00-00 00:00:00 [info:a] line 0");
    });
}

#[test]
fn a_screen_that_takes_nothing_holds_no_worker_and_loses_no_line() {
    let gate = Gate::new();
    let screen = Screen { gate: Some(gate.clone()), ..Screen::default() };
    let logger = Arc::new(ScreenLogger::to(screen.clone()));
    // Far more than its buffer: most of these coroutines wait for room.
    let long = "x".repeat(10_000);
    let loggers: Vec<_> = (0..500)
        .map(|_| {
            let (logger, long) = (logger.clone(), long.clone());
            rt::spawn(move || logger.log("info", "", &long)).unwrap()
        })
        .collect();
    rt::sleep(ms(50));
    // Workers go on meanwhile.
    let others: Vec<_> = (0..100).map(|n| rt::spawn(move || n).unwrap()).collect();
    assert!(others.into_iter().map(|other| other.join().unwrap()).eq(0..100));
    assert!(loggers.iter().any(|logging| !logging.is_done()), "the buffer has a bound");
    gate.open();
    loggers.into_iter().for_each(|logging| logging.join().unwrap());
    logger.flush();
    assert_eq!((screen.text().lines().count(), logger.lost()), (500, 0));
}

#[test]
fn what_cannot_be_written_is_counted() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let logger = PipeLogger::to(Full);
    (0..3).for_each(|_| logger.log("info", "", "x"));
    logger.flush();
    assert_eq!(logger.lost(), 3);
}

#[test]
fn a_directory_that_cannot_be_written_is_an_error_with_its_name() {
    let error = FileLogger::rotating("/proc/nothing", "x").open().unwrap_err();
    assert!(error.kind() == Kind::Io && error.to_string().contains("/proc/nothing/x.log"), "{error}");
}

#[test]
fn stats_while_it_runs() {
    let log = MemoryLogger::new(100);
    let told = log.clone();
    let site = Site::start(move |_, responder| {
        wait_until("two lines", || told.read().len() >= 2);
        responder.reply(crate::site::ok(""));
    });
    let batch = Batch::builder().logger(log.clone()).on_response(|_, _| {}).stats_every(ms(50)).build().unwrap();
    (0..5).for_each(|_| {
        batch.get(site.url("/")).queue().unwrap();
    });
    let report = batch.fetch_all();
    assert_eq!((report.requests, report.unfinished), (5, 0));
    let lines = log.read();
    assert!(lines.len() >= 2 && lines.iter().all(|line| line.contains("in flight")), "{lines:?}");
    let stats = batch.stats();
    assert_eq!((stats.finished, stats.failed, stats.queued, stats.in_flight), (5, 0, 0, 0));
    site.end(batch, &Kept::default());
}

/// Panics at its first line.
struct Broken(Screen);

impl Write for Broken {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        assert!(!bytes.ends_with(b"first"), "a writer that panics");
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_writer_that_panics_costs_its_line_and_holds_nobody_up() {
    let screen = Screen::default();
    let logger = PipeLogger::to(Broken(screen.clone()));
    rt::scope::with_deadline(ms(20_000), || {
        logger.log("info", "", "first");
        logger.log("info", "", "second");
        logger.flush();
    });
    assert_eq!((logger.lost(), screen.text().as_str()), (1, "[info] second\n"));
}

#[test]
fn no_line_and_no_debug_form_tells_a_password() {
    let site = Site::start(|_, responder| {
        responder.reply(reply("302 Found", &["Location: http://you:s3cret@127.0.0.1:1/"], ""));
    });
    let log = MemoryLogger::new(100);
    let lines = log.clone();
    let batch = Batch::builder()
        .logger(log.clone())
        .on_response(move |outcome, _| {
            lines.log("line", "", &ResultLine::ReqId.of(&outcome));
            lines.log("debug", "", &format!("{outcome:?} {:?}", outcome.request_headers()));
            lines.trace("", outcome.error().unwrap());
        })
        .build()
        .unwrap();
    let with = |rest: &str| format!("http://me:s3cret@{rest}");
    for url in [with("127.0.0.1:1/"), with("127.0.0.1:99999/"), with("a b/"), with(&site.url("/")["http://".len()..])] {
        batch.get(url).auth(("me", "s3cret")).queue().unwrap();
    }
    batch.get("http://127.0.0.1:1/").header("Authorization", "Basic s3cret").queue().unwrap();
    assert_eq!(batch.fetch_all().failed(), 5);
    let lines = log.read();
    assert!(lines.len() == 15 && lines.iter().all(|line| !line.contains("s3cret")), "{lines:#?}");
}
