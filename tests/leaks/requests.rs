//! Between two requests of one client: every pair changed by none, one, both, and back.

use std::collections::HashMap;

use maypole::HttpClient;

use crate::builder;
use crate::in_coroutine;
use crate::peer::on_thread;
use crate::setup::*;
use crate::world::World;

/// Every pair of dimensions: none changed, one, both, none, both, the other one, and from there the next pair's none.
/// `full`: with every other value of both; else, where both have two, with the first ones and the second ones.
pub(crate) fn sequences(base: Setup, full: bool) -> Vec<Setup> {
    let others = |at: usize| (0..VALUES[at]).filter(move |value| *value != base.0[at]);
    let mut all = Vec::new();
    for (i, first_values) in VALUES.iter().enumerate() {
        for (j, other_values) in VALUES.iter().enumerate().skip(i + 1) {
            let values = others(i).enumerate().flat_map(|one| others(j).enumerate().map(move |other| (one, other)));
            for ((n, one), (m, other)) in values {
                if !full && n != m && first_values == other_values {
                    continue;
                }
                let (first, second) = (base.with(i, one), base.with(j, other));
                // Of both at once: credentials that only a proxy makes possible.
                let mut both = base;
                (both.0[i], both.0[j]) = (one, other);
                let both = both.normal();
                all.extend([base.normal(), first, both, base.normal(), both, second]);
            }
        }
    }
    all
}

/// Sends them one after the other: each arrives as the model says, over a connection that is reused exactly when one to
/// the same peer, by the same way, has been used before.
fn walk(client: &HttpClient, world: &World, form: Form, base: Setup, given: Setup) {
    let mut known: HashMap<Setup, usize> = HashMap::new();
    for (n, setup) in sequences(base, form == Form::Forward).into_iter().enumerate() {
        let setup = setup.possible(given);
        let path = format!("/{n}");
        let request = setup.apply(client.get(setup.url(world, &path)), given, world, form);
        let response = request.send().unwrap_or_else(|error| panic!("{form:?} {setup:?}: {error}"));
        let reused = response.is_reused();
        let seen = world.seen(&response.text().unwrap());
        assert_eq!(Facts::of(&seen), setup.expected(world, form, &path), "{form:?} {setup:?}");
        match known.get(&setup.peer()) {
            Some(connection) => assert_eq!((seen.connection, reused), (*connection, true), "{form:?} {setup:?}"),
            None => {
                let other = known.values().any(|connection| *connection == seen.connection);
                assert!(!other && !reused, "{form:?} {setup:?} on another's connection");
                known.insert(setup.peer(), seen.connection);
            }
        }
    }
}

/// Against a background of what is not set on requests, of what is, and of what is otherwise; `given`: a client that has
/// everything set, too, and requests that take it back or change it.
fn all(form: Form, backgrounds: &[u8], given: bool) {
    let world = World::start(MACHINES);
    let nothing = Setup([0; 10]);
    for &base in backgrounds {
        walk(&builder().build().unwrap(), &world, form, Setup::of(base), nothing);
    }
    if !given {
        return;
    }
    let given = Setup([0, 0, 0, 1, 1, 1, 1, 1, 2, 1]);
    walk(&given.on_client(builder(), &world, form).build().unwrap(), &world, form, given, given);
}

#[test]
fn c58_c302_c303_sec_g1_d8_every_pair_between_requests_and_a_proxy_that_forwards() {
    on_thread(|| all(Form::Forward, &[0, 2], true));
}

#[test]
fn c302_c303_sec_g1_g10_d12_every_pair_between_requests_and_a_proxy_with_tunnels() {
    in_coroutine(|| all(Form::Tunnel, &[0, 1], true));
}

#[test]
fn c302_c303_sec_g1_g10_f6_every_pair_between_requests_and_a_proxy_behind_tls() {
    on_thread(|| all(Form::Secure, &[1], false));
}

#[test]
fn c302_c303_sec_g1_g10_every_pair_between_requests_and_a_socks_proxy() {
    in_coroutine(|| all(Form::Socks, &[1], false));
}
