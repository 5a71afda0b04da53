//! From flags and input files to the files that are wanted.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use maypole::download::Checksum;

use super::args::DownloadArgs;

/// One file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The first one, and its mirrors.
    pub(super) urls: Vec<String>,
    pub(super) out: Option<PathBuf>,
    pub(super) dir: Option<PathBuf>,
    pub(super) checksum: Option<Checksum>,
}

pub(super) fn plan(args: &DownloadArgs) -> Result<Vec<Wanted>, String> {
    let from_line = args.urls.iter().map(|url| Wanted { urls: vec![url.clone()], ..Wanted::default() });
    let mut wanted: Vec<Wanted> = from_line.collect();
    if let Some(file) = &args.input_file {
        let text = read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let listed = list(&text).map_err(|(line, why)| format!("{}, line {line}: {why}", file.display()))?;
        wanted.extend(listed);
    }
    let single =
        [("--out", args.out.is_some()), ("--checksum", args.checksum.is_some()), ("--mirror", !args.mirror.is_empty())];
    if let (true, Some((flag, _))) = (wanted.len() != 1, single.iter().find(|(_, given)| *given)) {
        return Err(format!(
            "{flag} is for a single URL, and there are {}; an input file has them per file",
            wanted.len()
        ));
    }
    if let [only] = &mut wanted[..] {
        only.urls.extend(args.mirror.iter().cloned());
        only.out = args.out.clone().or(only.out.take());
        only.checksum = args.checksum.clone().or(only.checksum.take());
    }
    for file in &mut wanted {
        file.dir = file.dir.take().or_else(|| args.dir.clone());
        file.urls.iter_mut().for_each(with_scheme);
    }
    if wanted.is_empty() { Err("there is no URL in the input file".into()) } else { Ok(wanted) }
}

/// As wget: without a scheme it is http.
fn with_scheme(url: &mut String) {
    if !url.contains("://") {
        url.insert_str(0, "http://");
    }
}

fn read(file: &Path) -> io::Result<String> {
    if file.as_os_str() == "-" {
        let mut text = String::new();
        return io::stdin().lock().read_to_string(&mut text).map(|_| text);
    }
    fs::read_to_string(file)
}

/// aria2's input files: a line of URLs of one file, indented options below it.
fn list(text: &str) -> Result<Vec<Wanted>, (usize, String)> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line)) {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if !line.starts_with([' ', '\t']) {
            let urls = line.split('\t').map(str::trim).filter(|url| !url.is_empty()).map(str::to_owned).collect();
            wanted.push(Wanted { urls, ..Wanted::default() });
            continue;
        }
        let file = wanted.last_mut().ok_or_else(|| (number, "an option stands before the first URL".to_owned()))?;
        match trimmed.split_once('=') {
            Some(("out", value)) => file.out = Some(value.into()),
            Some(("dir", value)) => file.dir = Some(value.into()),
            Some(("checksum", value)) => {
                file.checksum = Some(value.parse().map_err(|error: maypole::Error| (number, error.to_string()))?);
            }
            _ => return Err((number, format!("{trimmed:?} is not out=, dir= or checksum="))),
        }
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_files_are_aria2_s() {
        let text = "# list\nhttp://h/a\n\nhttp://h/b\thttp://m/b\n  out=b.bin\n\tchecksum=md5=d41d8cd98f00b204e9800998ecf8427e\n dir=/tmp\n";
        let wanted = list(text).unwrap();
        assert_eq!((wanted.len(), wanted[0].urls.len(), wanted[1].urls.len()), (2, 1, 2));
        assert_eq!(
            (wanted[1].out.as_deref(), wanted[1].dir.as_deref()),
            (Some(Path::new("b.bin")), Some(Path::new("/tmp")))
        );
        assert!(wanted[1].checksum.is_some());
        for (bad, line) in [(" out=x\n", 1), ("http://h/\n speed=1\n", 2), ("http://h/\n\n checksum=md5=1\n", 3)] {
            assert_eq!(list(bad).unwrap_err().0, line, "{bad}");
        }
    }
}
