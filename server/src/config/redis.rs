//! `REDIS_URL`: the shared cache. Not set: each server caches in its own memory.

use super::error::ConfigError;
use super::redacted::SecretUrl;
use super::sources::{Given, Name};

/// The setting's names.
pub const NAME: Name = Name { env: "REDIS_URL", key: "redis_url" };

const EXPECTED: &str =
    "an address such as redis://127.0.0.1:6379, or rediss://:password@host:6379/1 with TLS";

pub(super) fn parse(given: Option<&Given>) -> Result<Option<SecretUrl>, ConfigError> {
    let Some(given) = given else { return Ok(None) };
    let url = url::Url::parse(&given.value).map_err(|_| given.wrong(EXPECTED))?;
    let known = matches!(url.scheme(), "redis" | "rediss");
    let database = url.path().trim_matches('/');
    let numbered = database.is_empty() || database.parse::<u32>().is_ok();
    if !known || !numbered || url.host_str().is_none_or(str::is_empty) {
        return Err(given.wrong(EXPECTED));
    }
    Ok(Some(SecretUrl::new(given.value.clone())))
}
