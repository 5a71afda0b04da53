//! postgres-protocol against PostgreSQL.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::crowd::{self, MANY, Place};
use crate::peer::{free_port, on_both, wait_until};
use crate::servers::{Server, bound, folder, installed};
use postgres_sync::Postgres;

#[allow(dead_code, reason = "its main runs outside of tests")]
#[path = "../../examples/postgres_sync/main.rs"]
mod postgres_sync;

const USER: &str = "maypole";
const PASSWORD: &str = "s3cret";

/// Where Debian puts what is not in the path: one folder for each version.
fn binaries() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions.map(|version| version.path().join("bin")).collect()
}

/// It refuses to be root.
fn as_nobody_special(mut command: Command) -> Command {
    if Path::new("/proc/self").metadata().is_ok_and(|process| process.uid() == 0) {
        let (program, arguments) = (command.get_program().to_owned(), command.get_args().map(Into::into));
        let arguments: Vec<std::ffi::OsString> = arguments.collect();
        command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program).args(arguments);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// With TLS on its one port, SCRAM, and room for a crowd.
fn start() -> Option<Server> {
    let initdb = installed("initdb", "postgresql", binaries())?;
    let (dir, port) = (folder(), free_port());
    let at = |name: &str| dir.path().join(name).display().to_string();
    std::fs::write(at("password"), PASSWORD).unwrap();
    let given = Command::new("chown").args(["-R", "postgres"]).arg(dir.path()).stderr(Stdio::null()).status();
    let private = Command::new("chmod").arg("600").arg(at("key.pem")).status();
    assert!(given.is_ok() && private.is_ok());
    let mut init = Command::new(&initdb);
    init.args(["--no-sync", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--username", USER]);
    init.args(["--pgdata", &at("data"), "--pwfile", &at("password")]);
    assert!(as_nobody_special(init).status().unwrap().success(), "initdb");

    let mut command = bound("INT", &initdb.with_file_name("postgres"));
    command.args(["-D", &at("data"), "-p", &port.to_string(), "-k", &at("")]);
    let settings = [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("max_connections={}", MANY + 20),
        "fsync=off".into(),
        "ssl=on".into(),
        format!("ssl_cert_file={}", at("cert.pem")),
        format!("ssl_key_file={}", at("key.pem")),
    ];
    command.args(settings.iter().flat_map(|setting| ["-c", setting]));
    let server = Server::start(as_nobody_special(command), dir, &[port]);
    // It listens before it is ready.
    let mut asking = Command::new(initdb.with_file_name("pg_isready"));
    asking.args(["--quiet", "--timeout=60", "--host=127.0.0.1", "--port", &port.to_string()]);
    wait_until("PostgreSQL is ready", || asking.status().is_ok_and(|status| status.success()));
    Some(server)
}

fn urls(server: &Server) -> [String; 2] {
    let url = format!("postgres://{USER}:{PASSWORD}@localhost:{}/postgres", server.port);
    [url.clone(), url + "?sslmode=require"]
}

fn connect(place: &Place) -> std::io::Result<Postgres> {
    Postgres::connect(&place.connector, &place.tls, &place.url)
}

fn texts(row: &[&str]) -> Vec<Option<String>> {
    row.iter().map(|field| Some((*field).to_owned())).collect()
}

#[test]
fn queries_statements_and_copies() {
    let Some(server) = start() else { return };
    for url in urls(&server) {
        let authority = server.authority();
        on_both(move || talk(&Place::new(&url, &authority)));
    }
    wrong_password(&server);
}

fn wrong_password(server: &Server) {
    let [url, _] = urls(server);
    let refused = connect(&Place::new(&url.replace(PASSWORD, "wrong"), "")).err().unwrap();
    assert!(refused.to_string().starts_with("28P01"), "{refused}");
    // Whom nobody vouches for is not told anything.
    let [_, url] = urls(server);
    assert!(connect(&Place::new(&url, "")).err().unwrap().to_string().contains("certificate"));
}

fn talk(place: &Place) {
    let mut postgres = connect(place).unwrap();
    let secure = postgres.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").unwrap();
    assert_eq!(secure, [texts(&[if place.url.ends_with("require") { "t" } else { "f" }])]);
    assert_eq!(
        postgres.query("SELECT 1, 'zwei', NULL; SELECT 3").unwrap(),
        [[texts(&["1", "zwei"]), vec![None]].concat(), texts(&["3"])]
    );
    let numbers = postgres.query("SELECT n, repeat('x', 100) FROM generate_series(1, 20000) AS n").unwrap();
    assert_eq!((numbers.len(), numbers[19_999][0].as_deref()), (20_000, Some("20000")));

    postgres.prepare("sum", "SELECT $1::int + $2::int").unwrap();
    for n in 0..100 {
        let (n, sum) = (n.to_string(), (n + 7).to_string());
        assert_eq!(postgres.execute("sum", &[Some(&n), Some("7")]).unwrap(), [texts(&[&sum])]);
    }
    assert_eq!(postgres.execute("sum", &[Some("1"), None]).unwrap(), [vec![None]]);

    // What the server refuses is an error of the question alone.
    assert!(postgres.query("SELECT 1/0").unwrap_err().to_string().starts_with("22012 division by zero"));
    assert!(postgres.prepare("broken", "SELEKT").unwrap_err().to_string().starts_with("42601"));
    assert!(postgres.execute("sum", &[Some("x"), None]).unwrap_err().to_string().starts_with("22P02"));
    assert!(postgres.copy_in("COPY missing FROM STDIN", &b""[..]).unwrap_err().to_string().starts_with("42P01"));

    postgres.query("CREATE TEMPORARY TABLE trees (name text, height int)").unwrap();
    let table: String = (0..50_000).map(|n| format!("tree {n}\t{n}\n")).collect();
    postgres.copy_in("COPY trees FROM STDIN", table.as_bytes()).unwrap();
    assert_eq!(postgres.query("SELECT count(*), max(height) FROM trees").unwrap(), [texts(&["50000", "49999"])]);
    let mut copied = Vec::new();
    postgres.copy_out("COPY trees TO STDOUT", &mut copied).unwrap();
    assert!(copied == table.as_bytes());

    // A source that breaks off leaves nothing behind.
    let broken = std::io::Read::chain(&b"more\t1\n"[..], Broken);
    assert!(postgres.copy_in("COPY trees FROM STDIN", broken).unwrap_err().to_string().contains("57014"));
    assert_eq!(postgres.query("SELECT count(*) FROM trees").unwrap(), [texts(&["50000"])]);

    let died = postgres.query("SELECT pg_terminate_backend(pg_backend_pid())").unwrap_err();
    assert!(died.to_string().starts_with("57P01") || died.kind() == ErrorKind::UnexpectedEof, "{died}");
}

struct Broken;

impl std::io::Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("the source broke off"))
    }
}

fn crowd(test: &str, which: usize) {
    let start = || {
        let server = start()?;
        let (url, authority) = (urls(&server)[which].clone(), server.authority());
        Some((server, url, authority))
    };
    crowd::at_once(test, start, |place, n, gate| {
        let turn = place.turn();
        let mut postgres = connect(place).unwrap();
        drop(turn);
        gate.wait();
        place.rest(n, 5);
        postgres.prepare("sum", "SELECT $1::int + $2::int").unwrap();
        for round in 0..5 {
            place.rest(n, round);
            let (n, sum) = (n.to_string(), (n + round).to_string());
            assert_eq!(postgres.execute("sum", &[Some(&n), Some(&round.to_string())]).unwrap(), [texts(&[&sum])]);
        }
        place.rest(n, 6);
        postgres.query("CREATE TEMPORARY TABLE t (n int)").unwrap();
        postgres.copy_in("COPY t FROM STDIN", &b"1\n2\n3\n"[..]).unwrap();
        assert_eq!(postgres.query("SELECT sum(n) FROM t").unwrap(), [texts(&["6"])]);
        postgres.close().unwrap();
    });
}

#[test]
fn a_thousand_at_once() {
    crowd("postgres::a_thousand_at_once", 0);
}

#[test]
fn a_thousand_at_once_over_tls() {
    crowd("postgres::a_thousand_at_once_over_tls", 1);
}
