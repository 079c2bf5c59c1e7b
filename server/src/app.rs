//! The application: everything a request needs, built once from the settings, the same way for
//! `ouinon serve` and for the tests.

use crate::assets::{self, Built};
use crate::cache::Cache;
use crate::clock::Clock;
use crate::config::{Config, Jobs, PublicUrl};
use crate::consent::asker::Asker;
use crate::consent::decision_log::DecisionLog;
use crate::consent::writer::{Context, Writer};
use crate::evidence::distrust::Distrust;
use crate::evidence::key_file::Seeds;
use crate::evidence::log_keys::LogKeys;
use crate::evidence::publish::Publisher;
use crate::evidence::receipts::Signer;
use crate::evidence::registry;
use crate::evidence::watch::Watch;
use crate::evidence::witness::Witness;
use crate::geo::Geo;
use crate::http::dashboard::throttle::Throttle;
use crate::http::{self, compress::Compressed};
use crate::jobs::{self, impressions::Impressions, lease::Renewal};
use crate::sites::Sites;
use crate::stop::{self, Ending, Told};
use crate::storage::dialect::months;
use crate::storage::dialect::turns::{Turn, TurnLock};
use crate::storage::promises::Promises;
use crate::storage::{Storage, lock};
use crate::traces::Traces;
use metrics_exporter_prometheus::PrometheusHandle;
use ouinon_dashboard::Renderer;
use ouinon_domain::regime::Regimes;
use ouinon_domain::time::Timestamp;
use ouinon_migrations::{Migrator, MigratorTrait};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::watch;

/// What handlers are given.
#[derive(Debug)]
pub struct App {
    /// The settings.
    pub config: Config,
    /// The address browsers know the server by.
    pub public: PublicUrl,
    /// The database.
    pub storage: Storage,
    /// Sites, cached.
    pub sites: Sites,
    /// Asks the primary.
    pub asker: Asker,
    /// Logs who asked.
    pub decision_log: DecisionLog,
    /// Writes choices.
    pub writer: Writer,
    /// Publishes what the evidence logs have become.
    pub publisher: Publisher,
    /// Compares them with the witness.
    pub watch: Arc<Watch>,
    /// Tells the time.
    pub clock: Clock,
    /// Finds places.
    pub geo: Arc<Geo>,
    /// Knows laws.
    pub regimes: Regimes,
    /// The widget.
    pub built: Built,
    /// Counts impressions until they are stored.
    pub impressions: Impressions,
    /// What makes answers faster and may be lost.
    pub cache: Cache,
    /// Compressed public answers.
    pub compressed: Compressed,
    /// Renders pages.
    pub pages: Renderer,
    /// Slows down whoever guesses passwords.
    pub sign_ins: Throttle,
    /// Whether the server was told to end.
    pub ending: Ending,
    /// Sends traces, where a collector is named.
    pub traces: Option<Traces>,
    /// What `/metrics` prints.
    pub metrics: PrometheusHandle,
}

/// A built, listening, not yet serving application.
pub struct Application {
    app: Arc<App>,
    server: actix_web::dev::Server,
    bound: SocketAddr,
    ops: Option<SocketAddr>,
    renewal: Renewal,
    _lock: lock::ServeLock,
}

impl Application {
    /// Opens the database (applying migrations first where `migrate`), reads or makes the signing
    /// key, binds. Every failure is a sentence that names the setting.
    pub async fn build(config: Config, clock: Clock, migrate: bool) -> Result<Self, String> {
        config.database.check().map_err(|error| error.to_string())?;
        let lock = lock::take(&config.database)?;
        let storage = open(&config).await?;
        durable(&storage).await?.announce();
        if migrate {
            migrate_up(&config, &storage).await?;
        }
        months::make(&storage, Timestamp(clock.now())).await.map_err(|error| error.to_string())?;
        let (signer, log_keys) = keys(&config, &storage, &clock).await?;
        assets::keep(&storage, &clock).await.map_err(|error| error.to_string())?;
        let geo = Arc::new(Geo::open(&config.geoip).map_err(|error| error.to_string())?);
        let sites = Sites::new(storage.clone());
        let publisher = Publisher {
            storage: storage.clone(),
            keys: log_keys,
            witness: Witness::new(&config.witness)?,
            distrust: Distrust::default(),
        };
        let (gives, metrics) = (config.jobs == Jobs::On, http::metrics::recorder()?);
        let watch = Watch::new(publisher.clone(), sites.clone(), clock.clone(), gives);
        // Before the first request: who was forgotten is, and an older database is noticed.
        watch.compare_all().await.map_err(|error| {
            format!("the evidence logs cannot be compared with OUINON_WITNESS: {error}")
        })?;
        let watch = Arc::new(watch);
        let mut renewal = Renewal::new(&storage)?;
        let lease = renewal.lease();
        let listeners = http::listen::bind(&config.listen)?;
        let runtime = tokio::runtime::Handle::current();
        let context = Context { storage: storage.clone(), signer, clock: clock.clone() };
        let app = Arc::new(App {
            public: config.public_url(listeners.bound),
            sites,
            publisher,
            asker: Asker::start(storage.clone(), Arc::clone(&watch), lease)?,
            watch,
            decision_log: DecisionLog::new(config.decision_log),
            writer: Writer::new(context, runtime),
            regimes: Regimes::embedded().map_err(|error| error.to_string())?,
            built: Built::load()?,
            impressions: Impressions::default(),
            cache: Cache::open(config.redis.as_ref(), config.rate_limits)
                .await
                .map_err(|error| error.to_string())?,
            compressed: Compressed::default(),
            pages: Renderer::new(config.public_url(listeners.bound).path())
                .map_err(|error| error.to_string())?,
            sign_ins: Throttle::default(),
            ending: Ending::default(),
            traces: config.traces.as_ref().map(Traces::start).transpose()?,
            metrics,
            storage,
            clock,
            geo,
            config,
        });
        let (bound, ops) = (listeners.bound, listeners.ops);
        // Last, so that the first question finds it young.
        renewal.renew().await;
        let server = http::listen::serve(Arc::clone(&app), listeners)?;
        Ok(Self { app, server, bound, ops, renewal, _lock: lock })
    }

    /// Where it listens.
    pub fn bound(&self) -> SocketAddr {
        self.bound
    }

    /// Where operations listen, if apart.
    pub fn ops(&self) -> Option<SocketAddr> {
        self.ops
    }

    /// Stops it from elsewhere.
    pub fn handle(&self) -> actix_web::dev::ServerHandle {
        self.server.handle()
    }

    /// What handlers are given.
    pub fn app(&self) -> Arc<App> {
        Arc::clone(&self.app)
    }

    /// Serves until told to end, and ends in order (`stop`).
    pub async fn run(self, told: watch::Receiver<Told>) -> std::io::Result<()> {
        let mut jobs = jobs::start(&self.app);
        jobs.push(tokio::spawn(self.renewal.run()));
        let app = &self.app;
        let in_order = async {
            let served = stop::serve(self.server, app, &told).await;
            for job in jobs {
                job.abort();
            }
            if tokio::time::timeout(stop::STORED, jobs::end(app)).await.is_err() {
                tracing::warn!(
                    "not all could be stored in time: leaves and counts of choices wait for the next start, \
                     the last impressions and the last of who asked are lost"
                );
            }
            served
        };
        tokio::select! { served = in_order => served, () = stop::at_once(&told) => Ok(()) }
    }
}

/// Opens the database the settings name.
pub async fn open(config: &Config) -> Result<Storage, String> {
    Storage::open(&config.database)
        .await
        .map_err(|error| format!("DATABASE_URL: the database cannot be opened: {error}"))
}

/// Refuses a database that would lose what it has committed, or takes no commits.
pub async fn durable(storage: &Storage) -> Result<Promises, String> {
    let promises = Promises::of(storage).await.map_err(|error| error.to_string())?;
    promises.refusal().map_or(Ok(promises), Err)
}

/// Reads or makes the key file and registers its keys, or refuses those that are not registered.
pub async fn keys(
    config: &Config,
    storage: &Storage,
    clock: &Clock,
) -> Result<(Signer, LogKeys), String> {
    let seeds = Seeds::load_or_make(&config.signing_key)?;
    let (signer, log) = (Signer::new(&seeds), LogKeys::new(&seeds));
    registry::register(storage, clock, &signer, &log).await?;
    Ok((signer, log))
}

/// Applies pending migrations, one server at a time.
pub async fn migrate_up(config: &Config, storage: &Storage) -> Result<(), String> {
    let _file = lock::migrating(&config.database)?;
    let guard = TurnLock::take(storage, Turn::Schema).await;
    let guard = guard.map_err(|error| format!("the migration lock cannot be taken: {error}"))?;
    let done = Migrator::up(&storage.db(), None).await;
    guard.release().await;
    done.map_err(|error| format!("a migration failed: {error}"))
}
