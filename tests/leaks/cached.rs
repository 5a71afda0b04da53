//! With a cache: an answer to one user, by one way, is never another's, sec-J7.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use maypole::HttpClient;
use maypole::client::{Cache, CacheStatus, Proxies, ProxyChoice};

use crate::in_coroutine;
use crate::peer::on_thread;
use crate::requests::sequences;
use crate::setup::*;
use crate::world::World;
use crate::{builder, proxy};

/// Every pair of changes, all to one path: each answer was made for a request of exactly this setup. It is a new one if
/// there has been none, and out of the cache if there has been one a short while ago: of a URL sixteen are kept.
fn walk(clients: &[(&HttpClient, Setup)], world: &World, form: Form, base: Setup, path: &str) {
    let mut asked: Vec<Setup> = Vec::new();
    for setup in sequences(base, false) {
        for (client, given) in clients {
            let setup = setup.possible(*given);
            let response = setup.apply(client.get(setup.url(world, path)), *given, world, form).send().unwrap();
            let status = response.cache_status().unwrap();
            let before = asked.iter().rev().position(|asked| *asked == setup);
            assert!(before.is_some() || status == CacheStatus::Miss, "{form:?} {setup:?}: {status}");
            assert!(
                before.is_none_or(|before| before > 12) || status == CacheStatus::Hit,
                "{form:?} {setup:?}: {status}"
            );
            let seen = world.seen(&response.text().unwrap());
            assert_eq!(Facts::of(&seen), setup.expected(world, form, path), "{form:?} {setup:?}");
            asked.push(setup);
        }
    }
}

fn all(form: Form, backgrounds: &[u8]) {
    let world = World::start(MACHINES);
    let nothing = Setup([0; 10]);
    for &base in backgrounds {
        let cached = builder().cache(Cache::memory(8 << 20)).build().unwrap();
        walk(&[(&cached, nothing)], &world, form, Setup::of(base), &format!("/cached-{base}"));
    }
    // Two clients over one cache, one of them with a proxy, a login and a jar of its own.
    let cache = Cache::memory(8 << 20);
    let given = Setup([0, 0, 0, 1, 1, 0, 0, 1, 2, 0]);
    let one = builder().cache(cache.clone()).build().unwrap();
    let other = given.on_client(builder(), &world, form).cache(cache).build().unwrap();
    walk(&[(&one, nothing), (&other, given)], &world, form, Setup::of(0), "/shared");
}

#[test]
fn sec_j7_every_pair_with_a_cache_and_a_proxy_that_forwards() {
    on_thread(|| all(Form::Forward, &[0, 1]));
}

#[test]
fn sec_j7_every_pair_with_a_cache_and_a_proxy_with_tunnels() {
    in_coroutine(|| all(Form::Tunnel, &[]));
}

#[test]
fn sec_j7_another_host_to_connect_to_is_another_answer() {
    on_thread(|| {
        let world = World::start(2);
        let client = builder().cache(Cache::memory(1 << 20)).build().unwrap();
        let ask = |machine: usize| {
            let rule = format!("::127.0.0.1:{}", world.port(machine));
            let response = client.get("http://a.maypole.test/x").connect_to(&rule).send().unwrap();
            let status = response.cache_status().unwrap();
            (world.seen(&response.text().unwrap()).machine, status)
        };
        for status in [CacheStatus::Miss, CacheStatus::Hit, CacheStatus::Hit] {
            assert_eq!([ask(0), ask(1)], [(0, status), (1, status)]);
        }
    });
}

/// A rule that takes turns is asked once for each hop, and its answer is the one that counts.
#[test]
fn sec_j7_a_rule_for_proxies_is_asked_once_and_tells_answers_apart() {
    on_thread(|| {
        let world = World::start(MACHINES);
        let turn = Arc::new(AtomicUsize::new(0));
        let proxies = [2, 3].map(|machine| proxy(format!("http://127.0.0.1:{}", world.port(machine))));
        let count = turn.clone();
        let rule = move |_: &_| ProxyChoice::Through(proxies[count.fetch_add(1, SeqCst) % 2].clone());
        let client = builder().proxies(Proxies::none().rule(rule)).cache(Cache::memory(1 << 20)).build().unwrap();
        let ask = || {
            let response = client.get("http://a.maypole.test/x").send().unwrap();
            let status = response.cache_status().unwrap();
            (world.seen(&response.text().unwrap()).machine, status)
        };
        for status in [CacheStatus::Miss, CacheStatus::Hit] {
            assert_eq!([ask(), ask()], [(2, status), (3, status)]);
        }
        assert_eq!(turn.load(SeqCst), 4);
    });
}
