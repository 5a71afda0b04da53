//! PostgreSQL with the messages of the postgres-protocol crate over a blocking stream, on many coroutines:
//! `cargo run --release --example postgres_sync -- postgres://user:password@127.0.0.1/database`, with `?sslmode=require`
//! at the end for TLS. Names and password stand in the URL without escapes.
//!
//! What to copy is beside it: `login.rs` up to the first question, `connection.rs` questions, statements and COPY.

mod connection;
mod login;

use std::io::Result;

use maypole::TlsConfig;
use maypole::compat::io::Connector;
use maypole::rt::Group;

pub(crate) use connection::Postgres;

fn main() -> Result<()> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "postgres://postgres:postgres@127.0.0.1/postgres".into());
    let (connector, tls) = (Connector::new(), TlsConfig::default());

    let mut postgres = Postgres::connect(&connector, &tls, &url)?;
    postgres.query("CREATE TEMPORARY TABLE trees (name text, height int)")?;
    postgres.copy_in("COPY trees FROM STDIN CSV", "birch,20\nlinden,30\n".as_bytes())?;
    postgres.prepare("taller", "SELECT name, height FROM trees WHERE height > $1::int")?;
    println!("{:?}", postgres.execute("taller", &[Some("25")])?);
    postgres.copy_out("COPY trees TO STDOUT", &mut std::io::stdout())?;
    postgres.close()?;

    // A server takes 100 connections unless it is told otherwise, so that 80 of the coroutines run at a time.
    let group = Group::new(80);
    let answers = group.map(0..1_000, move |n| -> Result<()> {
        let mut postgres = Postgres::connect(&connector, &tls, &url)?;
        postgres.query(&format!("SELECT {n} + 1"))?;
        postgres.close()
    })?;
    println!("{} of 1,000 went well", answers.iter().filter(|answer| answer.is_ok()).count());
    Ok(())
}
