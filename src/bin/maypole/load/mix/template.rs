//! Text with placeholders: read once, filled in for each request.

use std::borrow::Cow;
use std::fmt::Write;

use super::draw::Draw;

const OPEN: &str = "{{";
const CLOSE: &str = "}}";
const KNOWN: &str = "counter, random, uuid, choice and connection are known";

/// A text, as it is or with places that differ from request to request.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Text {
    Fixed(String),
    Varying(Template),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Counter { from: i64, to: Option<i64> },
    Random { min: i64, max: i64 },
    Uuid,
    Choice(Vec<String>),
    Connection,
}

impl Text {
    /// `{{{{` is the two braces themselves.
    pub(super) fn compile(text: &str) -> Result<Self, String> {
        let (mut parts, mut fixed, mut rest) = (Vec::new(), String::new(), text);
        while let Some(at) = rest.find(OPEN) {
            fixed.push_str(&rest[..at]);
            rest = &rest[at + OPEN.len()..];
            if let Some(behind) = rest.strip_prefix(OPEN) {
                fixed.push_str(OPEN);
                rest = behind;
                continue;
            }
            let end = rest.find(CLOSE).ok_or("`{{` has no `}}`; for the two braces themselves write `{{{{`")?;
            let inside = &rest[..end];
            let part = placeholder(inside).map_err(|why| format!("`{OPEN}{inside}{CLOSE}`: {why}"))?;
            if !fixed.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut fixed)));
            }
            parts.push(part);
            rest = &rest[end + CLOSE.len()..];
        }
        fixed.push_str(rest);
        if parts.is_empty() {
            return Ok(Self::Fixed(fixed));
        }
        if !fixed.is_empty() {
            parts.push(Part::Text(fixed));
        }
        Ok(Self::Varying(Template(parts)))
    }

    pub(super) fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    pub(super) fn filled(&self, draw: &mut Draw) -> Cow<'_, str> {
        match self {
            Self::Fixed(text) => Cow::Borrowed(text),
            Self::Varying(template) => Cow::Owned(template.filled(draw)),
        }
    }

    /// What stands before the first placeholder.
    pub(super) fn start(&self) -> &str {
        match self {
            Self::Fixed(text) => text,
            Self::Varying(Template(parts)) => match parts.first() {
                Some(Part::Text(text)) => text,
                _ => "",
            },
        }
    }

    /// What stands behind the server of a URL, with its placeholders as they are written.
    pub(super) fn written_behind_server(&self) -> String {
        let written = self.written();
        let rest = written.split_once("://").map_or(&*written, |(_, rest)| rest);
        rest.find(['/', '?']).map_or(rest, |at| &rest[at..]).to_owned()
    }

    fn written(&self) -> String {
        match self {
            Self::Fixed(text) => text.clone(),
            Self::Varying(Template(parts)) => parts.iter().map(Part::written).collect(),
        }
    }

    /// How many of [`sample`](Self::sample)'s differ in more than digits.
    pub(super) fn samples(&self) -> usize {
        let Self::Varying(Template(parts)) = self else { return 1 };
        let choices = parts.iter().map(|part| if let Part::Choice(all) = part { all.len() } else { 1 });
        choices.max().unwrap_or(1)
    }

    /// A text that it may become; all of its alternatives are in the first [`samples`](Self::samples).
    pub(super) fn sample(&self, n: usize) -> Cow<'_, str> {
        let Self::Varying(Template(parts)) = self else { return self.filled(&mut Draw::new(0, 0, 0)) };
        let mut text = String::new();
        let mut draw = Draw::new(0, 0, 0);
        for part in parts {
            match part {
                Part::Choice(all) => text.push_str(&all[n.min(all.len() - 1)]),
                part => part.fill(&mut text, &mut draw),
            }
        }
        Cow::Owned(text)
    }

    /// Whether a seed makes a difference to it.
    pub(super) fn is_random(&self) -> bool {
        let Self::Varying(Template(parts)) = self else { return false };
        parts.iter().any(|part| matches!(part, Part::Random { .. } | Part::Uuid | Part::Choice(_)))
    }
}

impl Template {
    fn filled(&self, draw: &mut Draw) -> String {
        let mut text = String::new();
        self.0.iter().for_each(|part| part.fill(&mut text, draw));
        text
    }
}

impl Part {
    fn written(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Counter { from: 0, to: None } => "{{counter}}".into(),
            Self::Counter { from, to: None } => format!("{{{{counter:{from}}}}}"),
            Self::Counter { from, to: Some(to) } => format!("{{{{counter:{from}:{to}}}}}"),
            Self::Random { min, max } => format!("{{{{random:{min}:{max}}}}}"),
            Self::Uuid => "{{uuid}}".into(),
            Self::Choice(all) => format!("{{{{choice:{}}}}}", all.join("|")),
            Self::Connection => "{{connection}}".into(),
        }
    }

    fn fill(&self, text: &mut String, draw: &mut Draw) {
        // A `String` takes whatever is written.
        match self {
            Self::Text(fixed) => text.push_str(fixed),
            Self::Counter { from, to } => {
                let n = match to {
                    Some(to) => u128::from(draw.number()) % span(*from, *to),
                    None => draw.number().into(),
                };
                write!(text, "{}", i128::from(*from) + n as i128).ok();
            }
            Self::Random { min, max } => {
                write!(text, "{}", i128::from(*min) + i128::from(draw.below(span(*min, *max)))).ok();
            }
            Self::Uuid => uuid(text, draw),
            Self::Choice(all) => text.push_str(&all[draw.below(all.len() as u128) as usize]),
            Self::Connection => {
                write!(text, "{}", draw.connection()).ok();
            }
        }
    }
}

/// How many numbers there are, both ends included.
fn span(from: i64, to: i64) -> u128 {
    u128::from(to.abs_diff(from)) + 1
}

/// Random, of version 4 (RFC 9562 §5.4).
fn uuid(text: &mut String, draw: &mut Draw) {
    let (high, low) = (draw.next(), draw.next());
    let high = (high & !0xf000) | 0x4000;
    let low = (low & !(0b11 << 62)) | (0b10 << 62);
    let (a, b, c) = (high >> 32, (high >> 16) & 0xffff, high & 0xffff);
    write!(text, "{a:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}", low >> 48, low & 0xffff_ffff_ffff).ok();
}

/// What stands between the braces.
fn placeholder(inside: &str) -> Result<Part, String> {
    let (name, arguments) = match inside.split_once(':') {
        Some((name, arguments)) => (name.trim(), Some(arguments)),
        None => (inside.trim(), None),
    };
    match (name, arguments) {
        ("counter", None) => Ok(Part::Counter { from: 0, to: None }),
        ("counter", Some(arguments)) => match numbers(arguments)?[..] {
            [from] => Ok(Part::Counter { from, to: None }),
            [from, to] if from <= to => Ok(Part::Counter { from, to: Some(to) }),
            [from, to] => Err(format!("{from} is above {to}")),
            _ => Err("write it as counter, counter:FROM or counter:FROM:TO".into()),
        },
        ("random", arguments) => match numbers(arguments.unwrap_or_default())?[..] {
            [min, max] if min <= max => Ok(Part::Random { min, max }),
            [min, max] => Err(format!("{min} is above {max}")),
            _ => Err("write it as random:MIN:MAX".into()),
        },
        ("uuid", None) => Ok(Part::Uuid),
        ("connection", None) => Ok(Part::Connection),
        ("uuid" | "connection", Some(_)) => Err(format!("{name} takes no arguments")),
        ("choice", arguments) => {
            let all: Vec<_> = arguments.unwrap_or_default().split('|').map(str::to_owned).collect();
            if all.len() < 2 {
                Err("write it as choice:ONE|OTHER, with two of them at least".into())
            } else {
                Ok(Part::Choice(all))
            }
        }
        _ => Err(format!("there is no {name:?}; {KNOWN}. For the two braces themselves write `{{{{{{{{`")),
    }
}

fn numbers(arguments: &str) -> Result<Vec<i64>, String> {
    let number =
        |text: &str| text.trim().parse().map_err(|_| format!("{:?} is no whole number of 64 bits", text.trim()));
    arguments.split(':').map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, number: u64) -> String {
        Text::compile(text).unwrap().filled(&mut Draw::new(1, number, 7)).into_owned()
    }

    #[test]
    fn text_without_placeholders_stays_and_doubled_braces_are_braces() {
        assert_eq!(Text::compile("a{b}}{c"), Ok(Text::Fixed("a{b}}{c".into())));
        assert_eq!(Text::compile("{{{{counter}}"), Ok(Text::Fixed("{{counter}}".into())));
        assert_eq!(filled("{{{{{{counter}}}}", 5), "{{5}}");
        assert_eq!(Text::compile(""), Ok(Text::Fixed(String::new())));
    }

    #[test]
    fn placeholders_become_what_they_are_named_after() {
        assert_eq!(filled("/{{counter}}-{{ counter:10 }}?c={{connection}}", 3), "/3-13?c=7");
        assert_eq!((0..5).map(|n| filled("{{counter:-1:1}}", n)).collect::<Vec<_>>(), ["-1", "0", "1", "-1", "0"]);
        let dice: Vec<i64> = (0..600).map(|n| filled("{{random:1:6}}", n).parse().unwrap()).collect();
        assert!(dice.iter().all(|eye| (1..=6).contains(eye)) && (1..=6).all(|eye| dice.contains(&eye)));
        assert!((0..50).all(|n| ["a", "", "c:d e"].contains(&&*filled("{{choice:a||c:d e}}", n))));
        let (one, other) = (filled("{{uuid}}", 1), filled("{{uuid}}", 2));
        assert!(one != other && one.len() == 36 && &one[14..15] == "4" && "89ab".contains(&one[19..20]), "{one}");
        assert_eq!(filled(r#"{"a":{{counter}}}"#, 9), r#"{"a":9}"#);
        let all = format!("{{{{random:{}:{}}}}}", i64::MIN, i64::MAX);
        assert!((0..100).all(|n| filled(&all, n).parse::<i64>().is_ok()));
        assert_eq!(filled(&format!("{{{{counter:{}}}}}", i64::MAX), 1), "9223372036854775808");
    }

    #[test]
    fn every_alternative_is_among_the_samples() {
        let text = Text::compile("{{choice:a|b|c}}-{{choice:x|y}}-{{counter}}").unwrap();
        assert_eq!((0..text.samples()).map(|n| text.sample(n)).collect::<Vec<_>>(), ["a-x-0", "b-y-0", "c-y-0"]);
        assert_eq!(Text::compile("x").unwrap().samples(), 1);
    }

    #[test]
    fn what_is_no_placeholder_is_refused_with_the_reason() {
        let cases = [
            ("{{", "no `}}`"),
            ("a{{counter", "no `}}`"),
            ("{{}}", "there is no \"\""),
            ("{{now}}", "there is no \"now\""),
            ("{{{counter}}", "there is no \"{counter\""),
            ("{{counter:x}}", "\"x\" is no whole number"),
            ("{{counter:5:1}}", "5 is above 1"),
            ("{{counter:1:2:3}}", "counter:FROM:TO"),
            ("{{random}}", "\"\" is no whole number"),
            ("{{random:1}}", "random:MIN:MAX"),
            ("{{random:2:1}}", "2 is above 1"),
            ("{{random:1:99999999999999999999}}", "64 bits"),
            ("{{uuid:4}}", "no arguments"),
            ("{{choice}}", "two of them"),
            ("{{choice:a}}", "two of them"),
        ];
        for (text, why) in cases {
            let error = Text::compile(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
