//! What one origin, proxy or user has been told by way of a nonce is never shown to another one, sec-D13.

use maypole::client::Auth;

use crate::peer::on_thread;
use crate::setup::{HOSTS, MACHINES};
use crate::world::World;
use crate::{builder, proxy};

/// Of `Digest …`.
fn part<'a>(value: &'a str, name: &str) -> &'a str {
    value.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap()
}

#[test]
fn sec_d13_every_two_origins_and_users_one_after_the_other() {
    on_thread(|| {
        let world = World::start(2);
        let all: Vec<(String, &str)> = (0..8)
            .flat_map(|n| ["ada", "bob"].map(|user| (n, user)))
            .map(|(n, user)| {
                let (scheme, host, port) = (["http", "https"][n & 1], HOSTS[n >> 1 & 1], world.port(n >> 2 & 1));
                (format!("{scheme}://{host}:{port}"), user)
            })
            .collect();
        let client = builder().build().unwrap();
        for (one, other) in all.iter().flat_map(|one| all.iter().map(move |other| (one, other))) {
            for (origin, user) in [one, other] {
                let response = client.get(format!("{origin}/digest")).digest_auth(user, "p").send().unwrap();
                assert_eq!(response.status(), 200);
                let seen = world.seen(&response.text().unwrap());
                let shown = seen.line("authorization").unwrap();
                assert_eq!(part(&shown, "nonce"), origin.replacen("://", "-", 1));
                assert_eq!(part(&shown, "username"), *user);
            }
        }
        // One challenge for each origin and user: what is known is theirs, and stays theirs.
        assert_eq!(world.all().iter().filter(|seen| seen.status == 401).count(), all.len());
        for seen in world.all() {
            let Some(shown) = seen.line("authorization") else { continue };
            assert!(part(&shown, "nonce").ends_with(&seen.line("host").unwrap()), "{shown}");
        }
    });
}

#[test]
fn sec_d12_d13_every_two_proxies_and_users_one_after_the_other() {
    on_thread(|| {
        let world = World::start(MACHINES);
        let all: Vec<(usize, &str)> =
            [2, 3].iter().flat_map(|machine| [(*machine, "ada"), (*machine, "bob")]).collect();
        let client = builder().auth(Auth::digest("origin", "p")).build().unwrap();
        for (one, other) in all.iter().flat_map(|one| all.iter().map(move |other| (one, other))) {
            for (machine, user) in [one, other] {
                let proxy = proxy(format!("http://{user}:p@127.0.0.1:{}", world.port(*machine))).digest_only(true);
                let request = client.get(format!("http://a.maypole.test:{}/proxy-digest", world.port(0)));
                let response = request.proxy(proxy).send().unwrap();
                assert_eq!(response.status(), 200);
                let seen = world.seen(&response.text().unwrap());
                let shown = seen.line("proxy-authorization").unwrap();
                assert_eq!(seen.machine, *machine);
                assert_eq!((part(&shown, "nonce"), part(&shown, "username")), (&*format!("proxy-{machine}"), *user));
            }
            // Straight to the origin: none of it.
            let response = client.get(format!("http://a.maypole.test:{}/proxy-digest", world.port(0))).send().unwrap();
            let seen = world.seen(&response.text().unwrap());
            assert_eq!((seen.line("proxy-authorization"), seen.line("authorization")), (None, None));
        }
        for seen in world.all() {
            let Some(shown) = seen.line("proxy-authorization") else { continue };
            assert_eq!(part(&shown, "nonce"), format!("proxy-{}", seen.machine));
        }
    });
}
