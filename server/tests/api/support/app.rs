//! The server under test: built as `ouinon serve` builds it, on a free port, over a database of its
//! own, with a clock that moves only when told. It runs in a thread of its own, with a runtime of
//! its own; the tests reach its database through a second connection, as the commands do.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use ouinon_domain::ids::SiteId;
use ouinon_domain::regime::Place;
use ouinon_domain::time::Timestamp;
use ouinon_server::app::{App, Application};
use ouinon_server::clock::Clock;
use ouinon_server::config::Config;
use ouinon_server::consent::body::{Body, Circumstances};
use ouinon_server::jobs::{self, sequencer};
use ouinon_server::sites::{Sites, admin};
use ouinon_server::stop::Told;
use ouinon_server::storage::{Storage, hot, log};
use tempfile::TempDir;

use super::http::Call;
use super::postgres::{TestDatabase, fresh_database};

/// 2026-03-01T10:00:00Z, when every test begins.
pub const START: i64 = 1_772_359_200_000_000;
/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in an hour.
pub const HOUR: i64 = 3600 * SECOND;

/// The databases that every area is tested on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A database and a folder for the files beside it, gone with this.
pub struct Ground {
    pub folder: TempDir,
    database: Option<TestDatabase<'static>>,
}

impl Ground {
    pub fn new(backend: Backend) -> Self {
        let database = (backend == Backend::Postgres).then(fresh_database);
        Self { folder: TempDir::new().unwrap(), database }
    }

    /// Over a database of a test's own cluster.
    pub fn over(database: TestDatabase<'static>) -> Self {
        Self { folder: TempDir::new().unwrap(), database: Some(database) }
    }

    /// What a backup taken now restores: a ground of its own with the same keys. Nothing may run on
    /// this one.
    pub fn copy(&self) -> Self {
        let folder = TempDir::new().unwrap();
        for file in std::fs::read_dir(self.folder.path()).unwrap() {
            let file = file.unwrap();
            if file.file_type().unwrap().is_file() {
                std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
            }
        }
        Self { folder, database: self.database.as_ref().map(TestDatabase::copy) }
    }

    /// The name of its database in PostgreSQL.
    pub fn name(&self) -> &str {
        self.database.as_ref().map_or("", TestDatabase::name)
    }

    /// Where its witness is, unless a setting says otherwise.
    pub fn witness(&self) -> PathBuf {
        self.folder.path().join("ouinon-witness")
    }

    /// The settings of a server on this ground, as its environment.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let file = |name: &str| self.folder.path().join(name).display().to_string();
        let database = match &self.database {
            Some(database) => database.url(),
            None => format!("sqlite://{}", file("ouinon.db")),
        };
        vec![
            ("DATABASE_URL", database),
            ("OUINON_BIND", "127.0.0.1:0".into()),
            ("OUINON_SIGNING_KEY_FILE", file("signing.key")),
            ("OUINON_TRUSTED_PROXIES", "127.0.0.1".into()),
            ("OUINON_RATE_LIMITS", "off".into()),
            ("OUINON_DRAIN_SECONDS", "0".into()),
        ]
    }

    /// The same, read, with some settings changed.
    pub fn config(&self, changes: &[(&'static str, &str)]) -> Config {
        let settings = self.settings();
        let read = |name: &str| {
            let changed = changes.iter().find(|(known, _)| *known == name);
            let own = || Some(settings.iter().find(|(known, _)| *known == name)?.1.clone());
            changed.map(|(_, value)| (*value).to_owned()).or_else(own)
        };
        Config::from_sources(read, None).unwrap()
    }
}

/// A running server; stopped when dropped.
pub struct TestApp {
    running: Mutex<Option<(actix_web::dev::ServerHandle, JoinHandle<()>)>>,
    runtime: tokio::runtime::Handle,
    app: Arc<App>,
    address: SocketAddr,
    time: Arc<AtomicI64>,
    pub clock: Clock,
    pub storage: Storage,
    pub ground: Arc<Ground>,
}

impl TestApp {
    pub async fn start(backend: Backend) -> Self {
        Self::with(backend, &[]).await
    }

    /// A server with some settings changed.
    pub async fn with(backend: Backend, changes: &[(&'static str, &str)]) -> Self {
        Self::over(Arc::new(Ground::new(backend)), changes).await
    }

    /// A server on this ground, perhaps not the first, with some settings changed.
    pub async fn over(ground: Arc<Ground>, changes: &[(&'static str, &str)]) -> Self {
        let (clock, time) = Clock::fixed(START);
        let (config, its_clock) = (ground.config(changes), clock.clone());
        let (built, ready) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let application = Application::build(config, its_clock, true).await.unwrap();
                let runtime = tokio::runtime::Handle::current();
                let parts = (application.handle(), runtime, application.app(), application.bound());
                assert!(built.send(parts).is_ok());
                // Nobody tells it anything; `stop` ends it.
                let (_nobody, told) = tokio::sync::watch::channel(Told::Serve);
                application.run(told).await.unwrap();
            });
        });
        let (handle, runtime, app, address) = ready.await.expect("the server starts");
        let storage = Storage::open(&ground.config(&[]).database).await.unwrap();
        let running = Mutex::new(Some((handle, thread)));
        Self { running, runtime, app, address, time, clock, storage, ground }
    }

    /// For changing sites beside the server, as the commands do.
    pub fn admin(&self) -> admin::Context<'_> {
        let keys = &self.app.publisher.keys;
        admin::Context { storage: &self.storage, clock: &self.clock, keys }
    }

    /// The sites as the server knows them.
    pub fn sites(&self) -> &Sites {
        &self.app.sites
    }

    pub fn call(&self, method: &str, path: &str) -> Call {
        Call::new(self.address, method, path)
    }

    pub fn get(&self, path: &str) -> Call {
        self.call("GET", path)
    }

    /// The server's own address, as in its answers.
    pub fn public(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(self.time.load(Ordering::SeqCst))
    }

    /// Moves the server's clock by so many microseconds.
    pub fn pass(&self, micros: i64) {
        self.time.fetch_add(micros, Ordering::SeqCst);
    }

    /// Sets the server's clock.
    pub fn set_clock(&self, micros: i64) {
        self.time.store(micros, Ordering::SeqCst);
    }

    /// Queues the choice of a body whose caller has left.
    pub async fn submit_for_nobody(&self, site: &SiteId, raw: Vec<u8>) {
        let (app, site) = (Arc::clone(&self.app), site.clone());
        let queued = self.runtime.spawn(async move {
            let site = app.sites.cached(&site).await?;
            let place = Place::default();
            let regime = app.regimes.resolve(&place, app.clock.now());
            let circumstances =
                Circumstances { place, regime, device: "other", bot: false, gpc: false };
            let submission = Body::read(&raw)?.check(&raw, &site, circumstances)?;
            app.writer.queue(site, submission).map(drop)
        });
        queued.await.unwrap().unwrap();
    }

    /// How many choices wait to be written.
    pub fn waiting(&self) -> usize {
        self.app.writer.waiting()
    }

    /// Waits until everything is counted.
    pub async fn counted(&self) {
        let app = Arc::clone(&self.app);
        self.runtime.spawn(async move { jobs::finish(&app).await }).await.unwrap();
    }

    /// Waits until everything that was asked is logged.
    pub async fn logged(&self) {
        let app = Arc::clone(&self.app);
        let done = self.runtime.spawn(async move { app.decision_log.write(&app.storage).await });
        done.await.unwrap().unwrap();
    }

    /// Removes what is due now.
    pub async fn retired(&self) {
        let app = Arc::clone(&self.app);
        let done = self.runtime.spawn(async move { jobs::retention::work(&app).await });
        done.await.unwrap().unwrap();
    }

    /// Waits until every record has its place in the log, and the log is published.
    pub async fn merged(&self) {
        let app = Arc::clone(&self.app);
        let all = async move {
            loop {
                // The server's own turn may hold what this one skips.
                sequencer::work(&app).await.unwrap();
                let db = &app.storage.db();
                let waiting = hot::sites_with_leaves(db).await.unwrap().len();
                if waiting + log::unpublished(db).await.unwrap().len() == 0 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        self.runtime.spawn(all).await.unwrap();
    }

    /// Compares what the registers say with the tables beside them.
    pub async fn marked(&self) {
        let app = Arc::clone(&self.app);
        let done = self.runtime.spawn(async move { jobs::register::work(&app).await });
        done.await.unwrap().unwrap();
    }

    /// Waits until every log was compared with its witness.
    pub async fn compared(&self) {
        let watch = Arc::clone(&self.app.watch);
        self.runtime.spawn(async move { watch.compare_all().await.unwrap() }).await.unwrap();
    }

    /// Stops the server; what it stood on stays.
    pub fn stop(&self) {
        if let Some((handle, thread)) = self.running.lock().unwrap().take() {
            // The order is given at once; its future would only wait.
            drop(handle.stop(false));
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the server's thread panicked");
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop();
    }
}
