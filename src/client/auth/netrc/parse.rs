//! The text of a netrc file: words, and what they mean one after the other.

/// One host with its login.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// `None` is `default`.
    pub(super) machine: Option<Box<[u8]>>,
    pub(super) login: Box<[u8]>,
    pub(super) password: Box<[u8]>,
}

/// What the next word is.
#[derive(Clone, Copy, PartialEq)]
enum Expects {
    Keyword,
    Machine,
    Login,
    Password,
    Account,
}

/// All entries in order, or the number of the line where a quote does not end.
pub(super) fn entries(text: &[u8]) -> Result<Vec<Entry>, usize> {
    let mut found: Vec<Entry> = Vec::new();
    let mut expects = Expects::Keyword;
    let mut in_macro = false;
    for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
        if in_macro {
            // A macro's text lasts to the first empty line.
            in_macro = !line.trim_ascii().is_empty();
            continue;
        }
        let mut rest = line;
        while let Some(word) = word(&mut rest).map_err(|()| number + 1)? {
            expects = match (expects, found.last_mut()) {
                (Expects::Machine, _) => {
                    found.push(Entry { machine: Some(word.into()), ..Entry::default() });
                    Expects::Keyword
                }
                (Expects::Login, Some(entry)) => {
                    entry.login = word.into();
                    Expects::Keyword
                }
                (Expects::Password, Some(entry)) => {
                    entry.password = word.into();
                    Expects::Keyword
                }
                (Expects::Keyword, _) if is(&word, "macdef") => {
                    in_macro = true;
                    break;
                }
                (Expects::Keyword, _) if is(&word, "default") => {
                    found.push(Entry::default());
                    Expects::Keyword
                }
                (Expects::Keyword, _) => Expects::after(&word),
                _ => Expects::Keyword,
            };
        }
    }
    Ok(found)
}

impl Expects {
    fn after(keyword: &[u8]) -> Self {
        let table = [
            ("machine", Self::Machine),
            ("login", Self::Login),
            ("password", Self::Password),
            ("account", Self::Account),
        ];
        table.into_iter().find(|(known, _)| is(keyword, known)).map_or(Self::Keyword, |(_, expects)| expects)
    }
}

fn is(word: &[u8], keyword: &str) -> bool {
    word.eq_ignore_ascii_case(keyword.as_bytes())
}

/// The next word of the line, without its quotes; `None` at its end or at a comment.
fn word(rest: &mut &[u8]) -> Result<Option<Vec<u8>>, ()> {
    *rest = rest.trim_ascii_start();
    match rest.first() {
        None | Some(b'#') => Ok(None),
        Some(b'"') => quoted(rest).map(Some),
        Some(_) => {
            let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            *rest = after;
            Ok(Some(word.into()))
        }
    }
}

fn quoted(rest: &mut &[u8]) -> Result<Vec<u8>, ()> {
    let mut word = Vec::new();
    let mut bytes = rest.iter().enumerate().skip(1);
    while let Some((at, &byte)) = bytes.next() {
        match byte {
            b'"' => {
                *rest = &rest[at + 1..];
                return Ok(word);
            }
            b'\\' => word.push(match bytes.next().ok_or(())?.1 {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                &other => other,
            }),
            _ => word.push(byte),
        }
    }
    Err(())
}
