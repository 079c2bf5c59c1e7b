//! Settings that choose one word of a few: rate limits, jobs, the decision log, the log level.

use super::error::ConfigError;
use super::sources::{Given, Name};

/// Names of the rate limits' switch.
pub const RATE_LIMITS: Name = Name { env: "OUINON_RATE_LIMITS", key: "rate_limits" };

/// Names of the jobs' switch.
pub const JOBS: Name = Name { env: "OUINON_JOBS", key: "jobs" };

/// Names of the decision log's switch.
pub const DECISION_LOG: Name = Name { env: "OUINON_DECISION_LOG", key: "decision_log" };

/// Names of the log level's setting.
pub const LOG: Name = Name { env: "OUINON_LOG", key: "log" };

/// Names of the log's form.
pub const LOG_FORMAT: Name = Name { env: "OUINON_LOG_FORMAT", key: "log_format" };

/// Whether callers may be told to slow down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RateLimits {
    /// The normal state.
    #[default]
    On,
    /// For load tests.
    Off,
}

/// Whether this server works on what waits in the database: evidence logs, counts, retention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Jobs {
    /// The normal state; several servers share the work.
    #[default]
    On,
    /// It answers requests and leaves the work to another server.
    Off,
}

/// Which decisions are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecisionLog {
    /// Those that said yes.
    #[default]
    Yes,
    /// Every one.
    All,
    /// None.
    Off,
}

/// How much the server tells about itself on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogLevel {
    /// Only what needs a person.
    Error,
    /// What may need a person soon, too.
    Warn,
    /// What it does by itself, too.
    #[default]
    Info,
    /// One line a request.
    Debug,
    /// Everything.
    Trace,
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Fitting,
    /// One JSON object.
    Json,
    /// For people.
    Text,
}

/// The value that goes with the given word, or the default where nothing is given.
pub(super) fn choose<T: Copy + Default>(
    given: Option<&Given>,
    words: &[(&str, T)],
) -> Result<T, ConfigError> {
    let Some(given) = given else { return Ok(T::default()) };
    let found = words.iter().find(|(word, _)| *word == given.value);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        given.wrong(format!("one of {}", known.join(", ")))
    })
}

/// `on` | `off`
pub(super) const RATE_LIMITS_WORDS: &[(&str, RateLimits)] =
    &[("on", RateLimits::On), ("off", RateLimits::Off)];

/// `on` | `off`
pub(super) const JOBS_WORDS: &[(&str, Jobs)] = &[("on", Jobs::On), ("off", Jobs::Off)];

/// `yes` | `all` | `off`
pub(super) const DECISION_LOG_WORDS: &[(&str, DecisionLog)] =
    &[("yes", DecisionLog::Yes), ("all", DecisionLog::All), ("off", DecisionLog::Off)];

/// `error` … `trace`
pub(super) const LOG_WORDS: &[(&str, LogLevel)] = &[
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
];

/// `text` | `json`
pub(super) const LOG_FORMAT_WORDS: &[(&str, LogFormat)] =
    &[("text", LogFormat::Text), ("json", LogFormat::Json)];
