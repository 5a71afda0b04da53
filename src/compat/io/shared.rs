//! What all handles of a connection share.

use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::failure::{Doing, Limits, failed};
use crate::net::{ConnectionInfo, Duplex, Patience, Room};
use crate::rt::{CancelToken, scope};

pub(super) struct Shared {
    pub(super) duplex: Duplex,
    /// Who was asked for, as far as that says more than the address.
    host: Option<String>,
    settings: Mutex<Settings>,
}

/// As with `std`, options set on one handle count for all.
#[derive(Clone, Default)]
pub(super) struct Settings {
    pub(super) connect: Option<Duration>,
    pub(super) read: Option<Duration>,
    pub(super) write: Option<Duration>,
    pub(super) deadline: Option<Instant>,
    pub(super) token: Option<CancelToken>,
}

impl Shared {
    pub(super) fn new(duplex: Duplex, host: Option<String>, settings: Settings) -> Self {
        Self { duplex, host, settings: Mutex::new(settings) }
    }

    pub(super) fn into_parts(self) -> (Duplex, Option<String>, Settings) {
        (self.duplex, self.host, self.settings.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    pub(super) fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(super) fn info(&self) -> &Arc<ConnectionInfo> {
        self.duplex.info()
    }

    pub(super) fn read(&self, to: &mut impl Room) -> io::Result<usize> {
        self.run(Doing::Read, |patience| self.duplex.read(to, patience))
    }

    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.run(Doing::Write, |patience| self.duplex.write(bytes, patience))
    }

    pub(super) fn write_vectored(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.run(Doing::Write, |patience| self.duplex.write_vectored(pieces, patience))
    }

    pub(super) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        let mut never = Patience::default();
        match how {
            Shutdown::Write => self.run(Doing::Shutdown, |patience| self.duplex.shutdown(how, patience)),
            // Nothing in it waits, and whoever is cancelled or late may well end with it.
            _ => self.duplex.shutdown(how, &mut never).map_err(|error| {
                failed(error, Doing::Shutdown, Limits { timeout: None, deadline: None }, &self.peers())
            }),
        }
    }

    fn run<T>(&self, doing: Doing, call: impl FnOnce(&mut Patience) -> io::Result<T>) -> io::Result<T> {
        let mut patience = self.patience(doing);
        let limits = Limits { timeout: patience.timeout, deadline: patience.at };
        let result = patience.check().and_then(|()| call(&mut patience));
        result.map_err(|error| failed(error, doing, limits, &self.peers()))
    }

    fn patience(&self, doing: Doing) -> Patience {
        let scope = scope::current();
        let settings = self.settings();
        Patience {
            timeout: if doing == Doing::Read { settings.read } else { settings.write },
            at: [settings.deadline, scope.until().at()].into_iter().flatten().min(),
            tokens: [scope.token().cloned(), settings.token.clone()],
        }
    }

    pub(super) fn peers(&self) -> Vec<String> {
        let mut peers: Vec<String> = self.host.iter().cloned().collect();
        peers.push(self.info().peer_text());
        peers
    }
}
