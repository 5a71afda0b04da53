//! The redis crate's blocking commands, pipelines and messages, on a thousand coroutines:
//! `cargo run --release --example redis_sync -- redis://127.0.0.1:6379/`
//!
//! Everything in that crate is generic over its trait `ConnectionLike`; here is one over our stream, with redis's own
//! packing and parsing. What needs redis's own `Connection` is not: `Client`, `PubSub`, and `transaction`.

use std::io::{self, Write};

use maypole::compat::io::{Connector, Stream};
use maypole::rt::Group;
use redis::{Commands, ConnectionLike, IntoConnectionInfo, Msg, Parser, RedisResult, Value, cmd, pipe};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "redis://127.0.0.1:6379/".into());
    let connector = Connector::new();

    let mut redis = Redis::connect(&connector, &url)?;
    redis.set::<_, _, ()>("maypole:name", "maypole")?;
    let name: String = redis.get("maypole:name")?;
    let (_, visits): ((), u64) =
        pipe().atomic().set("maypole:last", &name).incr("maypole:visits", 1).query(&mut redis)?;
    println!("{name}, visit {visits}");

    // A subscribed connection does nothing else, so that messages are sent over another one.
    let mut messages = Redis::connect(&connector, &url)?.subscribe("maypole:news")?;
    let heard: u64 = redis.publish("maypole:news", "there are news")?;
    if let Some(message) = messages.next() {
        println!("{heard} heard: {}", message?.get_payload::<String>()?);
    }

    let group = Group::new(1_000);
    let counted = group.map(0..1_000, move |n| {
        let mut redis = Redis::connect(&connector, &url)?;
        (0..10).try_for_each(|_| redis.incr(format!("maypole:count:{n}"), 1))?;
        redis.del::<_, ()>(format!("maypole:count:{n}"))
    })?;
    println!("{} of 1,000 went well", counted.iter().filter(|counted: &&RedisResult<()>| counted.is_ok()).count());
    Ok(())
}

/// One connection, for `redis::cmd`, `redis::pipe` and the methods of `redis::Commands`.
pub(crate) struct Redis {
    stream: Stream,
    parser: Parser,
    database: i64,
    open: bool,
}

impl Redis {
    /// `redis://[[user]:password@]host[:port][/database]`, `rediss://` for TLS.
    pub(crate) fn connect(connector: &Connector, url: &str) -> RedisResult<Self> {
        // redis reads the URL for names and numbers; TLS, which needs a feature there, is our connector's affair.
        let info = url.replacen("rediss://", "redis://", 1).into_connection_info()?;
        let settings = info.redis_settings();
        let stream = connector.connect(url).map_err(io::Error::from)?;
        let mut redis = Self { stream, parser: Parser::new(), database: settings.db(), open: true };
        if let Some(password) = settings.password() {
            cmd("AUTH").arg(settings.username()).arg(password).exec(&mut redis)?;
        }
        if settings.db() != 0 {
            cmd("SELECT").arg(settings.db()).exec(&mut redis)?;
        }
        Ok(redis)
    }

    /// The messages of a channel, without an end.
    pub(crate) fn subscribe(mut self, channel: &str) -> RedisResult<impl Iterator<Item = RedisResult<Msg>>> {
        cmd("SUBSCRIBE").arg(channel).exec(&mut self)?;
        Ok(std::iter::from_fn(move || self.message().transpose()))
    }

    fn message(&mut self) -> RedisResult<Option<Msg>> {
        while self.open {
            // Confirmations of a subscription are no messages.
            if let Some(message) = Msg::from_owned_value(self.receive()?) {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    fn send(&mut self, packed: &[u8]) -> RedisResult<()> {
        if !self.open {
            return Err(io::Error::from(io::ErrorKind::NotConnected).into());
        }
        let sent = self.stream.write_all(packed).and_then(|()| self.stream.flush());
        self.open = sent.is_ok();
        Ok(sent?)
    }

    /// What a command has failed with on the server is a value too. After any other error, a timeout among them, nobody
    /// could tell which answer comes next, so that the connection is not used again.
    fn receive(&mut self) -> RedisResult<Value> {
        let received = self.parser.parse_value(&mut self.stream);
        self.open = received.is_ok();
        received
    }
}

impl ConnectionLike for Redis {
    fn req_packed_command(&mut self, packed: &[u8]) -> RedisResult<Value> {
        self.send(packed)?;
        self.receive()
    }

    /// Of `offset + count` answers the last `count`: those before are `MULTI`'s and what it has queued.
    fn req_packed_commands(&mut self, packed: &[u8], offset: usize, count: usize) -> RedisResult<Vec<Value>> {
        self.send(packed)?;
        let mut answers = (0..offset + count).map(|_| self.receive()).collect::<RedisResult<Vec<_>>>()?;
        Ok(answers.split_off(offset))
    }

    fn get_db(&self) -> i64 {
        self.database
    }

    fn check_connection(&mut self) -> bool {
        cmd("PING").exec(self).is_ok()
    }

    fn is_open(&self) -> bool {
        self.open
    }
}
