//! A request that needs nothing but values for its placeholders.

use bytes::Bytes;
use maypole::client::RequestBuilder;
use maypole::message::{Headers, Method, Request, Url};
use maypole::{Error, HttpClient};

use super::draw::Draw;
use super::entry::{Body, Defaults, Entry, has};
use super::template::Text;

const UNTYPED: &str = "application/octet-stream";
const CONTENT_TYPE: &str = "Content-Type";
/// It would stand in every report.
pub(super) const WITH_USER: &str = "the URL has a user name; give an Authorization header instead";

/// One request of a mix, with what the command line says where it says nothing.
pub(in crate::load) struct Prepared {
    /// What it is called in the report.
    pub(in crate::load) name: String,
    pub(in crate::load) weight: u32,
    name_given: Option<String>,
    method: String,
    address: Address,
    /// Without the command line's, where those are always the same.
    headers: Vec<(String, Text)>,
    content: Option<Content>,
}

enum Address {
    Fixed(Url),
    /// With a fixed server; the URL is a sample.
    Varying(Text, Url),
}

enum Content {
    Fixed(Bytes),
    Varying(Text),
}

impl Prepared {
    pub(super) fn new(entry: &Entry, defaults: &Defaults, base: &str) -> Result<Self, String> {
        let (method, body) = method_and_body(entry, defaults);
        let prepared = Self {
            name: String::new(),
            weight: entry.weight.max(1),
            name_given: entry.name.clone(),
            method: method.to_owned(),
            address: Address::new(entry, base).map_err(|why| entry.wrong(why))?,
            headers: headers(entry, defaults, body).map_err(|why| entry.wrong(why))?,
            content: body.map(Content::new).transpose().map_err(|why| entry.wrong(format!("the body: {why}")))?,
        };
        prepared.check(defaults).map_err(|error| entry.wrong(error))?;
        Ok(prepared)
    }

    /// As the client's own with these default headers.
    pub(in crate::load) fn request(&self, client: &HttpClient, draw: &mut Draw) -> RequestBuilder {
        let mut request = match &self.address {
            Address::Fixed(url) => client.request(&self.method, url),
            Address::Varying(text, _) => client.request(&self.method, &*text.filled(draw)),
        };
        for (name, value) in &self.headers {
            request = request.header(name, &*value.filled(draw));
        }
        match &self.content {
            None => request,
            Some(Content::Fixed(bytes)) => request.body(bytes.clone()),
            Some(Content::Varying(text)) => request.body(text.filled(draw).into_owned()),
        }
    }

    /// What the client sends by itself: the command line's headers, and those of this request if it is the only one.
    pub(in crate::load) fn client_headers(only: Option<&Self>, defaults: &Defaults) -> Vec<(String, String)> {
        let own = only.iter().flat_map(|only| &only.headers);
        let own: Vec<_> = own.map(|(name, value)| (name.clone(), value.sample(0).into_owned())).collect();
        let fixed =
            defaults.headers.iter().filter(|(name, _)| !has(&own, name)).filter_map(
                |(name, value)| match Text::compile(value) {
                    Ok(Text::Fixed(value)) => Some((name.clone(), value)),
                    _ => None,
                },
            );
        fixed.collect::<Vec<_>>().into_iter().chain(own).collect()
    }

    pub(in crate::load) fn is_fixed(&self) -> bool {
        matches!(self.address, Address::Fixed(_))
            && !matches!(self.content, Some(Content::Varying(_)))
            && self.headers.iter().all(|(_, value)| value.is_fixed())
    }

    pub(super) fn is_random(&self) -> bool {
        self.texts().any(Text::is_random)
    }

    pub(in crate::load) fn method(&self) -> &str {
        &self.method
    }

    /// The URL, or one that it may become.
    pub(in crate::load) fn url(&self) -> &Url {
        let (Address::Fixed(url) | Address::Varying(_, url)) = &self.address;
        url
    }

    /// The body, if it is always the same.
    pub(in crate::load) fn body(&self) -> Option<&Bytes> {
        if let Some(Content::Fixed(bytes)) = &self.content { Some(bytes) } else { None }
    }

    pub(super) fn server(&self) -> String {
        format!("{}://{}", self.url().scheme(), self.url().authority())
    }

    pub(super) fn name_given(&self) -> Option<&str> {
        self.name_given.as_deref()
    }

    /// Method and path, placeholders as they were written.
    pub(super) fn described(&self, with_server: bool) -> String {
        let server = if with_server { self.server() } else { String::new() };
        let path = match &self.address {
            Address::Fixed(url) => url.request_target().to_owned(),
            Address::Varying(text, _) => text.written_behind_server(),
        };
        format!("{} {server}{path}", self.method)
    }

    fn texts(&self) -> impl Iterator<Item = &Text> {
        let url = if let Address::Varying(text, _) = &self.address { Some(text) } else { None };
        let body = if let Some(Content::Varying(text)) = &self.content { Some(text) } else { None };
        url.into_iter().chain(self.headers.iter().map(|(_, value)| value)).chain(body)
    }

    /// Puts it together with every alternative of its placeholders to see that it can be.
    fn check(&self, defaults: &Defaults) -> Result<(), Error> {
        for n in 0..self.texts().map(Text::samples).max().unwrap_or(1) {
            let url = match &self.address {
                Address::Fixed(url) => url.clone(),
                Address::Varying(text, _) => Url::parse(&text.sample(n))?,
            };
            let mut request = Request::new(Method::new(&self.method)?, url);
            for (name, value) in Self::client_headers(None, defaults) {
                if !self.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(&name)) {
                    request.append_header(&name, value)?;
                }
            }
            for (name, value) in &self.headers {
                request.append_header(name, &*value.sample(n))?;
            }
            match &self.content {
                None => {}
                Some(Content::Fixed(bytes)) => request.body = bytes.clone().into(),
                Some(Content::Varying(text)) => request.body = text.sample(n).into_owned().into(),
            }
            request.assemble(&Headers::new())?;
        }
        Ok(())
    }
}

/// A body makes it a POST; the command line's goes with methods that have one.
fn method_and_body<'a>(entry: &'a Entry, defaults: &'a Defaults) -> (&'a str, Option<&'a Body>) {
    let given = entry.method.as_deref();
    let takes_one = |name: &str| Method::new(name).is_ok_and(|method| method.has_body_by_default());
    let default = defaults.body.as_ref().filter(|_| given.is_none_or(takes_one));
    let body = entry.body.as_ref().or(default);
    let method = given.or(defaults.method.as_deref()).unwrap_or(if body.is_some() { "POST" } else { "GET" });
    (method, body)
}

fn headers(entry: &Entry, defaults: &Defaults, body: Option<&Body>) -> Result<Vec<(String, Text)>, String> {
    let compile = |name: &str, value: &str| {
        let text = Text::compile(value).map_err(|why| format!("header {name}: {why}"))?;
        Ok::<_, String>((name.to_owned(), text))
    };
    let mut headers = Vec::new();
    for (name, value) in &entry.headers {
        headers.push(compile(name, value)?);
    }
    for (name, value) in defaults.headers.iter().filter(|(name, _)| !has(&entry.headers, name)) {
        let header = compile(name, value)?;
        if !header.1.is_fixed() {
            headers.push(header);
        }
    }
    let is_own_json = matches!(&entry.body, Some(Body::Json(_)));
    let default_type = match (&defaults.content_type, body) {
        _ if has(&entry.headers, CONTENT_TYPE) => None,
        _ if is_own_json => Some("application/json"),
        _ if has(&defaults.headers, CONTENT_TYPE) => None,
        // Alone on the command line, -T is sent whatever the body.
        (Some(given), body) if body.is_some() || entry.place.is_empty() => Some(&**given),
        (None, Some(_)) => Some(UNTYPED),
        _ => None,
    };
    if let Some(default_type) = default_type {
        headers.push((CONTENT_TYPE.to_owned(), Text::Fixed(default_type.to_owned())));
    }
    Ok(headers)
}

impl Address {
    /// Paths are put behind the base, its own path included: resolved as RFC 3986 has it they would replace that, and it
    /// would be there for nothing.
    fn new(entry: &Entry, base: &str) -> Result<Self, String> {
        let text = match entry.is_relative() {
            true => format!("{}{}", base.trim_end_matches('/'), entry.url),
            false => entry.url.clone(),
        };
        let text = Text::compile(&text)?;
        let url = Url::parse(&text.sample(0)).map_err(|error| error.to_string())?;
        if url.credentials().is_some() {
            return Err(WITH_USER.into());
        }
        if text.is_fixed() {
            return Ok(Self::Fixed(url));
        }
        let server = text.start().split_once("://").map_or("", |(_, behind)| behind);
        if !server.contains(['/', '?']) {
            return Err("a placeholder stands in the path or the query, not in the name of the server".into());
        }
        Ok(Self::Varying(text, url))
    }
}

impl Content {
    fn new(body: &Body) -> Result<Self, String> {
        let text = match body {
            Body::File(bytes) => return Ok(Self::Fixed(bytes.clone())),
            Body::Text(text) | Body::Json(text) => Text::compile(text)?,
        };
        Ok(match text {
            Text::Fixed(text) => Self::Fixed(text.into()),
            text => Self::Varying(text),
        })
    }
}
