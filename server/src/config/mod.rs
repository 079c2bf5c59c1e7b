//! The settings: read once at start from the environment over an optional `ouinon.toml`, checked,
//! and from then on plain values that cannot be wrong. One section per file; each names its
//! defaults. Nothing here connects or listens except where a section says so.

mod database;
mod drain;
mod error;
mod geoip;
mod keys;
mod listen;
mod proxies;
mod public_url;
mod redacted;
mod redis;
mod sources;
mod switches;
#[cfg(test)]
mod tests;
mod traces;
mod witness;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use database::Database;
pub use error::ConfigError;
pub use geoip::GeoipDb;
pub(crate) use geoip::NAME as GEOIP_DB;
pub use listen::Listen;
pub use proxies::TrustedProxies;
pub use public_url::PublicUrl;
pub use redacted::SecretUrl;
pub(crate) use redis::NAME as REDIS_URL;
pub use switches::{DecisionLog, Jobs, LogFormat, LogLevel, RateLimits};
pub use traces::Traces;
pub use witness::Target;

use sources::{Name, Sources};

/// The file that is read from the working folder, where it exists.
pub const FILE: &str = "ouinon.toml";

/// Every setting there is.
const NAMES: &[Name] = &[
    database::NAME,
    redis::NAME,
    listen::BIND,
    listen::OPS_BIND,
    public_url::NAME,
    drain::NAME,
    geoip::NAME,
    proxies::NAME,
    keys::NAME,
    witness::NAME,
    switches::RATE_LIMITS,
    switches::JOBS,
    switches::DECISION_LOG,
    switches::LOG,
    switches::LOG_FORMAT,
    traces::ENDPOINT,
    traces::TRACES_ENDPOINT,
    traces::HEADERS,
    traces::SERVICE,
    traces::SAMPLER,
    traces::SAMPLER_ARG,
];

/// All settings, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `DATABASE_URL`, default [`Database::Sqlite`] `ouinon.db`.
    pub database: Database,
    /// `REDIS_URL`; `None`: the cache lives in the process.
    pub redis: Option<SecretUrl>,
    /// `OUINON_BIND`, default `127.0.0.1:8080`, and `OUINON_OPS_BIND`, default the same port.
    pub listen: Listen,
    /// `OUINON_PUBLIC_URL` as set; read it through [`Config::public_url`].
    pub fixed_public_url: Option<PublicUrl>,
    /// `OUINON_DRAIN_SECONDS`, default 5 s.
    pub drain: Duration,
    /// `OUINON_GEOIP_DB`, default the embedded country database.
    pub geoip: GeoipDb,
    /// `OUINON_TRUSTED_PROXIES`, default none.
    pub trusted_proxies: TrustedProxies,
    /// `OUINON_SIGNING_KEY_FILE`, made on first start where missing; default beside the database's
    /// file.
    pub signing_key: PathBuf,
    /// `OUINON_WITNESS`, default a folder beside the key file.
    pub witness: Vec<Target>,
    /// `OUINON_RATE_LIMITS`, default on.
    pub rate_limits: RateLimits,
    /// `OUINON_JOBS`, default on.
    pub jobs: Jobs,
    /// `OUINON_DECISION_LOG`, default yes.
    pub decision_log: DecisionLog,
    /// `OUINON_LOG`, default info.
    pub log: LogLevel,
    /// `OUINON_LOG_FORMAT`, default text on a terminal and JSON elsewhere.
    pub log_format: LogFormat,
    /// `OTEL_…`; `None`: nothing is traced.
    pub traces: Option<Traces>,
}

impl Config {
    /// The settings of this process: its environment over `ouinon.toml` in `folder`.
    ///
    /// # Errors
    /// The first setting that is wrong, or a file that cannot be read.
    pub fn load(folder: &Path) -> Result<Self, ConfigError> {
        let path = folder.join(FILE);
        let toml = match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(ConfigError::Unreadable { path, problem: error.to_string() }),
        };
        let env = |name: &str| Some(std::env::var_os(name)?.to_string_lossy().into_owned());
        Self::from_sources(env, toml.as_deref())
    }

    /// The settings from an environment and the text of an `ouinon.toml`; the environment wins.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn from_sources(
        env: impl Fn(&str) -> Option<String>,
        toml: Option<&str>,
    ) -> Result<Self, ConfigError> {
        let sources = Sources::new(env, toml, NAMES)?;
        let get = |name: Name| sources.get(name);
        let database = Database::parse(get(database::NAME).as_ref())?;
        let signing_key = keys::parse(get(keys::NAME).as_ref(), database.folder())?;
        let beside = signing_key.parent().unwrap_or(Path::new(""));
        let public_url = get(public_url::NAME);
        Ok(Self {
            redis: redis::parse(get(redis::NAME).as_ref())?,
            listen: Listen::parse(get(listen::BIND).as_ref(), get(listen::OPS_BIND).as_ref())?,
            fixed_public_url: public_url.as_ref().map(PublicUrl::parse).transpose()?,
            drain: drain::parse(get(drain::NAME).as_ref())?,
            geoip: GeoipDb::parse(get(geoip::NAME).as_ref()),
            trusted_proxies: TrustedProxies::parse(get(proxies::NAME).as_ref())?,
            rate_limits: switches::choose(
                get(switches::RATE_LIMITS).as_ref(),
                switches::RATE_LIMITS_WORDS,
            )?,
            jobs: switches::choose(get(switches::JOBS).as_ref(), switches::JOBS_WORDS)?,
            decision_log: switches::choose(
                get(switches::DECISION_LOG).as_ref(),
                switches::DECISION_LOG_WORDS,
            )?,
            log: switches::choose(get(switches::LOG).as_ref(), switches::LOG_WORDS)?,
            traces: Traces::parse(get)?,
            log_format: switches::choose(
                get(switches::LOG_FORMAT).as_ref(),
                switches::LOG_FORMAT_WORDS,
            )?,
            witness: witness::parse(get(witness::NAME).as_ref(), beside)?,
            signing_key,
            database,
        })
    }

    /// The address browsers know the server by: as set, or else as it listens (`bound`).
    #[must_use]
    pub fn public_url(&self, bound: SocketAddr) -> PublicUrl {
        self.fixed_public_url.clone().unwrap_or_else(|| PublicUrl::from_bound(bound))
    }
}
