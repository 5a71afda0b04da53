//! Files that flags name; `-` is standard input or output.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::fd::AsFd;
use std::path::Path;

use super::args::LoadArgs;

pub(super) fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What messages call it.
pub(super) fn name(path: &Path) -> String {
    if is_standard(path) { "standard input".to_owned() } else { path.display().to_string() }
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let result = match is_standard(path) {
        true => io::stdin().lock().read_to_end(&mut bytes),
        false => File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)),
    };
    result.map(|_| bytes).map_err(|error| format!("cannot read {}: {error}", name(path)))
}

/// Standard output, to be written to piece by piece.
pub(super) fn standard_output() -> io::Result<File> {
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

/// Whether rows are written to the terminal, where a view would be drawn over them.
pub(super) fn rows_are_shown(args: &LoadArgs) -> bool {
    args.csv.as_deref().is_some_and(is_standard) && io::stdout().is_terminal()
}

/// Whether standard output is left to the report; what would stand over each other is refused.
pub(super) fn report_is_printed(args: &LoadArgs) -> Result<bool, String> {
    let [csv, html] = [&args.csv, &args.html].map(|path| path.as_deref().is_some_and(is_standard));
    if args.csv.is_some() && args.csv == args.html {
        return Err("--csv and --html name the same file".into());
    }
    if args.json && (csv || html) {
        return Err("--json is for standard output; --csv and --html then need files of their own".into());
    }
    // It would be loaded beside the other, and be one host among others that are not found.
    let file = args.urls.iter().find(|url| args.json && url.ends_with(".json") && !url.contains('/'));
    if let Some(file) = file {
        return Err(format!("--json writes to standard output: for a file write `--json > {file}`"));
    }
    Ok(!csv && !html)
}
