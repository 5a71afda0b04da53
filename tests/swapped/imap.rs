//! The imap crate against Dovecot: plain, with TLS, and with STARTTLS.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::chown;
use std::path::PathBuf;
use std::time::Duration;

use imap::Session;
use maypole::rt;

use crate::crowd::{self, MANY, Place};
use crate::peer::{free_port, on_both};
use crate::servers::{Server, bound, folder, folders, installed};
use imap_sync::{Wire, greeted, news, secured, subjects};

#[allow(dead_code, reason = "its main runs outside of tests")]
#[path = "../../examples/imap_sync.rs"]
mod imap_sync;

/// Plain and with STARTTLS at its port, with TLS at another one; users are `user0` and so on, the password is `s3cret`.
fn start(secure: u16) -> Option<Server> {
    let program = installed("dovecot", "dovecot-imapd", folders())?;
    let (dir, port) = (folder(), free_port());
    let path = |name: &str| dir.path().join(name);
    ["run", "state", "mail"].iter().for_each(|name| fs::create_dir(path(name)).unwrap());
    let mut users = String::new();
    (0..=MANY).for_each(|n| writeln!(users, "user{n}:{{PLAIN}}s3cret").unwrap());
    fs::write(path("users"), users).unwrap();
    fs::write(path("conf"), config(&dir.path().display().to_string(), port, secure, &owner(path("mail")))).unwrap();
    let mut command = bound("TERM", &program);
    command.arg("-F").arg("-c").arg(path("conf"));
    Some(Server::start(command, dir, &[port, secure]))
}

/// Whom the mail belongs to, and who runs the processes. Dovecot handles no mail as root; started as somebody else, it
/// must be told to stay what it is.
fn owner(mail: PathBuf) -> String {
    const NOBODY: u32 = 65_534;
    let (user, group) = (rustix::process::getuid(), rustix::process::getgid());
    if user.is_root() {
        chown(mail, Some(NOBODY), Some(NOBODY)).unwrap();
        return format!("userdb {{\n driver = static\n args = uid={NOBODY} gid={NOBODY} home=/nowhere\n}}\n");
    }
    let name = |what: &str| {
        let said = std::process::Command::new("id").arg(what).output().unwrap().stdout;
        String::from_utf8(said).unwrap().trim().to_owned()
    };
    let (user_name, group_name) = (name("-un"), name("-gn"));
    format!(
        "default_internal_user = {user_name}\ndefault_internal_group = {group_name}\ndefault_login_user = {user_name}\n\
         userdb {{\n driver = static\n args = uid={} gid={} home=/nowhere\n}}\n",
        user.as_raw(),
        group.as_raw()
    )
}

/// A thousand sessions in a few processes, without limits and penalties per user or address, without fsync.
fn config(root: &str, port: u16, secure: u16, owner: &str) -> String {
    format!(
        "base_dir = {root}/run\nstate_dir = {root}/state\nlog_path = {root}/log\nlisten = 127.0.0.1\nprotocols = imap\n\
         ssl = yes\nssl_cert = <{root}/cert.pem\nssl_key = <{root}/key.pem\n\
         mail_location = maildir:{root}/mail/%u\nmail_fsync = never\nmail_max_userip_connections = 0\n\
         first_valid_uid = 1\ndisable_plaintext_auth = no\nauth_mechanisms = plain\nauth_cache_size = 1M\n\
         default_client_limit = 8000\nauth_failure_delay = 0\n\
         passdb {{\n driver = passwd-file\n args = scheme=PLAIN username_format=%u {root}/users\n}}\n{owner}\
         service imap-login {{\n inet_listener imap {{\n port = {port}\n }}\n inet_listener imaps {{\n port = {secure}\n }}\n \
         service_count = 0\n client_limit = 4000\n process_limit = 2\n chroot =\n}}\n\
         service imap {{\n service_count = 0\n client_limit = 250\n process_limit = 8\n}}\n\
         service anvil {{\n chroot =\n unix_listener anvil-auth-penalty {{\n mode = 0\n }}\n}}\nservice stats {{\n chroot =\n}}\n"
    )
}

/// Ways to talk to a server: plain, with TLS, and with STARTTLS, which is told by its URL as well.
fn urls(server: &Server, secure: u16) -> [String; 3] {
    let port = server.port;
    ["imap://localhost", "imaps://localhost", "imap://127.0.0.1"]
        .map(|base| format!("{base}:{}", if base.starts_with("imaps") { secure } else { port }))
}

fn log_in(place: &Place, user: usize, password: &str) -> imap::Result<Session<Wire>> {
    let stream = place.connector.connect(&place.url).unwrap();
    let client = if place.url.starts_with("imap://127.0.0.1") {
        secured(stream, &place.tls, "127.0.0.1").unwrap()
    } else {
        greeted(stream)?
    };
    client.login(format!("user{user}"), password).map_err(|(error, _)| error)
}

fn mail(subject: &str, length: usize) -> String {
    format!("Subject: {subject}\r\nFrom: <a@maypole.test>\r\n\r\n{}\r\n", "0123456\r\n".repeat(length / 9))
}

#[test]
fn a_mailbox_plain_with_tls_and_with_starttls() {
    let secure = free_port();
    let Some(server) = start(secure) else { return };
    // Beside each other, as Dovecot takes half a second to refuse a password and another one to tell news.
    std::thread::scope(|scope| {
        for (n, url) in urls(&server, secure).into_iter().enumerate() {
            let authority = server.authority();
            // A mailbox for each, from a coroutine and from a thread.
            let talk = move || talk(&Place::new(&url, &authority), 2 * n + usize::from(rt::is_coroutine()));
            scope.spawn(|| on_both(talk));
        }
    });
}

fn talk(place: &Place, user: usize) {
    let refused = log_in(place, user, "wrong").map(drop).expect_err("a wrong password");
    assert!(refused.to_string().contains("AUTHENTICATIONFAILED"), "{refused}");

    let mut session = log_in(place, user, "s3cret").unwrap();
    assert!(session.capabilities().unwrap().has_str("IDLE"));
    assert_eq!(subjects(&mut session).unwrap(), Vec::<String>::new());
    session.append("INBOX", mail("first", 100)).unwrap();
    session.append("INBOX", mail("large", 1_000_000)).unwrap();
    assert_eq!(subjects(&mut session).unwrap(), ["first", "large"]);
    let messages = session.fetch("2", "BODY[]").unwrap();
    assert!(messages.iter().next().unwrap().body().unwrap() == mail("large", 1_000_000).as_bytes());
    assert!(session.select("NOSUCH").is_err());

    // A wait that ends without news, one that news end, and the session is there for more.
    assert!(!news(&mut session, Duration::from_millis(50)).unwrap());
    session.select("INBOX").unwrap();
    let mut other = log_in(place, user, "s3cret").unwrap();
    std::thread::spawn(move || other.append("INBOX", mail("third", 100)).and_then(|()| other.logout()).unwrap());
    assert!(news(&mut session, Duration::from_secs(60)).unwrap());
    assert_eq!(subjects(&mut session).unwrap(), ["first", "large", "third"]);
    session.logout().unwrap();
}

fn crowd(test: &str, which: usize) {
    let start = || {
        let secure = free_port();
        let server = start(secure)?;
        let (url, authority) = (urls(&server, secure)[which].clone(), server.authority());
        Some((server, url, authority))
    };
    crowd::at_once(test, start, |place, n, gate| {
        let turn = place.turn();
        let mut session = log_in(place, n, "s3cret").unwrap();
        drop(turn);
        gate.wait();
        let before = subjects(&mut session).unwrap().len();
        session.append("INBOX", mail(&format!("for {n}"), 10_000)).unwrap();
        assert_eq!(subjects(&mut session).unwrap()[before..], [format!("for {n}")]);
        assert!(!news(&mut session, Duration::from_millis(500)).unwrap());
        let messages = session.fetch((before + 1).to_string(), "BODY[]").unwrap();
        assert_eq!(messages.iter().next().unwrap().body().unwrap(), mail(&format!("for {n}"), 10_000).as_bytes());
        session.logout().unwrap();
    });
}

#[test]
fn a_thousand_at_once() {
    crowd("imap::a_thousand_at_once", 0);
}

#[test]
fn a_thousand_at_once_over_tls() {
    crowd("imap::a_thousand_at_once_over_tls", 1);
}

#[test]
fn a_thousand_at_once_with_starttls() {
    crowd("imap::a_thousand_at_once_with_starttls", 2);
}
