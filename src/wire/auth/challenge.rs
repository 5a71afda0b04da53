//! What a server asks for: the lists of `WWW-Authenticate` and `Proxy-Authenticate` (RFC 9110 §11.6.1).

/// More than any server sends. Beyond these a challenge is not read: a hostile list must not become work.
const CHALLENGES: usize = 16;
const PARAMETERS: usize = 32;

/// One challenge: a scheme with parameters, or with a single token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme in the server's case; schemes are compared without regard to case.
    pub scheme: String,
    /// The parameters in order, names in the server's case, values without their quotes.
    pub params: Vec<(String, String)>,
    /// What stands in the place of parameters, as in `Negotiate oYG2…`.
    pub token68: Option<String>,
}

impl Challenge {
    /// Whether it is for this scheme.
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The first parameter of that name.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// All challenges of these header values, in order.
///
/// The commas between challenges and between parameters are the same ones: a name is a parameter if `=` follows, and
/// otherwise begins a challenge. Where a value breaks the grammar its reading ends; what was whole before that counts,
/// and the challenge that was being read does not, since half of one could be answered wrongly. At most 16 challenges
/// with 32 parameters each are read.
pub fn challenges<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<Challenge> {
    let mut found = Vec::new();
    for line in lines {
        let mut reader = Reader { rest: line };
        while found.len() < CHALLENGES {
            reader.separators();
            match reader.challenge() {
                Some(challenge) => found.push(challenge),
                None => break,
            }
        }
    }
    found
}

/// The parameters of a value that has no scheme, as `Authentication-Info` (RFC 9110 §11.6.3); none if it breaks the
/// grammar.
pub fn parameters(value: &str) -> Vec<(String, String)> {
    let mut reader = Reader { rest: value };
    reader.separators();
    let params = reader.params();
    params.filter(|_| reader.rest.is_empty()).unwrap_or_default()
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn challenge(&mut self) -> Option<Challenge> {
        let scheme = self.take(is_tchar)?.to_owned();
        let token68 = if self.blanks() > 0 { self.token68().map(str::to_owned) } else { None };
        let params = if token68.is_none() { self.params()? } else { Vec::new() };
        self.at_end_of_member().then_some(Challenge { scheme, params, token68 })
    }

    /// `name=value` again and again, up to a name without `=`.
    fn params(&mut self) -> Option<Vec<(String, String)>> {
        let mut found = Vec::new();
        loop {
            let before = self.rest;
            self.separators();
            let Some(name) = self.param_name() else {
                self.rest = before;
                return Some(found);
            };
            found.push((name.to_owned(), self.value()?));
            self.blanks();
            if found.len() > PARAMETERS || !self.at_end_of_member() {
                return None;
            }
        }
    }

    fn param_name(&mut self) -> Option<&'a str> {
        let name = self.take(is_tchar)?;
        self.blanks();
        let is_param = self.skip('=');
        self.blanks();
        is_param.then_some(name)
    }

    fn value(&mut self) -> Option<String> {
        if self.skip('"') {
            return self.quoted();
        }
        // More than a token: `nonce=MTIz==` without quotes is what some devices send.
        Some(self.take(|c| c.is_ascii_graphic() && !matches!(c, ',' | '"' | '\\')).unwrap_or_default().to_owned())
    }

    /// After the opening quote; a backslash stands before a character that means itself (RFC 9110 §5.6.4).
    fn quoted(&mut self) -> Option<String> {
        let mut value = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Some(value);
                }
                '\\' => value.push(chars.next()?.1),
                _ if c.is_ascii_control() && c != '\t' => return None,
                _ => value.push(c),
            }
        }
        None
    }

    fn token68(&mut self) -> Option<&'a str> {
        let is_body = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
        let body = self.rest.find(|c| !is_body(c)).unwrap_or(self.rest.len());
        let pads = self.rest[body..].find(|c| c != '=').unwrap_or(self.rest.len() - body);
        let (token, rest) = self.rest.split_at(body + pads);
        let ends = rest.trim_start_matches([' ', '\t']);
        if body == 0 || !(ends.is_empty() || ends.starts_with(',')) {
            return None;
        }
        self.rest = ends;
        Some(token)
    }

    fn at_end_of_member(&self) -> bool {
        self.rest.is_empty() || self.rest.starts_with(',')
    }

    fn take(&mut self, is_part: impl Fn(char) -> bool) -> Option<&'a str> {
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        (end > 0).then_some(taken)
    }

    fn skip(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn blanks(&mut self) -> usize {
        self.take(|c| matches!(c, ' ' | '\t')).map_or(0, str::len)
    }

    /// Commas and blanks: empty members of a list are nothing (RFC 9110 §5.6.1).
    fn separators(&mut self) {
        self.take(|c| matches!(c, ' ' | '\t' | ','));
    }
}

fn is_tchar(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

#[cfg(test)]
mod tests;
