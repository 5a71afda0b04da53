//! Which port a scheme stands for, and whether TLS comes first.

/// What a URL of a scheme is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scheme {
    pub(super) name: &'static str,
    /// None where there is no usual one.
    pub(super) port: Option<u16>,
    pub(super) secure: bool,
}

/// Ports as IANA has registered them, or as the protocol's own URL standard says. Those with TLS from the first byte;
/// what a protocol does by a command of its own is [`Stream::start_tls`](super::Stream::start_tls).
const SCHEMES: &[Scheme] = &[
    plain("tcp", None),
    secure("tls", None),
    plain("http", Some(80)),
    secure("https", Some(443)),
    plain("ws", Some(80)),
    secure("wss", Some(443)),
    plain("redis", Some(6379)),
    secure("rediss", Some(6379)),
    plain("postgres", Some(5432)),
    plain("postgresql", Some(5432)),
    plain("mysql", Some(3306)),
    plain("mongodb", Some(27017)),
    plain("memcached", Some(11211)),
    plain("imap", Some(143)),
    secure("imaps", Some(993)),
    plain("pop3", Some(110)),
    secure("pop3s", Some(995)),
    plain("smtp", Some(25)),
    secure("smtps", Some(465)),
    plain("submission", Some(587)),
    plain("ftp", Some(21)),
    secure("ftps", Some(990)),
    plain("ldap", Some(389)),
    secure("ldaps", Some(636)),
    plain("mqtt", Some(1883)),
    secure("mqtts", Some(8883)),
    plain("amqp", Some(5672)),
    secure("amqps", Some(5671)),
    plain("nats", Some(4222)),
    plain("irc", Some(6667)),
    secure("ircs", Some(6697)),
    plain("nntp", Some(119)),
    secure("nntps", Some(563)),
    plain("rtsp", Some(554)),
    plain("telnet", Some(23)),
    plain("gopher", Some(70)),
];

const fn plain(name: &'static str, port: Option<u16>) -> Scheme {
    Scheme { name, port, secure: false }
}

const fn secure(name: &'static str, port: Option<u16>) -> Scheme {
    Scheme { name, port, secure: true }
}

impl Scheme {
    pub(super) fn of(name: &str) -> Option<Self> {
        SCHEMES.iter().copied().find(|scheme| scheme.name == name)
    }

    /// Whether HTTP is what will be spoken. Only then is it offered by ALPN: servers of other protocols refuse a
    /// client that offers none of theirs (RFC 7301 §3.2).
    pub(super) fn is_http(self) -> bool {
        matches!(self.name, "http" | "https" | "ws" | "wss")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_stands_once_and_only_tcp_and_tls_need_a_port() {
        for (n, scheme) in SCHEMES.iter().enumerate() {
            assert_eq!(SCHEMES.iter().position(|other| other.name == scheme.name), Some(n));
            assert_eq!(scheme.port.is_none(), matches!(scheme.name, "tcp" | "tls"), "{scheme:?}");
        }
        assert_eq!(Scheme::of("rediss").map(|s| (s.port, s.secure)), Some((Some(6379), true)));
        assert_eq!(Scheme::of("file"), None);
    }
}
