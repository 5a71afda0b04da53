//! Who asks: `-u` and its kin.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::process::Command;

use maypole::client::{Auth, Netrc};

use super::args::LoginArgs;
use super::exit::Code;
use super::failure::Failure;

/// What is shown to the server, if anything is.
pub(super) fn auth(args: &LoginArgs) -> Result<Option<Auth>, Failure> {
    if let Some(token) = &args.oauth2_bearer {
        return Ok(Some(Auth::bearer(token)));
    }
    let Some(typed) = &args.user else { return Ok(None) };
    let (user, password) = name_and_password(typed, "host")?;
    let schemes = [args.basic, args.digest, args.anyauth].into_iter().filter(|&on| on).count();
    Ok(Some(match args.digest {
        _ if args.anyauth || schemes > 1 => Auth::any(&user, &password),
        true => Auth::digest(&user, &password),
        false => Auth::basic(user, password),
    }))
}

/// The netrc file asked for. As curl: one that is not there has no entries.
pub(super) fn netrc(args: &LoginArgs) -> Result<Option<Netrc>, Failure> {
    let netrc = match &args.netrc_file {
        Some(file) if !file.exists() => Netrc::parse(""),
        Some(file) => Netrc::from_file(file),
        None if args.netrc => Netrc::from_env(),
        None => return Ok(None),
    };
    netrc.map(Some).map_err(|error| Failure { code: Code::READ, ..Failure::from(error) })
}

/// `USER:PASSWORD`; without a colon the password is asked for.
pub(super) fn name_and_password(typed: &str, of: &str) -> Result<(String, String), Failure> {
    match typed.split_once(':') {
        Some((user, password)) => Ok((user.to_owned(), password.to_owned())),
        None => {
            let asked = ask(&format!("Enter {of} password for user '{typed}': "));
            let password = asked.map_err(|error| Failure::usage(format!("no password for user {typed:?}: {error}")))?;
            Ok((typed.to_owned(), password))
        }
    }
}

/// Asks on the terminal, without showing what is typed; without one, standard input is read.
fn ask(prompt: &str) -> io::Result<String> {
    let mut line = String::new();
    match OpenOptions::new().read(true).write(true).open("/dev/tty") {
        Ok(mut terminal) => {
            terminal.write_all(prompt.as_bytes())?;
            let hidden = echo(&terminal, "-echo");
            let read = BufReader::new(&terminal).read_line(&mut line);
            if hidden {
                echo(&terminal, "echo");
                terminal.write_all(b"\n")?;
            }
            read?;
        }
        Err(_) => {
            if io::stdin().lock().read_line(&mut line)? == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "there is no terminal to ask at"));
            }
        }
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Whether the terminal did as told. A program for it is everywhere; the calls for it need a crate of their own.
fn echo(terminal: &File, how: &str) -> bool {
    let done = terminal.try_clone().and_then(|terminal| Command::new("stty").arg(how).stdin(terminal).status());
    done.is_ok_and(|status| status.success())
}
