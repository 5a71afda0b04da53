//! Everything at once: eight coroutines on one client, each request with another setup, some over a redirect to another
//! origin. Every answer is that to its request, and every request carries its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use maypole::HttpClient;

use crate::builder;
use crate::dice::Dice;
use crate::setup::*;
use crate::world::World;

const COROUTINES: u64 = 8;
const LASTS: Duration = Duration::from_millis(1500);

fn roll(dice: &mut Dice) -> Setup {
    Setup(VALUES.map(|values| dice.below(values.into()) as u8)).normal()
}

/// What a redirect to the origin of `to` makes of it.
fn led(from: Setup, to: Setup) -> Setup {
    let mut led = from;
    for at in [SCHEME, HOST, PORT] {
        led.0[at] = to.0[at];
    }
    let stays = [SCHEME, HOST, PORT].iter().all(|at| from.0[*at] == to.0[*at]);
    if !stays {
        led.0[AUTH] = 0;
        // One-off cookies stay behind, those of a jar go by the host.
        led.0[COOKIES] = if from.0[COOKIES] == 1 { 0 } else { from.0[COOKIES] };
    }
    led
}

fn one(client: &HttpClient, world: &World, dice: &mut Dice, ways: &[(Setup, Form)], n: u64) {
    let (way, form) = ways[dice.below(ways.len() as u64) as usize];
    let mut setup = way;
    (setup.0[AUTH], setup.0[COOKIES]) = (dice.below(3) as u8, dice.below(3) as u8);
    let (mut path, mut last) = (format!("/storm-{n}"), setup);
    if dice.percent(30) {
        let end = format!("/end-{n}");
        last = led(setup, ways[dice.below(ways.len() as u64) as usize].0);
        world.on(
            &path,
            [301, 302, 303, 307, 308][dice.below(5) as usize],
            &[format!("Location: {}", last.url(world, &end))],
        );
        let begin = std::mem::replace(&mut path, end);
        check(client, world, form, setup, &begin, last, &path);
        return;
    }
    check(client, world, form, setup, &path.clone(), last, &path);
}

fn check(client: &HttpClient, world: &World, form: Form, setup: Setup, begin: &str, last: Setup, end: &str) {
    let request = setup.apply(client.get(setup.url(world, begin)), Setup([0; 10]), world, form);
    let response = request.send().unwrap_or_else(|error| panic!("{form:?} {setup:?}: {error}"));
    assert_eq!(response.status(), 200);
    let seen = world.seen(&response.text().unwrap());
    assert_eq!(Facts::of(&seen), last.expected(world, form, end), "{form:?} {setup:?}");
}

#[test]
fn sec_g1_g10_d3_d12_everything_at_once_and_every_answer_is_ones_own() {
    prepare();
    let world = Arc::new(World::start(MACHINES));
    let client = builder().max_per_host(3).build().unwrap();
    let mut dice = Dice(20_261_121);
    // Few enough that connections are used again all the time.
    let ways: Arc<Vec<(Setup, Form)>> =
        Arc::new((0..32).map(|n| (roll(&mut dice).peer(), FORMS[n % FORMS.len()])).collect());
    let (count, end) = (Arc::new(AtomicU64::new(0)), Instant::now() + LASTS);
    let all: Vec<_> = (0..COROUTINES)
        .map(|seed| {
            let (world, client, ways, count) = (world.clone(), client.clone(), ways.clone(), count.clone());
            let go = move || {
                let mut dice = Dice(seed);
                while Instant::now() < end || count.load(SeqCst) < 100 {
                    one(&client, &world, &mut dice, &ways, count.fetch_add(1, SeqCst));
                }
            };
            maypole::rt::spawn(go).unwrap()
        })
        .collect();
    all.into_iter().for_each(|one| one.join().unwrap());
    // No connection has ever served two ways.
    let mut by_connection = std::collections::HashMap::new();
    for seen in world.all() {
        let way = (seen.machine, seen.from, seen.layers.clone());
        assert_eq!(*by_connection.entry(seen.connection).or_insert_with(|| way.clone()), way);
    }
}
