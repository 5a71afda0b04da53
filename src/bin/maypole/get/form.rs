//! `-F`: the parts of a form in curl's grammar.
//!
//! ```text
//!   NAME=TEXT            NAME=@FILE[,FILE]...        NAME=<FILE
//!     each with [;type=MEDIA/TYPE] [;filename=NAME] [;headers="Name: value" | ;headers=@FILE]...
//! ```

use std::fs::File;
use std::path::Path;

use clap::ArgMatches;
use maypole::message::Body;
use maypole::message::multipart::{Form, Part};

use super::data;
use super::exit::Code;
use super::failure::Failure;

/// One `-F`: a name, and one content or several files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    name: String,
    items: Vec<Item>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Item {
    content: Content,
    media_type: Option<String>,
    file_name: Option<String>,
    headers: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Bytes(Vec<u8>),
    /// Opened when it is sent.
    File(String),
}

impl Default for Content {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

/// All of them, in the order in which they were typed.
pub(super) fn collect(matches: &ArgMatches) -> Result<Vec<Field>, Failure> {
    let mut typed: Vec<(usize, bool, &String)> = Vec::new();
    for (flag, literal) in [("form", false), ("form_string", true)] {
        let values = matches.get_many::<String>(flag).into_iter().flatten();
        let places = matches.indices_of(flag).into_iter().flatten();
        typed.extend(places.zip(values).map(|(place, value)| (place, literal, value)));
    }
    typed.sort_by_key(|&(place, ..)| place);
    typed.into_iter().map(|(_, literal, text)| field(text, literal)).collect()
}

/// The body that they make; files are opened now.
pub(super) fn body(fields: &[Field]) -> Result<Body, Failure> {
    let mut form = Form::new();
    for field in fields {
        let part = match &field.items[..] {
            [one] => one.part()?,
            // As curl: several files of one name are a form of their own.
            several => {
                let mixed = several.iter().try_fold(Form::of("mixed"), |form, item| Ok(form.attach(item.part()?)));
                Part::body(mixed.and_then(|form: Form| form.into_body().map_err(Failure::from))?)
            }
        };
        form = form.part(&field.name, part);
    }
    form.into_body().map_err(Failure::from)
}

fn field(text: &str, literal: bool) -> Result<Field, Failure> {
    let wrong = |why: &str| Failure::usage(format!("-F {text:?}: {why}"));
    let (name, content) = text.split_once('=').ok_or_else(|| wrong("it is not NAME=CONTENT"))?;
    let name = name.to_owned();
    if literal {
        let item = Item { content: Content::Bytes(content.into()), ..Item::default() };
        return Ok(Field { name, items: vec![item] });
    }
    if name.is_empty() && content.starts_with(['(', ')']) || content.starts_with("(;") || content == "(" {
        return Err(wrong("groups of parts are not supported"));
    }
    let mut items = Vec::new();
    match content.chars().next() {
        Some('@') => {
            let mut words = Words { rest: &content[1..], end: Some(',') };
            loop {
                let (file, mut item) = words.item().map_err(|why| wrong(&why))?;
                let base = Path::new(&file).file_name().map(|name| name.to_string_lossy().into_owned());
                item.media_type = item.media_type.or_else(|| upload_type(item.file_name.as_deref(), &file));
                item.file_name = item.file_name.or(base);
                // Standard input can be read once, and a request may be sent more often.
                item.content = if file == "-" { Content::Bytes(data::read("-")?) } else { Content::File(file) };
                items.push(item);
                match words.rest.strip_prefix(',') {
                    Some(rest) => words.rest = rest,
                    None => break,
                }
            }
        }
        Some('<') => {
            let (file, mut item) = Words { rest: &content[1..], end: None }.item().map_err(|why| wrong(&why))?;
            (item.content, item.file_name) = (Content::Bytes(data::read(&file)?), None);
            items.push(item);
        }
        _ => {
            let (text, mut item) = Words { rest: content, end: None }.item().map_err(|why| wrong(&why))?;
            item.content = Content::Bytes(text.into());
            item.media_type =
                item.media_type.or_else(|| item.file_name.as_deref().and_then(type_of).map(str::to_owned));
            items.push(item);
        }
    }
    Ok(Field { name, items })
}

impl Item {
    fn part(&self) -> Result<Part, Failure> {
        let mut part = match &self.content {
            Content::Bytes(bytes) => Part::bytes(bytes.clone()),
            Content::File(path) => Part::open_file(
                File::open(path).map_err(|error| Failure::new(Code::READ, format!("cannot read {path}: {error}")))?,
            ),
        };
        if let Some(name) = &self.file_name {
            part = part.file_name(name);
        }
        part = match &self.media_type {
            Some(media_type) => part.content_type(media_type.clone()),
            None => part.without_content_type(),
        };
        Ok(self.headers.iter().fold(part, |part, (name, value)| part.header(name, value)))
    }
}

/// curl's table of endings; what is not in it is sent without a type as text, and as bytes in a file.
fn type_of(name: &str) -> Option<&'static str> {
    let end = name.rsplit_once('.')?.1.to_ascii_lowercase();
    Some(match end.as_str() {
        "gif" => "image/gif",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain",
        "htm" | "html" => "text/html",
        "pdf" => "application/pdf",
        "xml" => "application/xml",
        _ => return None,
    })
}

fn upload_type(shown: Option<&str>, file: &str) -> Option<String> {
    let known = shown.and_then(type_of).or_else(|| type_of(file));
    // What comes from standard input has no ending, and curl then leaves it open.
    known.or((file != "-").then_some("application/octet-stream")).map(str::to_owned)
}

/// What is left to be read of one `-F`.
struct Words<'a> {
    rest: &'a str,
    /// Ends an item besides the semicolon.
    end: Option<char>,
}

impl Words<'_> {
    /// A content, and the parameters behind it.
    fn item(&mut self) -> Result<(String, Item), String> {
        let content = self.word();
        let (mut item, mut in_type) = (Item::default(), false);
        while let Some(rest) = self.rest.strip_prefix(';') {
            self.rest = rest.trim_start();
            let key = ["type=", "filename=", "headers=", "encoder="]
                .into_iter()
                .find(|key| self.rest.get(..key.len()).is_some_and(|start| start.eq_ignore_ascii_case(key)));
            self.rest = &self.rest[key.map_or(0, str::len)..];
            match key {
                Some("type=") => {
                    let media_type = self.word();
                    if !media_type.split_once('/').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty()) {
                        return Err(format!("type {media_type:?} is not a media type"));
                    }
                    item.media_type = Some(media_type);
                }
                Some("filename=") => item.file_name = Some(self.word()),
                Some("headers=") => item.take_headers(self)?,
                Some(_) => return Err("encoders are not supported".into()),
                // As curl: what follows a type and is none of the above is a parameter of it.
                None => match (&mut item.media_type, self.word()) {
                    (Some(media_type), parameter) if in_type => media_type.push_str(&format!(";{parameter}")),
                    (_, word) if word.is_empty() => {}
                    (_, word) => return Err(format!("{word:?} is no parameter of a part")),
                },
            }
            in_type = matches!(key, Some("type=")) || (key.is_none() && in_type);
        }
        Ok((content, item))
    }

    fn word(&mut self) -> String {
        let is_end = |c: char| c == ';' || Some(c) == self.end;
        self.rest = self.rest.trim_start();
        if let Some((word, after)) = quoted(self.rest) {
            self.rest = &after[after.find(is_end).unwrap_or(after.len())..];
            return word;
        }
        let (word, rest) = self.rest.split_at(self.rest.find(is_end).unwrap_or(self.rest.len()));
        self.rest = rest;
        word.trim_end().to_owned()
    }
}

impl Item {
    fn take_headers(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let from_file = words.rest.starts_with(['@', '<']);
        words.rest = &words.rest[usize::from(from_file)..];
        let word = words.word();
        let lines = if from_file {
            String::from_utf8_lossy(&data::read(&word).map_err(|failure| failure.message)?).into_owned()
        } else {
            word
        };
        for line in lines.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            let (name, value) = line.split_once(':').ok_or_else(|| format!("header {line:?} has no colon"))?;
            let (name, value) = (name.trim(), value.trim());
            if name.eq_ignore_ascii_case("Content-Type") {
                self.media_type = Some(value.to_owned());
            } else {
                self.headers.push((name.to_owned(), value.to_owned()));
            }
        }
        Ok(())
    }
}

/// A word between quotes, in which a backslash protects quotes and backslashes, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut chars = text.strip_prefix('"')?.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if matches!(chars.peek(), Some((_, '\\' | '"'))) => word.extend(chars.next().map(|(_, c)| c)),
            '"' => return Some((word, &text[at + 2..])),
            c => word.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests;
