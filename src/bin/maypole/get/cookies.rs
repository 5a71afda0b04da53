//! `-b`, `-c` and `-j`: cookies from the command line, from files, and back into a file.

use std::fs;
use std::io;

use maypole::CookieJar;
use maypole::message::Url;

use super::args::LoginArgs;
use super::exit::Code;
use super::failure::Failure;
use super::output;

/// What curl takes for cookies and not for a file's name.
fn is_line(text: &str) -> bool {
    text.contains('=')
}

/// The cookies of the command line, as one header value.
pub(super) fn line(args: &LoginArgs) -> Option<String> {
    let lines: Vec<&str> = args.cookie.iter().map(String::as_str).filter(|text| is_line(text)).collect();
    (!lines.is_empty()).then(|| lines.join("; "))
}

/// The jar, if there is a file to read from or to write to.
pub(super) fn open(args: &LoginArgs, urls: &[&Url]) -> Result<Option<CookieJar>, Failure> {
    let files: Vec<&str> = args.cookie.iter().map(String::as_str).filter(|text| !is_line(text)).collect();
    if files.is_empty() && args.cookie_jar.is_none() {
        return Ok(None);
    }
    // As curl: what runs on this machine is trusted like https.
    let jar = CookieJar::builder().loopback_is_secure(true).build();
    for file in files {
        let text = match file {
            "" => continue,
            "-" => io::read_to_string(io::stdin()).map(String::into_bytes),
            file => fs::read(file),
        };
        match text {
            Ok(text) => load(&jar, &text, urls)?,
            // As curl: a file that is not there yet is an empty one.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Failure::new(Code::READ, format!("cannot read {file}: {error}"))),
        }
    }
    if args.junk_session_cookies {
        jar.clear_session();
    }
    Ok(Some(jar))
}

/// Netscape's format, and lines of heads: those are cookies of the hosts that are asked.
fn load(jar: &CookieJar, text: &[u8], urls: &[&Url]) -> Result<(), Failure> {
    let mut netscape = Vec::new();
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        match header(line) {
            Some(cookie) => of_hosts(urls).for_each(|url| {
                // As in a response: a line that breaks a rule is passed over.
                jar.set(url, cookie).ok();
            }),
            None => netscape.extend_from_slice(line),
        }
    }
    jar.load_netscape(&netscape[..])?;
    Ok(())
}

fn of_hosts<'a>(urls: &'a [&'a Url]) -> impl Iterator<Item = &'a Url> {
    let each = urls.iter().copied().enumerate();
    each.filter(|(n, url)| !urls[..*n].iter().any(|before| before.same_origin(url))).map(|(_, url)| url)
}

fn header(line: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(line).ok()?.trim();
    let (name, value) = text.split_at_checked("Set-Cookie:".len())?;
    name.eq_ignore_ascii_case("Set-Cookie:").then(|| value.trim())
}

/// Writes the jar to where -c says.
pub(super) fn save(args: &LoginArgs, jar: Option<&CookieJar>) -> Result<(), Failure> {
    let (Some(path), Some(jar)) = (&args.cookie_jar, jar) else { return Ok(()) };
    let saved = if path.as_os_str() == "-" {
        match output::stdout() {
            Ok(stdout) => jar.save_netscape(stdout),
            Err(error) => return Err(Failure::write(path, &error)),
        }
    } else {
        jar.save_netscape_to(path)
    };
    saved.map_err(|error| Failure { code: Code::WRITE, ..Failure::from(error) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_heads_are_cookies_whatever_their_case() {
        assert_eq!(header(b"Set-Cookie: a=b; Path=/\r\n"), Some("a=b; Path=/"));
        assert_eq!(header(b"set-cookie:a=b"), Some("a=b"));
        assert_eq!(header(b"h\tFALSE\t/\tFALSE\t0\ta\tb\n"), None);
    }
}
