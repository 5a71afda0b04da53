//! Saved runs beside each other, as text.

use std::path::Path;

use maypole::load::export::{Comparison, Difference, Judgement, Report};

use super::files;
use super::paint::Paint;

/// Reads the runs, and compares them under the names of their files.
pub(super) fn read(paths: &[impl AsRef<Path>]) -> Result<Comparison, String> {
    let names = names(&paths.iter().map(AsRef::as_ref).collect::<Vec<_>>());
    let mut runs = Vec::with_capacity(paths.len());
    for (path, name) in paths.iter().zip(names) {
        let path = path.as_ref();
        let wrong = |why: &dyn std::fmt::Display| format!("{}: {why}", files::name(path));
        let text = String::from_utf8(files::read(path)?).map_err(|error| wrong(&error.utf8_error()))?;
        let report = Report::from_json(&text).map_err(|error| wrong(&error))?;
        runs.push((name, report));
    }
    Comparison::new(runs).map_err(|error| error.to_string())
}

/// The last parts of the paths, or all of them where those are not enough to tell them apart.
fn names(paths: &[&Path]) -> Vec<String> {
    let short = |path: &Path| path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let names: Vec<String> = paths.iter().map(|path| short(path)).collect();
    let is_unique = names.iter().enumerate().all(|(n, name)| !names[..n].contains(name));
    if is_unique { names } else { paths.iter().map(|path| path.display().to_string()).collect() }
}

/// A row for each figure, and a block for each run after the first: they stand below each other, as wide as a terminal.
pub(super) fn render(comparison: &Comparison, paint: Paint) -> String {
    let mut lines = Vec::new();
    for (n, (name, report)) in comparison.runs().enumerate() {
        let against = if n == 0 { "compared with it:" } else { "" };
        lines.push(format!("{}  {}  {}", paint.bold(name), report.name, paint.faint(against)));
    }
    let first = comparison.names.first().map_or("", String::as_str);
    for (run, name) in comparison.names.iter().enumerate().skip(1) {
        lines.push(String::new());
        lines.push(paint.faint(&format!("  {:<20}{:>14}{:>14}{:>10}", "", fit(first), fit(name), "ratio")));
        lines.extend(comparison.differences.iter().map(|difference| row(difference, run, paint)));
    }
    lines.push(String::new());
    lines.push(paint.faint("  better, worse: by more than the seconds of the runs differ among themselves"));
    lines.extend(comparison.notes.iter().map(|note| paint.warning(&format!("  ! {note}"))));
    lines.join("\n")
}

fn row(difference: &Difference, run: usize, paint: Paint) -> String {
    let value = |n: usize| difference.values[n].map_or_else(|| "–".to_owned(), |value| difference.text(value));
    let ratio = difference.ratios[run].map_or_else(String::new, |ratio| format!("× {ratio:.3}"));
    let word = match difference.judgements[run] {
        Some(Judgement::Better) => paint.good("better"),
        Some(Judgement::Worse) => paint.bad("worse"),
        Some(Judgement::Same) => "within noise".to_owned(),
        None => String::new(),
    };
    let line = format!("  {:<20}{:>14}{:>14}{:>10}   {word}", difference.metric, value(0), value(run), ratio);
    line.trim_end().to_owned()
}

/// Thirteen characters of a name, its end being what tells runs apart.
fn fit(name: &str) -> String {
    let length = name.chars().count();
    if length <= 13 { name.to_owned() } else { format!("…{}", name.chars().skip(length - 12).collect::<String>()) }
}
