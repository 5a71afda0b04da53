//! Flag values that are more than text.

use std::net::IpAddr;
use std::time::Duration;

/// One `--resolve`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resolve {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) addresses: Vec<IpAddr>,
}

/// `HOST:PORT:ADDR[,ADDR]`; an IPv6 host stands in brackets, an address may.
pub(super) fn resolve(text: &str) -> Result<Resolve, String> {
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

/// Bytes, with curl's units: K, M and G are powers of 1,024.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        unit => return Err(format!("{unit:?} is no unit of bytes; K, M and G are")),
    };
    let number: u64 = digits.parse().map_err(|_| "it is not a number of bytes".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "it is out of range".to_owned())
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
    fn sizes_and_times_have_units_and_limits() {
        assert_eq!([bytes("7"), bytes("2K"), bytes("3m")], [Ok(7), Ok(2 << 10), Ok(3 << 20)]);
        assert!(bytes("1T").is_err() && bytes("").is_err() && bytes("99999999999G").is_err());
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        assert!(seconds("0").is_err() && seconds("-1").is_err() && seconds("x").is_err() && seconds("inf").is_err());
    }
}
