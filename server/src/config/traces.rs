//! `OTEL_…`: where traces are sent, by the names that OpenTelemetry gives these settings.

use std::str::FromStr;

use url::Url;

use super::error::ConfigError;
use super::redacted::{Secret, SecretUrl};
use super::sources::{Given, Name};

/// The collector's address; `/v1/traces` is added.
pub const ENDPOINT: Name =
    Name { env: "OTEL_EXPORTER_OTLP_ENDPOINT", key: "otel_exporter_otlp_endpoint" };
/// The whole address for traces.
pub const TRACES_ENDPOINT: Name =
    Name { env: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", key: "otel_exporter_otlp_traces_endpoint" };
/// What is sent along, such as a token.
pub const HEADERS: Name =
    Name { env: "OTEL_EXPORTER_OTLP_HEADERS", key: "otel_exporter_otlp_headers" };
/// What this service is called.
pub const SERVICE: Name = Name { env: "OTEL_SERVICE_NAME", key: "otel_service_name" };
/// Which requests are traced.
pub const SAMPLER: Name = Name { env: "OTEL_TRACES_SAMPLER", key: "otel_traces_sampler" };
/// Which share of them.
pub const SAMPLER_ARG: Name =
    Name { env: "OTEL_TRACES_SAMPLER_ARG", key: "otel_traces_sampler_arg" };

const SAMPLERS: &str = "always_on, always_off, traceidratio, or one of them after parentbased_";

/// Where traces are sent, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traces {
    /// The collector's address for traces.
    pub endpoint: SecretUrl,
    /// Sent with each request to it.
    pub headers: Vec<(String, Secret)>,
    /// What this service is called.
    pub service: String,
    /// Whether a caller that traces decides.
    pub by_parent: bool,
    /// Otherwise: of 2^63 requests, so many.
    pub share: u64,
}

impl Traces {
    /// `None` where no collector is named.
    pub(super) fn parse(get: impl Fn(Name) -> Option<Given>) -> Result<Option<Self>, ConfigError> {
        let whole = get(TRACES_ENDPOINT);
        let Some(given) = whole.clone().or_else(|| get(ENDPOINT)) else { return Ok(None) };
        let wrong = || given.wrong("an http or https address such as http://127.0.0.1:4318");
        let url = Url::parse(&given.value).map_err(|_| wrong())?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(wrong());
        }
        let url = match whole {
            Some(whole) => whole.value,
            None => format!("{}/v1/traces", given.value.trim_end_matches('/')),
        };
        let (by_parent, share) = sampler(get(SAMPLER), get(SAMPLER_ARG))?;
        Ok(Some(Self {
            endpoint: SecretUrl::new(&url),
            headers: get(HEADERS).map_or(Ok(Vec::new()), |given| headers(&given))?,
            service: get(SERVICE).map_or_else(|| "ouinon".to_owned(), |given| given.value),
            by_parent,
            share,
        }))
    }
}

fn headers(given: &Given) -> Result<Vec<(String, Secret)>, ConfigError> {
    let items = given.value.split(',').map(str::trim).filter(|item| !item.is_empty());
    let pair = |item: &str| {
        let (name, value) = item.split_once('=')?;
        Some((name.trim().to_owned(), Secret::new(value.trim())))
    };
    let hidden = || ConfigError::Wrong {
        setting: given.setting.clone(),
        value: "***".to_owned(),
        expected: "names and values such as name=value,name=value".to_owned(),
    };
    items.map(|item| pair(item).ok_or_else(hidden)).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a share from 0 to 1 of 2^63"
)]
fn sampler(given: Option<Given>, share: Option<Given>) -> Result<(bool, u64), ConfigError> {
    const ALL: u64 = 1 << 63;
    let ratio = || match &share {
        None => Ok(ALL),
        Some(given) => {
            let ratio = f64::from_str(&given.value).ok().filter(|one| (0.0..=1.0).contains(one));
            let ratio = ratio.ok_or_else(|| given.wrong("a share from 0 to 1"))?;
            Ok((ratio * ALL as f64) as u64)
        }
    };
    let Some(given) = given else { return Ok((true, ALL)) };
    let (by_parent, root) = match given.value.strip_prefix("parentbased_") {
        Some(root) => (true, root),
        None => (false, given.value.as_str()),
    };
    match root {
        "always_on" => Ok((by_parent, ALL)),
        "always_off" => Ok((by_parent, 0)),
        "traceidratio" => Ok((by_parent, ratio()?)),
        _ => Err(given.wrong(SAMPLERS)),
    }
}
