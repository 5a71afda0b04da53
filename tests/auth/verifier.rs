//! A server that computes digests by itself, with OpenSSL, and is as strict as RFC 7616 lets it be.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use openssl::hash::{MessageDigest, hash};

use crate::peer::{Request, Server};

pub(crate) const REALM: &str = "a \"realm\", quoted";

/// What it asks for.
#[derive(Clone)]
pub(crate) struct Demands {
    pub(crate) algorithm: &'static str,
    pub(crate) qop: &'static str,
    pub(crate) extra: &'static str,
    pub(crate) user: &'static str,
    pub(crate) password: &'static str,
    /// A nonce is good for so many answers, then it is stale.
    pub(crate) uses: usize,
    /// The nonce for the next request comes with each answer.
    pub(crate) next_nonce: bool,
}

impl Default for Demands {
    fn default() -> Self {
        Self {
            algorithm: "MD5",
            qop: "auth",
            extra: "",
            user: "Mufasa",
            password: "Circle of Life",
            uses: usize::MAX,
            next_nonce: false,
        }
    }
}

pub(crate) struct Verifier {
    pub(crate) server: Server,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    nonces: HashMap<String, Nonce>,
    log: Vec<String>,
    made: usize,
}

#[derive(Default)]
struct Nonce {
    counts: HashSet<u32>,
    /// RFC 7616 §3.4.2: computed with the first answer's client nonce.
    session: Option<String>,
}

impl Verifier {
    pub(crate) fn start(demands: Demands) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let kept = state.clone();
        let server = Server::start(move |request, responder| {
            let mut state = kept.lock().unwrap();
            let answer = state.answer(&demands, request);
            drop(state);
            responder.reply(answer);
        });
        Self { server, state }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// What it made of each request: `ok`, `none`, `stale` or what was wrong.
    pub(crate) fn log(&self) -> Vec<String> {
        self.state.lock().unwrap().log.clone()
    }
}

impl State {
    fn answer(&mut self, demands: &Demands, request: &Request) -> String {
        let verdict = self.check(demands, request);
        let verdict = verdict.map_or_else(|wrong| wrong, |()| "ok".to_owned());
        self.log.push(verdict.clone());
        if verdict == "ok" {
            let mut info = String::new();
            if demands.next_nonce {
                info = format!("Authentication-Info: qop=auth, nextnonce=\"{}\"\r\n", self.nonce());
            }
            return format!("HTTP/1.1 200 OK\r\n{info}Content-Length: 2\r\n\r\nok");
        }
        let mut line = format!("Digest realm={}, nonce=\"{}\", opaque=\"o\\\"p\"", quoted(REALM), self.nonce());
        if !demands.algorithm.is_empty() {
            line += &format!(", algorithm={}", demands.algorithm);
        }
        if !demands.qop.is_empty() {
            line += &format!(", qop=\"{}\"", demands.qop);
        }
        line += demands.extra;
        if verdict == "stale" {
            line += ", stale=true";
        }
        super::unauthorized(&[&line])
    }

    fn nonce(&mut self) -> String {
        self.made += 1;
        let nonce = format!("nonce/{}==", self.made);
        self.nonces.insert(nonce.clone(), Nonce::default());
        nonce
    }

    fn check(&mut self, demands: &Demands, request: &Request) -> Result<(), String> {
        let Some(line) = request.header("authorization") else { return Err("none".into()) };
        let fields = fields(line.strip_prefix("Digest ").ok_or("not Digest")?)?;
        let field = |name: &str| fields.get(name).map(String::as_str);
        let want = |name: &str, expected: Option<&str>| {
            let found = field(name);
            if found == expected { Ok(()) } else { Err(format!("{name} {found:?}, not {expected:?}")) }
        };
        let (name, session) = demands.algorithm.strip_suffix("-sess").map_or((demands.algorithm, false), |n| (n, true));
        let kind = match name {
            "" | "MD5" => MessageDigest::md5(),
            "SHA-256" => MessageDigest::sha256(),
            "SHA-512-256" => MessageDigest::from_name("SHA512-256").unwrap(),
            other => panic!("{other}"),
        };
        let h =
            |text: &[u8]| -> String { hash(kind, text).unwrap().iter().map(|byte| format!("{byte:02x}")).collect() };

        let user = demands.user;
        if demands.extra.contains("userhash=true") {
            want("username", Some(&h(format!("{user}:{REALM}").as_bytes())))?;
            want("userhash", Some("true"))?;
        } else if demands.extra.contains("charset=UTF-8") && !user.is_ascii() {
            want("username*", Some("UTF-8''J%C3%A4s%C3%B8n%20Doe"))?;
        } else {
            want("username", Some(user))?;
        }
        want("realm", Some(REALM))?;
        want("uri", Some(&request.target))?;
        want("opaque", Some("o\"p"))?;
        want("algorithm", Some(demands.algorithm).filter(|name| !name.is_empty()))?;
        let qop = field("qop");
        if demands.qop.is_empty() != qop.is_none() || !qop.is_none_or(|qop| demands.qop.contains(qop)) {
            return Err(format!("qop {qop:?}"));
        }
        let nonce = field("nonce").ok_or("no nonce")?.to_owned();
        let known = self.nonces.get_mut(&nonce).ok_or("a nonce of somebody else")?;

        let mut secret = h(format!("{user}:{REALM}:{}", demands.password).as_bytes());
        if session {
            let cnonce = field("cnonce").ok_or("no cnonce")?;
            secret = h(format!("{secret}:{nonce}:{cnonce}").as_bytes());
            // The key is made once: the next answer must fit the same one.
            secret = known.session.get_or_insert(secret).clone();
        }
        let mut about = format!("{}:{}", request.method, request.target);
        if qop == Some("auth-int") {
            about += &format!(":{}", h(&request.body));
        }
        let about = h(about.as_bytes());
        let expected = match qop {
            None => h(format!("{secret}:{nonce}:{about}").as_bytes()),
            Some(qop) => {
                let (count, cnonce) = (field("nc").ok_or("no nc")?, field("cnonce").ok_or("no cnonce")?);
                let number = u32::from_str_radix(count, 16).map_err(|_| format!("nc {count}"))?;
                if count.len() != 8 || cnonce.len() < 16 || line.contains("nc=\"") || line.contains("qop=\"") {
                    return Err(format!("nc {count}, cnonce {cnonce}"));
                }
                if !known.counts.insert(number) {
                    return Err(format!("nc {count} a second time"));
                }
                h(format!("{secret}:{nonce}:{count}:{cnonce}:{qop}:{about}").as_bytes())
            }
        };
        want("response", Some(&expected))?;
        if known.counts.len() > demands.uses { Err("stale".into()) } else { Ok(()) }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// `name=value` and `name="value"`, each once.
fn fields(text: &str) -> Result<HashMap<String, String>, String> {
    let mut found = HashMap::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or("no =")?;
        let mut value = String::new();
        if let Some(inside) = after.strip_prefix('"') {
            let mut chars = inside.char_indices();
            let end = loop {
                match chars.next().ok_or("an open quote")? {
                    (at, '"') => break at + 1,
                    (_, '\\') => value.push(chars.next().ok_or("an open escape")?.1),
                    (_, c) => value.push(c),
                }
            };
            rest = &inside[end..];
        } else {
            let end = after.find(',').unwrap_or(after.len());
            value.push_str(&after[..end]);
            rest = &after[end..];
        }
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        if found.insert(name.to_owned(), value).is_some() {
            return Err(format!("{name} twice"));
        }
    }
    Ok(found)
}
