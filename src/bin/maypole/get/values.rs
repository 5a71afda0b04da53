//! Flag values that are more than text.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

pub(super) use crate::sizes::bytes;

/// One `--resolve`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolve {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) addresses: Vec<IpAddr>,
}

/// `HOST:PORT:ADDR[,ADDR]`; an IPv6 host stands in brackets, an address may.
pub(crate) fn resolve(text: &str) -> Result<Resolve, String> {
    let form = || "write it as HOST:PORT:ADDR[,ADDR]".to_owned();
    let host_end = if text.starts_with('[') { text.find(']').map(|at| at + 1) } else { text.find(':') };
    let (host, rest) = text.split_at(host_end.ok_or_else(form)?);
    let (port, addresses) = rest.strip_prefix(':').and_then(|rest| rest.split_once(':')).ok_or_else(form)?;
    let port = port.parse().map_err(|_| format!("{port:?} is not a port"))?;
    let address = |text: &str| bare(text).parse().map_err(|_| format!("{text:?} is not an IP address"));
    let addresses = addresses.split(',').map(address).collect::<Result<Vec<_>, _>>()?;
    Ok(Resolve { host: bare(host).to_owned(), port, addresses })
}

fn bare(text: &str) -> &str {
    text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text)
}

/// Seconds, with decimals.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "it is not a number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if time.is_zero() => Err("it must be more than nothing".into()),
        Ok(time) => Ok(time),
        Err(_) => Err("it is out of range".into()),
    }
}

/// The same, with 0 for none.
pub(super) fn seconds_or_none(text: &str) -> Result<Duration, String> {
    if text.parse() == Ok(0.0) { Ok(Duration::ZERO) } else { seconds(text) }
}

/// Where `-C` goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offset {
    At(u64),
    /// Behind what is there.
    End,
}

pub(super) fn offset(text: &str) -> Result<Offset, String> {
    match text {
        "-" => Ok(Offset::End),
        _ => text.parse().map(Offset::At).map_err(|_| "it is neither a number of bytes nor `-`".to_owned()),
    }
}

/// Redirects: a number, or -1 for no limit.
pub(super) fn hops(text: &str) -> Result<u32, String> {
    match text {
        "-1" => Ok(u32::MAX),
        _ => text.parse().map_err(|_| "it is neither a number nor -1".to_owned()),
    }
}

/// `N` or `N-M`.
pub(super) fn ports(text: &str) -> Result<RangeInclusive<u16>, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let port = |text: &str| text.trim().parse::<u16>().ok().filter(|&port| port > 0);
    match (port(first), port(last)) {
        (Some(first), Some(last)) if first <= last => Ok(first..=last),
        _ => Err("write it as PORT or FIRST-LAST, 1 to 65535".into()),
    }
}

/// Schemes that may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Protocols {
    pub(super) http: bool,
    pub(super) https: bool,
}

impl Protocols {
    pub(super) fn allow(self, is_secure: bool) -> bool {
        if is_secure { self.https } else { self.http }
    }
}

/// curl's list: each entry adds, `+` as well, `-` takes away, `=` begins anew; schemes of other trades are known to nobody
/// here and change nothing.
pub(super) fn protocols(text: &str) -> Result<Protocols, String> {
    let mut all = Protocols { http: true, https: true };
    for entry in text.split(',').filter(|entry| !entry.is_empty()) {
        let name = entry.trim_start_matches(['+', '-', '=']);
        let (mut keep, mut set) = (true, true);
        for sign in entry[..entry.len() - name.len()].chars() {
            (keep, set) = (keep && sign != '=', sign != '-');
        }
        if !keep {
            all = Protocols { http: false, https: false };
        }
        match name.to_ascii_lowercase().as_str() {
            "all" => all = Protocols { http: set, https: set },
            "http" => all.http = set,
            "https" => all.https = set,
            _ => {}
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolve_takes_several_addresses_and_both_families() {
        let entry = resolve("h.test:443:127.0.0.1,[::1]").unwrap();
        assert_eq!((entry.host.as_str(), entry.port, entry.addresses.len()), ("h.test", 443, 2));
        assert_eq!(resolve("[::2]:80:::1").unwrap().addresses, ["::1".parse::<IpAddr>().unwrap()]);
        for bad in ["", "h", "h:80", "h:x:127.0.0.1", "h:80:name"] {
            assert!(resolve(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn protocols_are_added_taken_away_and_set() {
        let list = |text: &str| protocols(text).map(|p| (p.http, p.https)).unwrap();
        assert_eq!([list("all"), list("=https"), list("-http")], [(true, true), (false, true), (false, true)]);
        assert_eq!(
            [list("-all,https"), list("=ftp"), list("=http,https")],
            [(false, true), (false, false), (true, true)]
        );
    }

    #[test]
    fn offsets_hops_and_ports_have_their_words() {
        assert_eq!((offset("-"), offset("7")), (Ok(Offset::End), Ok(Offset::At(7))));
        assert!(offset("-7").is_err() && offset("").is_err());
        assert_eq!((hops("-1"), hops("3")), (Ok(u32::MAX), Ok(3)));
        assert_eq!((ports("80"), ports("1-9")), (Ok(80..=80), Ok(1..=9)));
        assert!(ports("0").is_err() && ports("9-1").is_err() && ports("1-65536").is_err());
        assert_eq!(seconds_or_none("0"), Ok(Duration::ZERO));
    }

    #[test]
    fn sizes_and_times_have_units_and_limits() {
        assert_eq!([bytes("7"), bytes("2K"), bytes("3m")], [Ok(7), Ok(2 << 10), Ok(3 << 20)]);
        assert!(bytes("1T").is_err() && bytes("").is_err() && bytes("99999999999G").is_err());
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        assert!(seconds("0").is_err() && seconds("-1").is_err() && seconds("x").is_err() && seconds("inf").is_err());
    }
}
