//! Netrc files: for exactly the host that is asked for, and as curl reads them.

use std::process::Command;

use maypole::client::Netrc;

use crate::peer::*;
use crate::{builder, shown};

fn redirect(location: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}

fn one() -> Peer {
    Peer::start([conn([any_request(), reply(ok("x"))])])
}

fn client(netrc: &str) -> maypole::HttpClient {
    builder().netrc(Netrc::parse(netrc).unwrap()).build().unwrap()
}

/// What the only request to this host shows.
#[track_caller]
fn shows(netrc: &str, login_and_host: &str) -> String {
    let peer = one();
    assert_eq!(client(netrc).get(peer.url_at(login_and_host, "/")).send().unwrap().status(), 200);
    shown(&peer.finish()).remove(0)
}

const BOTH: &str = "machine localhost login l password lp\nmachine 127.0.0.1 login n password np\n";
const L: &str = "Basic bDpscA==";
const N: &str = "Basic bjpucA==";

#[test]
fn c390_the_entry_of_the_host() {
    on_both(|| {
        assert_eq!(shows(BOTH, "localhost"), L);
        assert_eq!(shows(BOTH, "127.0.0.1"), N);
        assert_eq!(shows("machine LOCALHOST login l password lp", "LocalHost"), L);
        assert_eq!(shows("machine other login l password lp", "localhost"), "-");
        assert_eq!(shows("default login l password lp", "localhost"), L);
        // Nothing of it without the option, with other credentials, or when none are wanted.
        let peer = Peer::start([conn([serve(ok("x"))])]);
        let client = client(BOTH);
        client.get(peer.url("/")).bearer_auth("t").send().unwrap().bytes().unwrap();
        client.get(peer.url("/")).without_auth().send().unwrap().bytes().unwrap();
        client.get(peer.url("/")).header("Authorization", "Own x").send().unwrap().bytes().unwrap();
        assert_eq!(shown(&peer.finish()), ["Bearer t", "-", "Own x"]);
    });
}

#[test]
fn sec_d11_a_user_in_the_url_picks_its_entry_and_tricks_with_the_host_do_not() {
    on_both(|| {
        let two = "machine localhost login l password lp machine localhost login m password mp";
        assert_eq!(shows(two, "m@localhost"), "Basic bTptcA==");
        assert_eq!(shows(two, "x@localhost"), "Basic eDo=", "another user's password is not his");
        assert_eq!(shows(two, "l:own@localhost"), "Basic bDpvd24=");
        assert_eq!(shows(two, "localhost@127.0.0.1"), "Basic bG9jYWxob3N0Og==");
        assert_eq!(shows(two, "localhost%2F@127.0.0.1"), "Basic bG9jYWxob3N0Lzo=");
    });
}

#[test]
fn sec_d11_each_hop_gets_its_own_hosts_entry_and_the_default_is_for_the_first() {
    on_both(|| {
        let table = [
            (BOTH, [L, N]),
            ("machine localhost login l password lp", [L, "-"]),
            ("machine 127.0.0.1 login n password np", ["-", N]),
            ("default login l password lp", [L, "-"]),
            ("machine localhost login l password lp default login n password np", [L, "-"]),
        ];
        for (netrc, expected) in table {
            let next = one();
            let first = Peer::start([conn([any_request(), reply(redirect(&next.url_at("127.0.0.1", "/")))])]);
            assert_eq!(client(netrc).get(first.url_at("localhost", "/")).send().unwrap().status(), 200);
            let found = [shown(&first.finish()).remove(0), shown(&next.finish()).remove(0)];
            assert_eq!(found, expected, "{netrc}");
        }
    });
}

#[test]
fn sec_d11_never_in_the_clear_after_https() {
    on_both(|| {
        let next = one();
        let script = conn([any_request(), reply(redirect(&next.url_at("localhost", "/")))]);
        let first = Peer::tls(&Tls::default(), [script], None);
        assert_eq!(client(BOTH).get(first.url_at("localhost", "/")).send().unwrap().status(), 200);
        assert_eq!((shown(&first.finish()), shown(&next.finish())), (vec![L.into()], vec!["-".into()]));
    });
}

#[test]
fn the_files_of_the_environment_are_the_ones_of_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".netrc"), BOTH).unwrap();
    let named = folder.path().join("named");
    std::fs::write(&named, "default login x password y").unwrap();
    // The environment is the process's: another process reads it.
    if let Some(mark) = std::env::var_os("MAYPOLE_TEST_NETRC") {
        let expected = mark.into_string().unwrap();
        let found = Netrc::from_env().map_or_else(|error| error.to_string(), |netrc| format!("{netrc:?}"));
        assert!(found.contains(&expected), "{found}");
        return;
    }
    let run = |home: &std::path::Path, netrc: Option<&std::path::Path>, expected: &str| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "netrc::the_files_of_the_environment_are_the_ones_of_the_environment"]);
        command.env("HOME", home).env("MAYPOLE_TEST_NETRC", expected).env_remove("NETRC");
        command.envs(netrc.map(|path| ("NETRC", path)));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{expected}: {}", String::from_utf8_lossy(&output.stdout));
    };
    run(folder.path(), None, "entries: 2");
    run(folder.path(), Some(&named), "entries: 1");
    run(&folder.path().join("nowhere"), None, "entries: 0");
    run(folder.path(), Some(&folder.path().join("missing")), "cannot be read");
}

/// Both read the same file for the same URL.
#[test]
fn c390_curl_reads_them_alike() {
    if Command::new("curl").arg("--version").output().is_err() {
        assert!(std::env::var_os("MAYPOLE_NO_SKIP").is_none(), "curl is not installed");
        eprintln!("SKIPPED: curl is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("netrc");
    let table = [
        BOTH,
        "# c\nmachine 127.0.0.1 # c\n\tlogin \"a\\\"b\" password \"t\\x\\ #\\\\\"\n",
        "macdef m\nmachine 127.0.0.1 login x password y\n\nmachine 127.0.0.1 login u password p\n",
        "default login d password p\nmachine 127.0.0.1 login u password p\n",
        "machine 127.0.0.1 account a password p login u\n",
        "machine 127.0.0.1 login u password #p\n",
        "machine 127.0.0.1 login u\n",
        "machine 127.0.0.1 password p\n",
        "machine 127.0.0.10 login u password p\n",
        "MACHINE 127.0.0.1\r\nLOGIN u\r\nPASSWORD p\r\n",
    ];
    for text in table {
        std::fs::write(&file, text).unwrap();
        let peer = Peer::always(conn([serve(ok("x"))]));
        let netrc = Netrc::from_file(&file).unwrap();
        builder().netrc(netrc).build().unwrap().get(peer.url("/")).send().unwrap().bytes().unwrap();
        let mut curl = Command::new("curl");
        curl.args(["-s", "--max-time", "10", "--netrc-file"]).arg(&file).arg(peer.url("/"));
        assert!(curl.output().unwrap().status.success(), "{text:?}");
        let shown = shown(&peer.finish());
        assert_eq!(shown[0], shown[1], "{text:?}");
    }
}
