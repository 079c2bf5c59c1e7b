//! A thread apart, with a runtime of its own: what runs on it is kept waiting neither by requests
//! nor by jobs.

use std::sync::Arc;
use tokio::runtime::{Builder, Handle};
use tokio::sync::watch;

/// A runtime on one thread, which ends with the last copy of this.
#[derive(Clone, Debug)]
pub struct Apart {
    handle: Handle,
    _alive: Arc<watch::Sender<()>>,
}

impl Apart {
    /// Starts the thread under this name.
    pub fn start(name: &str) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("the thread `{name}` cannot start: {error}");
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let handle = runtime.handle().clone();
        let (alive, mut ended) = watch::channel(());
        let until_ended = async move { while ended.changed().await.is_ok() {} };
        let run = move || runtime.block_on(until_ended);
        std::thread::Builder::new().name(name.into()).spawn(run).map_err(failed)?;
        Ok(Self { handle, _alive: Arc::new(alive) })
    }

    /// Runs something there.
    pub fn spawn<F>(&self, work: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.handle.spawn(work)
    }
}
