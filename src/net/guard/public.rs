//! Which addresses are anybody's, and which lead inside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::cidr::Cidr;

/// What is not the public internet, with the word for it: IANA's special-purpose registries (RFC 6890), multicast.
const INSIDE: &[(Cidr, &str)] = &[
    (Cidr::v4(0, 0, 0, 0, 8), "this network"),
    (Cidr::v4(10, 0, 0, 0, 8), "private"),
    (Cidr::v4(100, 64, 0, 0, 10), "shared by a carrier's customers"),
    (Cidr::v4(127, 0, 0, 0, 8), "loopback"),
    // Clouds answer questions about a machine and its keys at 169.254.169.254.
    (Cidr::v4(169, 254, 0, 0, 16), "link-local"),
    (Cidr::v4(172, 16, 0, 0, 12), "private"),
    (Cidr::v4(192, 0, 0, 0, 24), "for protocols"),
    (Cidr::v4(192, 0, 2, 0, 24), "documentation"),
    (Cidr::v4(192, 88, 99, 0, 24), "6to4 relays"),
    (Cidr::v4(192, 168, 0, 0, 16), "private"),
    (Cidr::v4(198, 18, 0, 0, 15), "benchmarks"),
    (Cidr::v4(198, 51, 100, 0, 24), "documentation"),
    (Cidr::v4(203, 0, 113, 0, 24), "documentation"),
    (Cidr::v4(224, 0, 0, 0, 4), "multicast"),
    (Cidr::v4(240, 0, 0, 0, 4), "reserved or broadcast"),
    // Unspecified, loopback, IPv4-compatible: what is mapped or translated has been unwrapped before.
    (Cidr::v6([0, 0, 0], 96), "unspecified, loopback or IPv4-compatible"),
    (Cidr::v6([0x64, 0xff9b, 1], 48), "local translation"),
    (Cidr::v6([0x100, 0, 0], 64), "discarded"),
    // Teredo, ORCHID and the like; 2001:db8::/32 stands apart.
    (Cidr::v6([0x2001, 0, 0], 23), "for protocols"),
    (Cidr::v6([0x2001, 0xdb8, 0], 32), "documentation"),
    (Cidr::v6([0x3fff, 0, 0], 20), "documentation"),
    (Cidr::v6([0x5f00, 0, 0], 16), "segment routing"),
    (Cidr::v6([0xfc00, 0, 0], 7), "unique local"),
    (Cidr::v6([0xfe80, 0, 0], 10), "link-local"),
    (Cidr::v6([0xfec0, 0, 0], 10), "site-local"),
    (Cidr::v6([0xff00, 0, 0], 8), "multicast"),
];

/// What kind of address it is, unless it is one of the public internet.
pub(super) fn inside(address: IpAddr) -> Option<&'static str> {
    INSIDE.iter().find(|(block, _)| block.contains(address)).map(|(_, what)| *what)
}

/// The IPv4 address that a gateway or the system itself makes of an IPv6 one.
pub(super) fn embedded(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address else { return None };
    let [a, b, c, d, e, f, g, h] = address.segments();
    let joined = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match [a, b, c, d, e, f] {
        // Mapped (RFC 4291 §2.5.5.2), NAT64 (RFC 6052 §2.1), SIIT (RFC 2765 §2.1).
        [0, 0, 0, 0, 0, 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] | [0, 0, 0, 0, 0xffff, 0] => Some(joined(g, h)),
        // IPv4-compatible (RFC 4291 §2.5.5.1), but for :: and ::1.
        [0, 0, 0, 0, 0, 0] if address.to_bits() > Ipv6Addr::LOCALHOST.to_bits() => Some(joined(g, h)),
        // 6to4 (RFC 3056 §2).
        [0x2002, ..] => Some(joined(b, c)),
        // ISATAP (RFC 5214 §6.1).
        [.., 0 | 0x200, 0x5efe] => Some(joined(g, h)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c372_what_leads_inside() {
        for text in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(inside(text.parse().unwrap()).is_some(), "{text}");
        }
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.1.1.1",
            "128.0.0.1",
            "169.253.1.1",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.1.1",
            "192.169.0.0",
            "198.17.1.1",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:4860:4860::8888",
        ] {
            assert_eq!(inside(text.parse().unwrap()), None, "{text}");
        }
    }

    #[test]
    fn sec_i2_ipv4_in_every_disguise() {
        for text in [
            "::ffff:127.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "::127.0.0.1",
            "2002:7f00:1::",
            "fe80::5efe:127.0.0.1",
            "2a00::200:5efe:7f00:1",
        ] {
            assert_eq!(embedded(text.parse().unwrap()), Some(Ipv4Addr::LOCALHOST), "{text}");
        }
        for text in ["::1", "::", "2606:4700::1111", "127.0.0.1"] {
            assert_eq!(embedded(text.parse().unwrap()), None, "{text}");
        }
    }
}
