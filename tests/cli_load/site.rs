//! A server whose log is the truth, and files of requests for it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tempfile::TempDir;

use crate::scripted::{Request, Server, ok};

/// A server that writes down what it is asked.
pub(crate) struct Logging {
    server: Server,
    log: Arc<Mutex<Vec<(Instant, Request)>>>,
}

impl Logging {
    pub(crate) fn start() -> Self {
        let log = Arc::new(Mutex::new(Vec::new()));
        let writing = log.clone();
        let server = Server::start(move |request, answer| {
            writing.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), request.clone()));
            match request.target.as_str() {
                "/missing" => answer.reply("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"),
                "/cut" => {
                    answer.reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx");
                    answer.close();
                }
                _ => answer.reply(ok("hello")),
            }
        });
        Self { server, log }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// What came since the last call.
    pub(crate) fn taken(&self) -> Vec<(Instant, Request)> {
        std::mem::take(&mut *self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.taken().into_iter().map(|(_, request)| request).collect()
    }

    pub(crate) fn targets(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.target).collect()
    }
}

/// A folder with a mix in it.
pub(crate) fn mix(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mix.txt");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}
