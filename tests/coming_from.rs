//! The chapters "Coming from": every piece of code in the column of ours stands in an example of the same chapter, where
//! it is compiled and run as a doc test. A cell of a table cannot be one.

use std::fs;
use std::path::Path;

const CHAPTERS: &str = "src/manual/coming_from";
const SYSTEMS: [&str; 8] = [
    "aquests",
    "geventhttpclient",
    "http_client",
    "octopus",
    "requests",
    "requests_futures",
    "reqwest_blocking",
    "ureq",
];

/// A table's row: where it stands, and its cells.
struct Row<'a> {
    line: usize,
    cells: Vec<&'a str>,
}

struct Chapter<'a> {
    rows: Vec<Row<'a>>,
    /// What is shown of the blocks that run, without blanks and line ends.
    shown: String,
}

#[test]
fn every_system_has_a_chapter_with_a_table_and_a_block_that_runs() {
    for system in SYSTEMS {
        let text =
            fs::read_to_string(format!("{CHAPTERS}/{system}.md")).unwrap_or_else(|error| panic!("{system}: {error}"));
        let chapter = read(&text);
        assert!(!chapter.rows.is_empty() && !chapter.shown.is_empty(), "{system}: no table, or nothing that runs");
        assert!(
            include_str!("../src/manual/mod.rs").contains(&format!("coming_from/{system}.md")),
            "{system}: not shown"
        );
    }
}

#[test]
fn every_call_of_ours_stands_in_an_example_that_runs() {
    let mut wrong = Vec::new();
    for entry in fs::read_dir(CHAPTERS).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            check(&path, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(path: &Path, wrong: &mut Vec<String>) {
    let text = fs::read_to_string(path).unwrap();
    let chapter = read(&text);
    for Row { line, cells } in &chapter.rows {
        let mut say = |what: String| wrong.push(format!("{}:{line}: {what}", path.display()));
        let [theirs, ours, _difference] = cells[..] else {
            say(format!("{} cells instead of three: theirs, ours, what differs", cells.len()));
            continue;
        };
        if theirs.is_empty() || ours.is_empty() {
            say("an empty cell: who has nothing in its place says so".into());
        }
        for code in spans(ours).filter(|code| !chapter.shown.contains(&squeezed(code))) {
            say(format!("`{code}` stands in no example of this chapter that runs"));
        }
    }
}

fn read(text: &str) -> Chapter<'_> {
    let (mut rows, mut shown) = (Vec::new(), String::new());
    // In a block: whether it runs.
    let mut block = None;
    for (at, line) in text.lines().enumerate() {
        match (block, line.strip_prefix("```")) {
            (None, Some(kind)) => block = Some(matches!(kind, "" | "rust")),
            (Some(_), Some(_)) => block = None,
            // A hidden line shows nobody how it is done.
            (Some(true), None) if !line.trim_start().starts_with("# ") && line.trim() != "#" => {
                shown += &squeezed(line.split(" // ").next().unwrap_or(line));
            }
            (None, None) if line.starts_with('|') && !is_head(text, at) => {
                rows.push(Row { line: at + 1, cells: cells(line) })
            }
            _ => {}
        }
    }
    Chapter { rows, shown }
}

/// The line of titles and the line of dashes under it.
fn is_head(text: &str, at: usize) -> bool {
    let dashes =
        |at: usize| text.lines().nth(at).is_some_and(|line| line.starts_with("|--") || line.starts_with("|:-"));
    dashes(at) || dashes(at + 1)
}

/// The cells of a row; a bar that belongs to the text is written `\|`.
fn cells(line: &str) -> Vec<&str> {
    let inner = line.strip_prefix('|').unwrap_or(line).trim_end();
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    let mut cells = Vec::new();
    let mut start = 0;
    for (at, _) in inner.match_indices('|') {
        if !inner[..at].ends_with('\\') {
            cells.push(inner[start..at].trim());
            start = at + 1;
        }
    }
    cells.push(inner[start..].trim());
    cells
}

/// What stands between backticks.
fn spans(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).map(|code| code.replace("\\|", "|"))
}

/// A chain of calls may be broken over lines.
fn squeezed(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn the_check_sees_what_is_missing() {
    let text =
        "| a | b | c |\n|---|---|---|\n| `x` | `y(\\|n\\| n)` and `z` | – |\n\n```\n# z();\ny(|n|\n    n);\n```\n";
    let chapter = read(text);
    assert_eq!(chapter.rows[0].cells, ["`x`", "`y(\\|n\\| n)` and `z`", "–"]);
    let missing: Vec<_> =
        spans(chapter.rows[0].cells[1]).filter(|code| !chapter.shown.contains(&squeezed(code))).collect();
    assert_eq!(missing, ["z"]);
}
