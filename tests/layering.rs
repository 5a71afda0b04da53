//! The floors of the crate, read from its sources: a module may name what stands in its row, and nothing else.
//!
//! Comments, strings and `#[cfg(test)]` parts do not count. What is wrong is listed as `file:line`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Each module with what it may name, from the ground up. Values at the bottom name nothing; who stands higher sees
/// only what stands lower, so that no knot can be tied.
const FLOORS: &[(&str, &[&str])] = &[
    // Ground: values.
    ("error", &[]),
    ("limits", &[]),
    ("deadline", &[]),
    // Waiting, and bytes in and values out: neither knows of the other.
    ("rt", &["error", "limits", "deadline"]),
    ("wire", &["error", "limits", "deadline"]),
    // Bytes over sockets; places in a pool, without HTTP; what is asked for, as values.
    ("net", &["error", "limits", "deadline", "rt", "wire"]),
    ("pool", &["error", "limits", "deadline", "rt"]),
    ("message", &["error", "limits", "deadline", "wire"]),
    // One request and one response, without policy.
    ("exchange", &["error", "limits", "deadline", "rt", "wire", "net", "pool", "message"]),
    // Policy.
    ("client", &["error", "limits", "deadline", "rt", "wire", "net", "pool", "message", "exchange"]),
    // Other libraries' interfaces over the same connections, without the client's policy.
    ("compat", &["error", "limits", "deadline", "rt", "wire", "net", "pool", "message", "exchange"]),
    // What stands on the client.
    ("download", &["error", "limits", "deadline", "rt", "message", "client"]),
    ("load", &["error", "limits", "deadline", "rt", "message", "client"]),
    ("queue", &["error", "limits", "deadline", "rt", "message", "client"]),
    // Chapters of text, compiled so that their examples are tested.
    ("manual", &[]),
];

/// Above this a file holds more than one idea.
const LONGEST_FILE: usize = 600;

/// One source file of the library, without what does not count.
struct Source {
    path: PathBuf,
    /// `["net", "tls", "config"]`; empty for the root.
    module: Vec<String>,
    /// Its text with comments, strings and test parts blanked, lines kept.
    code: String,
}

/// A path that a file names, resolved from the root of the crate.
struct Naming {
    path: Vec<String>,
    line: usize,
}

#[test]
fn every_module_names_only_lower_floors() {
    let sources = library();
    let roots: BTreeMap<String, String> = reexports(&sources);
    let floors: BTreeMap<_, _> = FLOORS.iter().copied().collect();
    let mut wrong = Vec::new();
    for source in &sources {
        let Some(own) = source.module.first() else { continue };
        let Some(allowed) = floors.get(own.as_str()) else {
            wrong.push(format!("{}: module `{own}` has no floor in this test's table", source.path.display()));
            continue;
        };
        for naming in namings(source) {
            let Some(first) = naming.path.first() else { continue };
            let target = roots.get(first).unwrap_or(first);
            if target != own && !allowed.contains(&target.as_str()) {
                let at = format!("{}:{}", source.path.display(), naming.line);
                wrong.push(format!("{at}: `{own}` names `{}`, which is not below it", naming.path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_rt_names_may() {
    let mut wrong = Vec::new();
    for path in rust_files(Path::new("src")) {
        if path.starts_with("src/rt") {
            continue;
        }
        for (number, line) in code_of(&path).lines().enumerate() {
            let is_may = |at: usize| {
                let before = line[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
            };
            if line.match_indices("may::").chain(line.match_indices("may;")).any(|(at, _)| is_may(at)) {
                wrong.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "`may` is named outside `rt`:\n{}", wrong.join("\n"));
}

#[test]
fn no_file_is_longer_than_one_idea() {
    let wrong: Vec<_> = rust_files(Path::new("src"))
        .into_iter()
        .map(|path| (read(&path).lines().count(), path))
        .filter(|(lines, _)| *lines > LONGEST_FILE)
        .map(|(lines, path)| format!("{}:{LONGEST_FILE}: {lines} lines", path.display()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Inside a floor too: a file that names a second one is not named by it, not even over others. A `mod.rs` and what
/// stands below it are one thing and do not count.
#[test]
fn files_of_a_floor_tie_no_knots() {
    let sources = library();
    let files: BTreeSet<&[String]> = sources.iter().map(|source| &source.module[..]).collect();
    let mut edges: BTreeMap<&[String], BTreeSet<&[String]>> = BTreeMap::new();
    for source in &sources {
        for naming in namings(source) {
            let longest = (0..=naming.path.len()).rev().find_map(|n| files.get(&naming.path[..n]));
            if let Some(&to) = longest.filter(|to| !to.starts_with(&source.module) && !source.module.starts_with(to)) {
                edges.entry(&source.module).or_default().insert(to);
            }
        }
    }
    let knots: BTreeSet<Vec<String>> = edges
        .keys()
        .map(|&from| {
            let knot = reached(&edges, from).into_iter().filter(|&to| reached(&edges, to).contains(from));
            knot.map(|file| file.join("::")).collect::<Vec<_>>()
        })
        .filter(|knot| !knot.is_empty())
        .collect();
    let is_known = |knot: &[String]| KNOTS.iter().any(|known| knot.iter().all(|file| known.contains(&file.as_str())));
    let new: Vec<_> = knots.iter().filter(|knot| !is_known(knot)).map(|knot| knot.join(", ")).collect();
    assert!(new.is_empty(), "files that name each other in a circle:\n{}", new.join("\n"));
}

/// Structures that take several files to describe: what a builder builds and what builds it; a pool whose leases come
/// back to it.
const KNOTS: &[&[&str]] = &[
    // A client holds a policy, whose middleware holds functions around requests of that client, which run in its loop.
    &[
        "client::attempt",
        "client::builder",
        "client::http_client",
        "client::middleware",
        "client::policy",
        "client::repeat",
        "client::request",
        "client::run",
    ],
    &["net::names", "net::resolve"],
    &["pool::lease", "pool::line", "pool::rack", "pool::shared", "pool::shelf", "pool::sweep"],
];

fn reached<'a>(edges: &BTreeMap<&'a [String], BTreeSet<&'a [String]>>, from: &[String]) -> BTreeSet<&'a [String]> {
    let mut seen = BTreeSet::new();
    let mut next: Vec<_> = edges.get(from).into_iter().flatten().copied().collect();
    while let Some(file) = next.pop() {
        if seen.insert(file) {
            next.extend(edges.get(file).into_iter().flatten().copied());
        }
    }
    seen
}

/// The files of the library; the binary stands on its public names alone.
fn library() -> Vec<Source> {
    let root = Path::new("src");
    let files = rust_files(root).into_iter().filter(|path| !path.starts_with("src/bin"));
    let sources: Vec<_> = files
        .map(|path| {
            let inner = path.strip_prefix(root).expect("below src").with_extension("");
            let mut module: Vec<_> = inner.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            module.pop_if(|last| last == "mod" || last == "lib");
            Source { code: code_of(&path), path, module }
        })
        .collect();
    let tests: Vec<Vec<String>> = sources.iter().flat_map(test_modules).collect();
    sources.into_iter().filter(|source| !tests.iter().any(|test| source.module.starts_with(test))).collect()
}

/// Names at the root of the crate, with the module that each comes from.
fn reexports(sources: &[Source]) -> BTreeMap<String, String> {
    let root = sources.iter().find(|source| source.module.is_empty()).expect("src/lib.rs");
    let uses = root.code.match_indices("pub use ").map(|(at, text)| &root.code[at + text.len()..]);
    let paths = uses.flat_map(|text| expand(&tokens(text.split(';').next().unwrap_or(""))));
    paths.filter_map(|path| Some((path.last()?.clone(), path.first()?.clone()))).collect()
}

/// Every `crate::…`, `super::…` and `self::…` of a file. `pub(in crate::…)` names no more than where it stands.
fn namings(source: &Source) -> Vec<Naming> {
    let words = tokens(&source.code);
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let starts = matches!(word.text, "crate" | "super" | "self")
            && words.get(at + 1).is_some_and(|next| next.text == "::")
            && !at.checked_sub(1).is_some_and(|before| matches!(words[before].text, "::" | "in"));
        if !starts {
            continue;
        }
        for path in expand(&words[at..]) {
            if let Some(path) = resolve(&source.module, &path) {
                found.push(Naming { path, line: word.line });
            }
        }
    }
    found
}

/// From a path as written to one from the root; `None` if it leaves the crate.
fn resolve(module: &[String], path: &[String]) -> Option<Vec<String>> {
    let supers = path.iter().take_while(|part| *part == "super").count();
    let (base, rest) = match path.first()?.as_str() {
        "crate" => (0, &path[1..]),
        "self" => (module.len(), &path[1..]),
        _ => (module.len().checked_sub(supers)?, &path[supers..]),
    };
    Some(module[..base].iter().chain(rest).cloned().collect())
}

/// The paths that a path with braces stands for: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expand(words: &[Token<'_>]) -> Vec<Vec<String>> {
    let mut prefix = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if word.text == "{" {
            let inner = branches(&words[at + 1..]);
            return inner.into_iter().map(|rest| [&prefix[..], &rest].concat()).collect();
        }
        prefix.push(word.text.to_owned());
        if words.get(at + 1).is_none_or(|next| next.text != "::") {
            break;
        }
        at += 2;
    }
    vec![prefix]
}

fn branches(words: &[Token<'_>]) -> Vec<Vec<String>> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, word) in words.iter().enumerate() {
        let ends = depth == 0 && matches!(word.text, "," | "}");
        if ends && at > start {
            found.extend(expand(&words[start..at]));
        }
        match word.text {
            "{" => depth += 1,
            "}" if depth == 0 => break,
            "}" => depth -= 1,
            "," if depth == 0 => start = at + 1,
            _ => {}
        }
    }
    found
}

struct Token<'a> {
    text: &'a str,
    line: usize,
}

/// Words, `::`, and single other characters.
fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(c) = code[at..].chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = match c {
            _ if is_word(c) => code[at..].find(|c| !is_word(c)).unwrap_or(code.len() - at),
            ':' if code[at..].starts_with("::") => 2,
            _ => c.len_utf8(),
        };
        if !c.is_whitespace() {
            found.push(Token { text: &code[at..at + length], line });
        }
        line += usize::from(c == '\n');
        at += length;
    }
    found
}

/// `#[cfg(test)] mod x;`: a file that is a test.
fn test_modules(source: &Source) -> Vec<Vec<String>> {
    let text = read(&source.path);
    let after = text.match_indices("#[cfg(test)]").map(|(at, attribute)| text[at + attribute.len()..].trim_start());
    let names = after.filter_map(|item| item.strip_prefix("mod ")?.split_once(';').map(|(name, _)| name.to_owned()));
    let names = names.filter(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'));
    names.map(|name| source.module.iter().cloned().chain([name]).collect()).collect()
}

fn code_of(path: &Path) -> String {
    without_tests(&without_text(&read(path)))
}

/// Blanks comments, strings and characters, so that braces and names in them do not count.
fn without_text(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let length = text_length(rest).unwrap_or(0);
        if length == 0 {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            out.extend(rest[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = &rest[length..];
        }
    }
    out
}

/// The length of the comment, string or character that `rest` starts with.
fn text_length(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return rest.find("*/").map(|end| end + 2);
    }
    if let Some(raw) = rest.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            return raw[hashes + 1..].find(&end).map(|at| 1 + hashes + 1 + at + end.len());
        }
    }
    if let Some(string) = rest.strip_prefix('"') {
        return closing(string, '"').map(|end| end + 2);
    }
    let character = rest.strip_prefix('\'')?;
    let length = closing(character, '\'')?;
    // Longer than one character without a backslash: a lifetime.
    (character.starts_with('\\') || character[..length].chars().count() == 1).then_some(length + 2)
}

fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(at)
    })
}

/// Blanks each item under `#[cfg(test)]`, up to its closing brace or semicolon.
fn without_tests(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        out.push_str(&rest[..at]);
        let (mut depth, mut end) = (0, rest.len() - at);
        for (i, c) in rest[at..].char_indices() {
            depth += i32::from(c == '{') - i32::from(c == '}');
            if depth == 0 && matches!(c, '}' | ';') {
                end = i + 1;
                break;
            }
        }
        out.extend(rest[at..at + end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &rest[at + end..];
    }
    out + rest
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("tests run in the crate's folder") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a readable source file")
}

#[test]
fn the_reader_of_sources_sees_what_counts() {
    let code = without_tests(&without_text(
        "// crate::a\nuse crate::{b::{C, d::E}, f};\nlet s = \"crate::g {\"; let c = '{'; let l: &'static str;\n\
         #[cfg(test)]\nmod tests {\n use crate::h;\n}\nuse super::super::i::J;\nuse super::k;\n",
    ));
    let source = Source { path: PathBuf::new(), module: ["x", "y"].map(String::from).into(), code };
    let found: Vec<_> = namings(&source).into_iter().map(|n| format!("{}:{}", n.line, n.path.join("::"))).collect();
    assert_eq!(found, ["2:b::C", "2:b::d::E", "2:f", "8:i::J", "9:x::k"]);
}
