//! The redis crate against redis-server.

use redis::{Commands, ConnectionLike, RedisResult, Value, cmd, pipe};

use crate::crowd::{self, Place};
use crate::peer::{free_port, on_both, wait_until};
use crate::servers::{Server, bound, folder, folders, installed};
use redis_sync::Redis;

#[allow(dead_code, reason = "its main runs outside of tests")]
#[path = "../../examples/redis_sync.rs"]
mod redis_sync;

/// Plain at its port and with TLS at another one; the password is `s3cret`.
fn start(secure: u16) -> Option<Server> {
    let program = installed("redis-server", "redis-server", folders())?;
    let (dir, port) = (folder(), free_port());
    let mut command = bound("INT", &program);
    command.current_dir(dir.path()).args(["--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]);
    command.args([
        "--requirepass",
        "s3cret",
        "--maxclients",
        "5000",
        "--tcp-backlog",
        "4096",
        "--tls-auth-clients",
        "no",
    ]);
    command.args(["--tls-cert-file", "cert.pem", "--tls-key-file", "key.pem", "--tls-ca-cert-file", "authority.pem"]);
    command.args(["--port", &port.to_string(), "--tls-port", &secure.to_string()]);
    Some(Server::start(command, dir, &[port, secure]))
}

fn urls(server: &Server, secure: u16) -> [String; 2] {
    [format!("redis://:s3cret@127.0.0.1:{}/3", server.port), format!("rediss://:s3cret@localhost:{secure}/3")]
}

#[test]
fn commands_pipelines_and_messages() {
    let secure = free_port();
    let Some(server) = start(secure) else { return };
    for url in urls(&server, secure) {
        let authority = server.authority();
        on_both(move || talk(&Place::new(&url, &authority)));
    }
}

fn talk(place: &Place) {
    let connect = || Redis::connect(&place.connector, &place.url).unwrap();
    let mut redis = connect();
    assert_eq!(redis.get_db(), 3);
    redis.del::<_, ()>(["number", "large", "list"].as_slice()).unwrap();

    let large = vec![b'x'; 1_000_000];
    redis.set::<_, _, ()>("large", &large).unwrap();
    assert!(redis.get::<_, Vec<u8>>("large").unwrap() == large);
    assert_eq!(redis.get::<_, Option<String>>("nothing").unwrap(), None);
    let mut many = pipe();
    for n in 0..10_000 {
        many.rpush("list", n).ignore();
    }
    many.query::<()>(&mut redis).unwrap();
    assert!(redis.lrange::<_, Vec<usize>>("list", 0, -1).unwrap().into_iter().eq(0..10_000));
    let (one, three): (u64, u64) = pipe().atomic().incr("number", 1).incr("number", 2).query(&mut redis).unwrap();
    assert_eq!((one, three), (1, 3));

    // What the server refuses is an error of the command alone.
    let refused: RedisResult<u64> = redis.incr("large", 1);
    assert!(refused.unwrap_err().to_string().contains("not an integer"));
    let refused: RedisResult<Vec<Value>> = pipe().set("a", 1).ignore().cmd("NOSUCH").get("a").query(&mut redis);
    assert!(refused.is_err() && redis.is_open() && redis.check_connection());

    let mut messages = connect().subscribe("news").unwrap();
    for n in 0..100 {
        assert_eq!(redis.publish::<_, _, u64>("news", n).unwrap(), 1);
        let message = messages.next().unwrap().unwrap();
        assert_eq!((message.get_channel_name(), message.get_payload::<u64>().unwrap()), ("news", n));
    }
    drop(messages);
    wait_until("the subscriber is gone", || redis.publish::<_, _, u64>("news", 0).unwrap() == 0);

    // A server that ends the connection ends it for good.
    cmd("QUIT").exec(&mut redis).unwrap();
    assert!(redis.get::<_, Option<String>>("large").unwrap_err().is_io_error());
    assert!(!redis.is_open());
}

#[test]
fn a_wrong_password_is_said() {
    let Some(server) = start(free_port()) else { return };
    let place = Place::new(&format!("redis://:wrong@127.0.0.1:{}", server.port), "");
    let refused = Redis::connect(&place.connector, &place.url).err().unwrap();
    assert!(refused.to_string().contains("WRONGPASS"), "{refused}");
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
        let mut redis = Redis::connect(&place.connector, &place.url).unwrap();
        drop(turn);
        gate.wait();
        for round in 0..20 {
            place.rest(n, round);
            let key = format!("{n} {round}");
            redis.set::<_, _, ()>(&key, &key).unwrap();
            let (same, length): (String, usize) = pipe().get(&key).strlen(&key).query(&mut redis).unwrap();
            assert_eq!((&same, length), (&key, key.len()));
        }
    });
}

#[test]
fn a_thousand_at_once() {
    crowd("redis::a_thousand_at_once", 0);
}

#[test]
fn a_thousand_at_once_over_tls() {
    crowd("redis::a_thousand_at_once_over_tls", 1);
}
