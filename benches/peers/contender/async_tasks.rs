//! What the contenders on tokio have in common: one thread, a task per connection.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::tally::{Tally, spawn_cost};
use crate::job::{Job, Sample};
use crate::usage::Meter;

/// A client that does small requests; a session is what one task owns.
pub(crate) trait Peer: Send + Sync + 'static {
    type Session: Send + 'static;

    fn session(&self) -> impl Future<Output = Result<Self::Session, String>> + Send;
    /// One request, its answer read whole and checked.
    fn small(&self, session: &mut Self::Session) -> impl Future<Output = Result<(), String>> + Send;
}

pub(crate) fn runtime() -> Result<Runtime, String> {
    Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())
}

pub(crate) fn keep_alive<P: Peer>(peer: P, job: &Job) -> Result<Sample, String> {
    let peer = Arc::new(peer);
    runtime()?.block_on(async {
        let mut sessions = Vec::new();
        for _ in 0..job.connections {
            sessions.push(peer.session().await?);
        }
        let sessions = rounds(&peer, sessions, job.warm_up(), &Arc::new(Tally::new())).await?;
        let tally = Arc::new(Tally::new());
        let meter = Meter::start();
        rounds(&peer, sessions, job.share(), &tally).await?;
        Ok(tally.stop(meter))
    })
}

async fn rounds<P: Peer>(
    peer: &Arc<P>,
    sessions: Vec<P::Session>,
    each: u64,
    tally: &Arc<Tally>,
) -> Result<Vec<P::Session>, String> {
    let start = |mut session: P::Session| -> JoinHandle<P::Session> {
        let (peer, tally) = (peer.clone(), tally.clone());
        tokio::spawn(async move {
            for _ in 0..each {
                let started = Instant::now();
                let outcome = peer.small(&mut session).await;
                tally.record(started, outcome);
            }
            session
        })
    };
    let tasks: Vec<_> = sessions.into_iter().map(start).collect();
    let mut sessions = Vec::new();
    for task in tasks {
        sessions.push(task.await.map_err(|e| e.to_string())?);
    }
    Ok(sessions)
}

pub(crate) fn crowd<P: Peer>(peer: P, job: &Job) -> Result<Sample, String> {
    let peer = Arc::new(peer);
    runtime()?.block_on(async {
        let tally = Arc::new(Tally::new());
        let meter = Meter::start();
        let mut tasks = Vec::new();
        for _ in 0..job.count {
            let (peer, tally) = (peer.clone(), tally.clone());
            tasks.push(tokio::spawn(async move {
                let started = Instant::now();
                let outcome = async { peer.small(&mut peer.session().await?).await }.await;
                tally.record(started, outcome);
            }));
        }
        for task in tasks {
            task.await.map_err(|e| e.to_string())?;
        }
        Ok(tally.stop(meter))
    })
}

pub(crate) fn spawn<P: Peer>(peer: P, job: &Job) -> Result<Sample, String> {
    let peer = Arc::new(peer);
    let runtime = runtime()?;
    let mut session = Some(runtime.block_on(peer.session())?);
    spawn_cost(job.count, |spawned, requests| {
        runtime.block_on(async {
            for _ in 0..requests {
                let mut mine = session.take().ok_or("the session was lost")?;
                if !spawned {
                    peer.small(&mut mine).await?;
                    session = Some(mine);
                    continue;
                }
                let peer = peer.clone();
                let task = tokio::spawn(async move { peer.small(&mut mine).await.map(|()| mine) });
                session = Some(task.await.map_err(|e| e.to_string())??);
            }
            Ok(())
        })
    })
}
