//! A block of addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::error::{Error, Kind, Phase, Result};

/// A block of addresses: `10.0.0.0/8`, `fd00::/8`, or one address alone.
///
/// ```
/// use maypole::net::Cidr;
/// let block: Cidr = "10.0.0.0/8".parse()?;
/// assert!(block.contains([10, 1, 2, 3].into()) && !block.contains([11, 0, 0, 0].into()));
/// # Ok::<(), maypole::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cidr {
    base: IpAddr,
    bits: u8,
}

impl Cidr {
    /// Whether `address` is one of them. An IPv4 address written as IPv6 (`::ffff:10.0.0.1`) is the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                (base.to_bits() ^ address.to_bits()) & mask == 0
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                (base.to_bits() ^ address.to_bits()) & mask == 0
            }
            _ => false,
        }
    }

    pub(super) const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Self {
        Self { base: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), bits }
    }

    pub(super) const fn v6(high: [u16; 3], bits: u8) -> Self {
        Self { base: IpAddr::V6(Ipv6Addr::new(high[0], high[1], high[2], 0, 0, 0, 0, 0)), bits }
    }
}

impl FromStr for Cidr {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let refused = || {
            let what = format!("`{text}` is not an address or a block of addresses such as 10.0.0.0/8");
            Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build)
        };
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let base: IpAddr = address.parse().map_err(|_| refused())?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            // `u8` would take a sign.
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => bits.parse().map_err(|_| refused())?,
            Some(_) => return Err(refused()),
        };
        if bits > most { Err(refused()) } else { Ok(Self { base, bits }) }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_their_edges() {
        for (block, inside, outside) in [
            ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
            ("10.1.2.3/8", "10.0.0.0", "9.255.255.255"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("128.0.0.0/1", "255.255.255.255", "127.255.255.255"),
            ("0.0.0.0/0", "1.2.3.4", "::1"),
            ("::/0", "2001:db8::1", "1.2.3.4"),
            ("fd00::/8", "fdff::1", "fe00::"),
            ("2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"),
            ("10.0.0.0/8", "::ffff:10.0.0.1", "::10.0.0.1"),
        ] {
            let parsed: Cidr = block.parse().unwrap();
            assert!(parsed.contains(inside.parse().unwrap()), "{inside} in {block}");
            assert!(!parsed.contains(outside.parse().unwrap()), "{outside} not in {block}");
        }
        for wrong in
            ["", "10", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/-1", "a/8", "1.2.3.4/8/8"]
        {
            assert_eq!(wrong.parse::<Cidr>().unwrap_err().kind(), Kind::InvalidConfig, "{wrong}");
        }
    }
}
