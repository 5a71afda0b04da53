//! Bodies from files by their path.

use std::fs::File;
use std::path::Path;

use super::{Body, OCTETS};
use crate::error::{Error, Kind, Phase, Result};

impl Body {
    /// The file at `path`, opened now and read while it is sent, with the media type of its extension, or
    /// `application/octet-stream`.
    ///
    /// ```no_run
    /// # let client = maypole::HttpClient::new()?;
    /// client.put("http://127.0.0.1:8080/report.pdf").body(maypole::Body::from_path("report.pdf")?).send()?;
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Kind::Body`] when it cannot be opened, or is not a regular file: opening a pipe waits for its writer.
    /// [`Body::stream`] takes whatever is open already.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let failed = |why: String| Error::new(Kind::Body, format!("file {path:?}: {why}")).with_phase(Phase::Build);
        let open = || match std::fs::metadata(path)?.is_file() {
            true => File::open(path).map(Some),
            false => Ok(None),
        };
        match open() {
            Ok(Some(file)) => Ok(Self::from(file).with_content_type(type_of(path))),
            Ok(None) => Err(failed("not a regular file".to_owned())),
            Err(error) => Err(failed(error.to_string()).with_source(error)),
        }
    }
}

/// The media type that goes with a file's extension.
pub(crate) fn type_of(path: &Path) -> &'static str {
    mime_guess::from_path(path).first_raw().unwrap_or(OCTETS)
}
