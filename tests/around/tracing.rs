//! Events for subscribers of `tracing`.

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::builder;
use crate::peer::{Server, ok};

#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<String>>>);

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}

impl Subscriber for Collected {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "maypole"
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        panic!("a span would be entered on one thread and left on another")
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut text = Text(format!("{} ", event.metadata().level()));
        event.record(&mut text);
        self.0.lock().unwrap().push(text.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn a_request_is_told_without_spans_and_secrets() {
    let server = Server::start(|_, responder| responder.reply(ok("12345")));
    let collected = Collected::default();
    let client = builder().tracing().build().unwrap();
    let url = server.url("/").replace("http://", "http://u:s3cret@");
    tracing::subscriber::with_default(collected.clone(), || {
        client.get(&url).header("Authorization", "Bearer s3cret").send().unwrap().text().unwrap();
        client.get("http://127.0.0.1:9/").send().unwrap_err();
    });
    let all = collected.0.lock().unwrap().join("\n");
    for part in [
        "DEBUG message=started",
        "TRACE message=sending",
        "status=200",
        "received=5",
        "complete=true",
        "WARN message=failed",
    ] {
        assert!(all.contains(part), "{part} is missing in\n{all}");
    }
    assert!(!all.contains("s3cret"), "{all}");
}
