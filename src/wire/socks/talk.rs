//! The conversation: what to send, how many bytes to wait for, what they mean.

use super::messages::{self, Destination};
use super::refusal::Refusal;

/// Which version is spoken. 4 and 4a differ only in what they may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SOCKS 4 and 4a.
    V4,
    /// SOCKS 5.
    V5,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step<'a> {
    /// These bytes are to be sent, and then told with [`sent`](Talk::sent).
    Send(&'a [u8]),
    /// So many bytes are to be read, or fewer, and given to [`received`](Talk::received).
    Receive(usize),
    /// The host is at the other end from here on.
    Done,
}

/// One conversation with a proxy.
#[derive(Debug)]
pub struct Talk {
    // Everything that may have to be said is written and checked before the first byte leaves.
    login: Option<Vec<u8>>,
    request: Vec<u8>,
    out: Vec<u8>,
    sent: usize,
    stage: Stage,
    got: Vec<u8>,
    wanted: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Method,
    Login,
    Reply,
    AddressLength,
    Address,
    Reply4,
    Done,
}

impl Talk {
    /// Asks to be connected to `to` at `port`, as user and with the password given; SOCKS 4 takes a user alone.
    ///
    /// # Errors
    /// What the protocol has no room for; see [`Refusal::is_callers`].
    pub fn new(
        dialect: Dialect,
        to: Destination<'_>,
        port: u16,
        credentials: Option<(&[u8], &[u8])>,
    ) -> Result<Self, Refusal> {
        let talk =
            |out, login, request, stage, wanted| Self { login, request, out, sent: 0, stage, got: Vec::new(), wanted };
        match dialect {
            Dialect::V4 => {
                let (user, password) = credentials.unwrap_or_default();
                if !password.is_empty() {
                    return Err(Refusal::NoPassword);
                }
                Ok(talk(messages::request4(to, port, user)?, None, Vec::new(), Stage::Reply4, 8))
            }
            Dialect::V5 => {
                let login = credentials.map(|(user, password)| messages::login(user, password)).transpose()?;
                let greeting = messages::greeting(login.is_some());
                Ok(talk(greeting, login, messages::request5(to, port)?, Stage::Method, 2))
            }
        }
    }

    /// What comes next.
    pub fn step(&self) -> Step<'_> {
        match &self.out[self.sent..] {
            [] if self.stage == Stage::Done => Step::Done,
            [] => Step::Receive(self.wanted - self.got.len()),
            rest => Step::Send(rest),
        }
    }

    /// So many bytes have been sent.
    pub fn sent(&mut self, bytes: usize) {
        self.sent = (self.sent + bytes).min(self.out.len());
    }

    /// These bytes have come.
    ///
    /// # Errors
    /// What the proxy answered instead of letting us through.
    pub fn received(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        if bytes.len() > self.wanted - self.got.len() {
            return Err(Refusal::Surplus);
        }
        self.got.extend_from_slice(bytes);
        // A proxy of another kind may never send as much as a whole answer has.
        self.check_version()?;
        if self.got.len() < self.wanted {
            return Ok(());
        }
        let got = std::mem::take(&mut self.got);
        self.understand(&got)
    }

    fn check_version(&self) -> Result<(), Refusal> {
        let right = |byte: u8| match self.stage {
            Stage::Method | Stage::Reply => byte == 5,
            // 0 by the protocol, and 4 from some.
            Stage::Reply4 => matches!(byte, 0 | 4),
            // RFC 1929 §2 has a 1 there, proxies also a 5; all that counts is the status behind it.
            _ => true,
        };
        match self.got.first() {
            Some(&byte) if !right(byte) => Err(Refusal::Version(byte)),
            _ => Ok(()),
        }
    }

    fn understand(&mut self, got: &[u8]) -> Result<(), Refusal> {
        match (self.stage, got) {
            (Stage::Method, [_, method]) => return self.method(*method),
            (Stage::Login, [_, 0]) => self.ask(),
            (Stage::Login, _) => return Err(Refusal::Unauthorized),
            // RFC 1928 §6: the bound address follows a refusal as well, but not every proxy sends it.
            (Stage::Reply, [_, 0, _, form]) => match form {
                1 => self.wait(Stage::Address, 4 + 2),
                4 => self.wait(Stage::Address, 16 + 2),
                3 => self.wait(Stage::AddressLength, 1),
                unknown => return Err(Refusal::AddressType(*unknown)),
            },
            (Stage::Reply, [_, code, ..]) => return Err(Refusal::Reply(*code)),
            (Stage::AddressLength, [length]) => self.wait(Stage::Address, usize::from(*length) + 2),
            (Stage::Reply4, [_, 90, ..]) | (Stage::Address, _) => self.wait(Stage::Done, 0),
            (Stage::Reply4, [_, code, ..]) => return Err(Refusal::Reply4(*code)),
            (_, rest) => return Err(Refusal::Version(rest.first().copied().unwrap_or_default())),
        }
        Ok(())
    }

    fn method(&mut self, method: u8) -> Result<(), Refusal> {
        match (method, self.login.take()) {
            (0, _) => self.ask(),
            (2, Some(login)) => self.say(login, Stage::Login, 2),
            (0xFF, login) => return Err(Refusal::Methods { offered: login.is_some() }),
            (other, _) => return Err(Refusal::Method(other)),
        }
        Ok(())
    }

    fn ask(&mut self) {
        let request = std::mem::take(&mut self.request);
        self.say(request, Stage::Reply, 4);
    }

    fn say(&mut self, out: Vec<u8>, next: Stage, wanted: usize) {
        (self.out, self.sent) = (out, 0);
        self.wait(next, wanted);
    }

    fn wait(&mut self, next: Stage, wanted: usize) {
        (self.stage, self.wanted) = (next, wanted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: Destination<'static> = Destination::Name("h.test");

    fn address(text: &str) -> Destination<'static> {
        Destination::Address(text.parse().unwrap())
    }

    /// Plays a proxy that answers with `answers`, in pieces of `size`: what was sent, and how it ended.
    fn play(mut talk: Talk, answers: &[u8], size: usize) -> (Vec<u8>, Result<usize, Refusal>) {
        let (mut said, mut left) = (Vec::new(), answers);
        loop {
            match talk.step() {
                Step::Done => return (said, Ok(left.len())),
                Step::Send(bytes) => {
                    let n = bytes.len().min(size);
                    said.extend_from_slice(&bytes[..n]);
                    talk.sent(n);
                }
                Step::Receive(wanted) => {
                    let (now, rest) = left.split_at(wanted.min(size).min(left.len()));
                    assert!(!now.is_empty(), "it waits for {wanted} bytes more than the answer has");
                    left = rest;
                    if let Err(refusal) = talk.received(now) {
                        return (said, Err(refusal));
                    }
                }
            }
        }
    }

    type Login = Option<(&'static [u8], &'static [u8])>;

    #[test]
    fn c301_the_bytes_of_each_kind_in_pieces_of_each_size() {
        let login: Login = Some((b"me", b"pw"));
        let v4 = b"\0\x5a\0\x50\x01\x02\x03\x04tunnel";
        let (plain, known) = (b"\x05\0\x05\0\0\x01\0\0\0\0\0\0tunnel", b"\x05\x02\x01\0\x05\0\0\x03\x01b\0\0tunnel");
        let v6 = b"\x05\0\x05\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0tunnel";
        let user: Login = Some((b"me", b""));
        let table: &[(Dialect, Destination<'_>, Login, &[u8], &[u8])] = &[
            (Dialect::V4, address("10.0.0.1"), None, v4, b"\x04\x01\x01\xbb\x0a\0\0\x01\0"),
            (Dialect::V4, address("10.0.0.1"), user, v4, b"\x04\x01\x01\xbb\x0a\0\0\x01me\0"),
            (Dialect::V4, NAME, None, v4, b"\x04\x01\x01\xbb\0\0\0\x01\0h.test\0"),
            (Dialect::V5, address("10.0.0.1"), None, plain, b"\x05\x01\0\x05\x01\0\x01\x0a\0\0\x01\x01\xbb"),
            (Dialect::V5, NAME, login, known, b"\x05\x02\0\x02\x01\x02me\x02pw\x05\x01\0\x03\x06h.test\x01\xbb"),
            // Credentials that the proxy does not ask for are not sent.
            (Dialect::V5, NAME, login, plain, b"\x05\x02\0\x02\x05\x01\0\x03\x06h.test\x01\xbb"),
            (Dialect::V5, NAME, None, v6, b"\x05\x01\0\x05\x01\0\x03\x06h.test\x01\xbb"),
        ];
        for (dialect, to, login, answers, said) in table {
            for size in 1..=answers.len() {
                let talk = Talk::new(*dialect, *to, 443, *login).unwrap();
                let (sent, ended) = play(talk, answers, size);
                assert_eq!(sent.escape_ascii().to_string(), said.escape_ascii().to_string());
                assert_eq!(ended, Ok(6), "not a byte of the tunnel is read: {to:?} in pieces of {size}");
            }
        }
    }

    #[test]
    fn every_refusal_is_said_in_words_at_its_first_sure_byte() {
        let login: Login = Some((b"me", b"pw"));
        let table: &[(Dialect, Login, &[u8], &str)] = &[
            (Dialect::V5, None, b"\x05\xff", "the proxy wants credentials, and none are set"),
            (Dialect::V5, login, b"\x05\xff", "the proxy takes neither user and password nor none"),
            (Dialect::V5, None, b"\x05\x02", "the proxy chose method 2, which was not offered"),
            (Dialect::V5, login, b"\x05\x01", "the proxy chose method 1, which was not offered"),
            (Dialect::V5, login, b"\x05\x02\x01\x01", "the proxy does not accept user and password"),
            (Dialect::V5, None, b"HT", "not a SOCKS proxy: its answer begins with 0x48"),
            (Dialect::V4, None, b"HT", "not a SOCKS proxy: its answer begins with 0x48"),
            (Dialect::V5, None, b"\x05\0\x05\0\0\x02", "the proxy is bound to an address of unknown type 2"),
            (Dialect::V5, None, b"\x05\0\x05\x01\0\x01", "general failure of the proxy (SOCKS 5 reply 1)"),
            (Dialect::V5, None, b"\x05\0\x05\x02\0\x01", "not allowed by the proxy's rules (SOCKS 5 reply 2)"),
            (Dialect::V5, None, b"\x05\0\x05\x03\0\x01", "network unreachable from the proxy (SOCKS 5 reply 3)"),
            (Dialect::V5, None, b"\x05\0\x05\x04\0\x01", "host unreachable from the proxy (SOCKS 5 reply 4)"),
            (Dialect::V5, None, b"\x05\0\x05\x05\0\x01", "connection refused by the host (SOCKS 5 reply 5)"),
            (Dialect::V5, None, b"\x05\0\x05\x06\0\x01", "the host did not answer in time (SOCKS 5 reply 6)"),
            (Dialect::V5, None, b"\x05\0\x05\x07\0\x01", "command not supported by the proxy (SOCKS 5 reply 7)"),
            (Dialect::V5, None, b"\x05\0\x05\x08\0\x01", "address type not supported by the proxy (SOCKS 5 reply 8)"),
            (Dialect::V5, None, b"\x05\0\x05\x99\0\x01", "refused by the proxy (SOCKS 5 reply 153)"),
            (Dialect::V4, None, b"\0\x5b\0\0\0\0\0\0", "rejected or failed (SOCKS 4 reply 91)"),
            (
                Dialect::V4,
                None,
                b"\0\x5c\0\0\0\0\0\0",
                "the proxy could not ask this machine's identd (SOCKS 4 reply 92)",
            ),
            (Dialect::V4, None, b"\0\x5d\0\0\0\0\0\0", "this machine's identd names another user (SOCKS 4 reply 93)"),
        ];
        for (dialect, login, answers, text) in table {
            for size in [1, answers.len()] {
                let (_, ended) = play(Talk::new(*dialect, NAME, 80, *login).unwrap(), answers, size);
                assert_eq!(ended.unwrap_err().to_string(), *text);
            }
        }
    }

    #[test]
    fn sec_a9_what_has_no_room_is_refused_before_the_first_byte() {
        let long = "x".repeat(256);
        let fits = Destination::Name(&long[..255]);
        for dialect in [Dialect::V4, Dialect::V5] {
            assert!(Talk::new(dialect, fits, 80, None).is_ok());
            for name in [&long, "", "a\0b", "a b", "a\r\nb", "h\u{fc}"] {
                let refusal = Talk::new(dialect, Destination::Name(name), 80, None).unwrap_err();
                assert!(refusal == Refusal::Name && refusal.is_callers(), "{name:?}");
            }
            let long = long.as_bytes();
            let refusal = Talk::new(dialect, NAME, 80, Some((long, b""))).unwrap_err();
            assert_eq!(refusal, Refusal::Credentials);
        }
        let (long, most) = (long.as_bytes(), &long.as_bytes()[..255]);
        assert_eq!(Talk::new(Dialect::V5, NAME, 80, Some((b"u", long))).unwrap_err(), Refusal::Credentials);
        assert!(Talk::new(Dialect::V5, NAME, 80, Some((most, most))).is_ok());
        assert_eq!(Talk::new(Dialect::V4, NAME, 80, Some((b"u\0", b""))).unwrap_err(), Refusal::Credentials);
        assert_eq!(Talk::new(Dialect::V4, NAME, 80, Some((b"u", b"p"))).unwrap_err(), Refusal::NoPassword);
        assert_eq!(Talk::new(Dialect::V4, address("::1"), 80, None).unwrap_err(), Refusal::NoIpv6);
    }

    #[test]
    fn more_than_was_asked_for_is_refused() {
        let mut talk = Talk::new(Dialect::V5, NAME, 80, None).unwrap();
        talk.sent(3);
        assert_eq!(talk.received(b"\x05\0\x05"), Err(Refusal::Surplus));
    }
}
