//! How a server ends, in an order in which nobody loses an answer (docs/adr/0017):
//!
//! 1. `/readyz` says 503 at once; everything else is served for `OUINON_DRAIN_SECONDS`, each answer
//!    with `Connection: close`, while balancers turn away.
//! 2. No new connections; the requests that run are answered.
//! 3. The jobs end, and what is gathered in memory is stored ([`crate::jobs::end`]).
//!
//! Each step is bounded. SIGINT leaves the first one out; told a second time, all end at once.

use crate::app::App;
use actix_web::dev::Server;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Longest wait for the requests that run.
pub const ANSWERED: Duration = Duration::from_secs(15);
/// Longest wait for what is gathered to be stored.
pub const STORED: Duration = Duration::from_secs(5);

/// What a server was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Nothing yet.
    Serve,
    /// To end once balancers have turned away.
    Drain,
    /// To end once the requests that run are answered.
    End,
    /// To end now.
    AtOnce,
}

/// Whether a server was told to end; what `/readyz` looks at.
#[derive(Debug, Default)]
pub struct Ending(AtomicBool);

impl Ending {
    /// Whether it was.
    pub fn begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What the process is told by SIGTERM and SIGINT, from now on.
pub fn signals() -> std::io::Result<watch::Receiver<Told>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (tell, told) = watch::channel(Told::Serve);
    tokio::spawn(async move {
        let first = tokio::select! {
            _ = terminate.recv() => Told::Drain,
            _ = interrupt.recv() => Told::End,
        };
        tell.send_replace(first);
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        tell.send_replace(Told::AtOnce);
    });
    Ok(told)
}

/// Serves until told to end, and then until the requests that run are answered.
pub async fn serve(server: Server, app: &App, told: &watch::Receiver<Told>) -> std::io::Result<()> {
    let handle = server.handle();
    let end = async {
        let first = until(told, |told| told != Told::Serve).await;
        app.ending.0.store(true, Ordering::Relaxed);
        let grace = if first == Told::Drain { app.config.drain } else { Duration::ZERO };
        tracing::info!(seconds = grace.as_secs_f64(), "told to end: not ready any more, serving");
        tokio::time::sleep(grace).await;
        tracing::info!("no new connections; the requests that run are answered");
        handle.stop(true).await;
        // The server's own future says how it ended.
        std::future::pending().await
    };
    tokio::select! { served = server => served, () = end => Ok(()) }
}

/// Comes back where a server was told to end at once.
pub async fn at_once(told: &watch::Receiver<Told>) {
    until(told, |told| told == Told::AtOnce).await;
    tracing::warn!("told twice: ending at once");
}

/// The first word that will do; for ever where nobody can say it any more.
async fn until(told: &watch::Receiver<Told>, will_do: impl Fn(Told) -> bool) -> Told {
    let mut told = told.clone();
    let said = told.wait_for(|told| will_do(*told)).await.map(|told| *told);
    match said {
        Ok(said) => said,
        Err(_) => std::future::pending().await,
    }
}
