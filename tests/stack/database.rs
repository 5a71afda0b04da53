//! PostgreSQL as far as one client asks: SCRAM with the password `s3cret`, one row for every question.

use std::io::{Read, Write};
use std::net::TcpStream;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;

const ROUNDS: usize = 4096;

/// The body of a message, after its length.
fn body(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).ok()?;
    let mut body = vec![0; u32::from_be_bytes(length).checked_sub(4)? as usize];
    stream.read_exact(&mut body).ok()?;
    Some(body)
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], &(body.len() as u32 + 4).to_be_bytes()[..], body].concat()
}

fn question(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut kind = [0];
    stream.read_exact(&mut kind).ok()?;
    Some((kind[0], body(stream)?))
}

fn authentication(step: u32, text: &[u8]) -> Vec<u8> {
    message(b'R', &[&step.to_be_bytes()[..], text].concat())
}

fn keyed(key: &[u8], text: &[u8]) -> Vec<u8> {
    let key = PKey::hmac(key).unwrap();
    Signer::new(MessageDigest::sha256(), &key).unwrap().sign_oneshot_to_vec(text).unwrap()
}

/// RFC 5802 from the server's side, which does not look at the client's proof.
fn scram(stream: &mut TcpStream) -> Option<()> {
    stream.write_all(&authentication(10, b"SCRAM-SHA-256\0\0")).ok()?;
    let first = String::from_utf8(question(stream)?.1).ok()?;
    let bare = &first[first.find("n=")?..];
    let nonce = bare.split_once(",r=")?.1;
    let (salt, mut salted) = (b"salt", [0; 32]);
    let told = format!("r={nonce}more,s={},i={ROUNDS}", STANDARD.encode(salt));
    stream.write_all(&authentication(11, told.as_bytes())).ok()?;
    let last = String::from_utf8(question(stream)?.1).ok()?;
    let all = format!("{bare},{told},{}", last.split_once(",p=")?.0);
    openssl::pkcs5::pbkdf2_hmac(b"s3cret", salt, ROUNDS, MessageDigest::sha256(), &mut salted).ok()?;
    let proof = format!("v={}", STANDARD.encode(keyed(&keyed(&salted, b"Server Key"), all.as_bytes())));
    stream.write_all(&[authentication(12, proof.as_bytes()), authentication(0, b"")].concat()).ok()
}

/// One connection.
pub(crate) fn talk(mut stream: TcpStream) -> Option<()> {
    body(&mut stream)?;
    scram(&mut stream)?;
    let (ready, done) = (message(b'Z', b"I"), message(b'C', b"DONE 1\0"));
    let status = message(b'S', b"server_version\x0015\0");
    stream.write_all(&[&status[..], &message(b'K', &[0; 8]), &ready].concat()).ok()?;
    let row = message(b'D', b"\0\x01\0\0\0\x05value");
    loop {
        let (kind, text) = question(&mut stream)?;
        let text = String::from_utf8_lossy(&text);
        let answer = match kind {
            b'Q' if text.contains("FROM") => message(b'G', &[0; 3]),
            b'Q' if text.contains("TO") => {
                [message(b'H', &[0; 3]), message(b'd', b"value\n"), message(b'c', b""), done.clone(), ready.clone()]
                    .concat()
            }
            b'Q' if text.contains("WRONG") => [message(b'E', b"SERROR\0C42601\0Mno\0\0"), ready.clone()].concat(),
            b'Q' => [row.clone(), done.clone(), ready.clone()].concat(),
            b'P' => message(b'1', b""),
            b'B' => message(b'2', b""),
            b'E' => [row.clone(), done.clone()].concat(),
            b'S' => ready.clone(),
            b'c' => [done.clone(), ready.clone()].concat(),
            _ => continue,
        };
        stream.write_all(&answer).ok()?;
    }
}
