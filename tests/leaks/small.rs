//! What pairs do not reach: logins that belong to a connection, and redirects that a callback leads elsewhere.

use maypole::Url;
use maypole::client::{Decision, Redirects};

use crate::builder;
use crate::peer::on_thread;
use crate::setup::{HOSTS, MACHINES};
use crate::world::World;

/// Such a server takes whatever comes next on the connection for the same user's.
#[test]
fn sec_g2_a_connection_that_has_a_user_serves_nobody_else() {
    on_thread(|| {
        for (name, value) in
            [("Authorization", "Negotiate YQ=="), ("Authorization", "negotiate YQ=="), ("Authorization", "NTLM YQ==")]
        {
            let world = World::start(1);
            let url = format!("http://a.maypole.test:{}/x", world.port(0));
            let client = builder().build().unwrap();
            let send = |user: bool| {
                let request = client.get(&*url);
                let request = if user { request.header(name, value) } else { request.bearer_auth("other") };
                let response = request.send().unwrap();
                assert_eq!(response.header("x-served-as"), None);
                world.seen(&response.text().unwrap()).connection
            };
            let connections = [send(false), send(true), send(false), send(true), send(true), send(false)];
            assert_eq!(connections, [0, 0, 1, 1, 2, 3], "{name}: {value}");
        }
        let world = World::start(MACHINES);
        let url = format!("http://a.maypole.test:{}/x", world.port(0));
        let client = builder().proxy(crate::proxy(format!("http://127.0.0.1:{}", world.port(2)))).build().unwrap();
        for name in ["Proxy-Authorization", "X-Other", "Proxy-Authorization"] {
            let response = client.get(&*url).header(name, "Negotiate YQ==").send().unwrap();
            assert_eq!(response.header("x-served-as"), None);
            response.bytes().unwrap();
        }
    });
}

/// Where a callback leads elsewhere than the server said, that is another origin as well.
#[test]
fn sec_d3_d8_what_a_callback_makes_of_the_url_is_another_origin_too() {
    on_thread(|| {
        let world = World::start(2);
        let at = |host: usize, port: usize, path: &str| format!("http://{}:{}{path}", HOSTS[host], world.port(port));
        let origins: Vec<(usize, usize)> = vec![(0, 0), (0, 1), (1, 0), (1, 1)];
        let client = builder().build().unwrap();
        for (n, (said, made)) in
            origins.iter().flat_map(|said| origins.iter().map(move |made| (said, made))).enumerate()
        {
            for adds in [false, true] {
                let (path, end) = (format!("/go-{n}-{adds}"), format!("/end-{n}-{adds}"));
                world.on(&path, 302, &[format!("Location: {}", at(said.0, said.1, &end))]);
                let to = Url::parse(&at(made.0, made.1, &end)).unwrap();
                let redirects = Redirects::default().decide(move |hop| {
                    hop.next.url = to.clone();
                    if adds {
                        hop.next.set_header("Authorization", "Bearer new").unwrap();
                        hop.next.append_header("Cookie", "new=1").unwrap();
                    }
                    Decision::Follow
                });
                let request = client.get(at(0, 0, &path)).redirects(redirects);
                let request = request.header("Authorization", "Bearer old").header("Cookie", "old=1").cookie("o", "1");
                let response = request.sensitive_header("X-API-Key", "old").send().unwrap();
                let seen = world.seen(&response.text().unwrap());
                let home = *said == (0, 0) && *made == (0, 0);
                // Back at home by a callback's word: what was dropped on the way stays so, but for what the origin of the
                // URL decides alone.
                let back = *made == (0, 0);
                let what = format!("said {said:?}, made {made:?}, adds {adds}");
                assert_eq!(seen.line("host"), Some(format!("{}:{}", HOSTS[made.0], world.port(made.1))), "{what}");
                assert_eq!(seen.line("x-api-key").is_some(), home, "{what}");
                let authorization = if adds { Some("Bearer new") } else { Some("Bearer old").filter(|_| home) };
                assert_eq!(seen.line("authorization").as_deref(), authorization, "{what}");
                let cookies = [("old=1", home), ("new=1", adds), ("o=1", back)];
                let cookies: Vec<&str> = cookies.iter().filter(|(_, sent)| *sent).map(|(pair, _)| *pair).collect();
                let line = Some(cookies.join("; ")).filter(|line| !line.is_empty());
                assert_eq!(seen.line("cookie"), line, "{what}");
            }
        }
    });
}
