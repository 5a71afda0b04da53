//! Where bodies go.

use std::path::PathBuf;

use clap::ArgMatches;
use maypole::message::Url;

use super::super::exit::Code;
use super::super::failure::Failure;

/// Where a body goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Stdout,
    File(PathBuf),
    /// Named by the server if it does so, which never replaces a file; else by the URL.
    Named(PathBuf),
}

/// One -o or -O.
pub(super) enum Place {
    At(PathBuf),
    Remote,
}

impl Place {
    pub(super) fn target(&self, url: &Url, by_server: bool) -> Result<Target, Failure> {
        Ok(match self {
            Self::At(path) if path.as_os_str() == "-" => Target::Stdout,
            Self::At(path) => Target::File(path.clone()),
            Self::Remote => match (remote_name(url), by_server) {
                (Some(name), false) => Target::File(name),
                (name, true) => Target::Named(name.unwrap_or_default()),
                (None, false) => {
                    let what = format!("-O: {} has no file name", url.without_userinfo());
                    return Err(Failure::new(Code::WRITE, what));
                }
            },
        })
    }
}

fn remote_name(url: &Url) -> Option<PathBuf> {
    url.path().rsplit('/').next().filter(|name| !matches!(*name, "" | "." | "..")).map(PathBuf::from)
}

/// -o and -O in the order in which they were typed.
pub(super) fn places(matches: &ArgMatches) -> Vec<Place> {
    let paths = matches.get_many::<PathBuf>("output").into_iter().flatten().cloned().map(Place::At);
    let mut places: Vec<(usize, Place)> = matches.indices_of("output").into_iter().flatten().zip(paths).collect();
    let remote = matches.indices_of("remote_name").into_iter().flatten();
    places.extend(remote.map(|place| (place, Place::Remote)));
    places.sort_by_key(|&(place, _)| place);
    places.into_iter().map(|(_, place)| place).collect()
}
