//! A scenario as plain code: users who read, now and then write, look at what they get, and think in between; at a rate that
//! grows: `cargo run --release --features load --example load_scenario`

mod little_server;

use std::time::Duration;

use little_server::serve;
use maypole::HttpClient;
use maypole::error::{Error, Kind};
use maypole::load::{Load, Sample, Stage, Turn};
use maypole::rt::{Runtime, sleep};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let site = serve(|asked| match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", "/orders") => (201, vec![], vec![]),
        // A bug for the load to find.
        ("GET", "/items/13") => (200, vec![], b"sold out".to_vec()),
        ("GET", path) => (200, vec![], format!("item {path}").into_bytes()),
        _ => (405, vec![], vec![]),
    })?;

    let runtime = Runtime::builder().start()?;
    let client = HttpClient::builder().max_per_host(50).timeout(Duration::from_secs(5)).build()?;
    let scenario = move |turn: &mut Turn<'_>| {
        // From the number of the iteration, so that each run asks for the same.
        let item = turn.number() % 20;
        let page = format!("{site}/items/{item}");
        turn.step("look", || {
            let text = client.get(&page).send()?.error_for_status()?.text()?;
            let sample = Sample::new().status(200).bytes(text.len() as u64);
            let is_item = text.starts_with("item ");
            is_item.then_some(sample).ok_or_else(|| Error::new(Kind::Decode, format!("{page} is no item: {text}")))
        })?;
        sleep(Duration::from_millis(10)); // think time is a part of the iteration
        if turn.number() % 5 != 0 {
            return Ok(Sample::new().status(200));
        }
        let order = format!(r#"{{"item":{item},"user":{}}}"#, turn.user());
        let bought =
            turn.step("buy", || Sample::of(client.post(format!("{site}/orders").as_str()).body(order).send()?))?;
        Ok(bought.requests(2))
    };

    // Half a second to get there, and a second at 200 per second.
    let stage = |millis, rate| Stage { duration: Duration::from_millis(millis), rate };
    let stats = Load::new().users(50).stages(20.0, &[stage(500, 200.0), stage(1_000, 200.0)]).run(scenario)?;
    println!("{stats}");
    for (name, step) in &stats.steps {
        let [p50, p99] = [50.0, 99.0].map(|percent| step.time.percentile(percent));
        println!("{name:>5}: {} done, {} failed, p50 {p50:?}, p99 {p99:?}", step.time.count(), step.failed);
    }
    for failure in &stats.failures {
        println!("{} × {:?}, first: {}", failure.count, failure.kind, failure.first);
    }
    for doubt in stats.doubts(runtime.workers()) {
        println!("! {doubt}");
    }
    Ok(())
}
