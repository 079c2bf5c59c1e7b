//! A store on the web that remembers: whatever answers `GET` and `PUT`, such as nginx with dav or
//! an object store behind a token. No redirects, no proxy, no cookies.

use crate::config::SecretUrl;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::http::StatusCode;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use url::Url;

/// Most bytes of one answer.
const LARGEST: u64 = 64 << 20;

/// The store.
pub struct Web {
    agent: Agent,
    /// Without user and password.
    url: String,
    authorization: Option<String>,
}

impl fmt::Debug for Web {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl fmt::Display for Web {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl Web {
    /// The store under this address.
    pub fn new(url: &SecretUrl, patience: Duration) -> Result<Self, String> {
        let wrong = || format!("OUINON_WITNESS: {url} is not an address");
        let mut parsed = Url::parse(url.expose()).map_err(|_| wrong())?;
        let authorization = authorization(&parsed);
        parsed.set_username("").and_then(|()| parsed.set_password(None)).map_err(|()| wrong())?;
        let url = parsed.as_str().trim_end_matches('/').to_owned();
        Ok(Self { agent: agent(patience), url, authorization })
    }

    /// What is stored there; `None` where nothing is.
    pub fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        let request = self.agent.get(format!("{}/{path}", self.url));
        let request = match &self.authorization {
            Some(value) => request.header("authorization", value),
            None => request,
        };
        let mut answer = request.call().map_err(|error| error.to_string())?;
        match answer.status() {
            StatusCode::OK => {
                let body = answer.body_mut().with_config().limit(LARGEST).read_to_vec();
                body.map(Some).map_err(|error| format!("GET {path}: {error}"))
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
            other => Err(format!("GET {path} is answered by {other}")),
        }
    }

    /// Stores it there.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<(), String> {
        let request = self.agent.put(format!("{}/{path}", self.url));
        let request = match &self.authorization {
            Some(value) => request.header("authorization", value),
            None => request,
        };
        let answer = request.send(bytes).map_err(|error| error.to_string())?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            other => Err(format!("PUT {path} is answered by {other}")),
        }
    }
}

/// What asks others over the web: no redirects, no proxy, no cookies, and no longer than that.
pub fn agent(patience: Duration) -> Agent {
    let tls = TlsConfig::builder().root_certs(roots()).build();
    let config = Agent::config_builder()
        .timeout_global(Some(patience))
        .max_redirects(0)
        .proxy(None)
        .http_status_as_error(false)
        .tls_config(tls)
        .build();
    config.into()
}

/// The user and password of an address as a header; the user `bearer` makes it a token.
fn authorization(url: &Url) -> Option<String> {
    let decoded = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (user, password) = (decoded(url.username()), decoded(url.password()?));
    Some(match user.as_str() {
        "bearer" => format!("Bearer {password}"),
        _ => format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))),
    })
}

/// The machine's own certificate authorities, so that one of the house counts too.
fn roots() -> RootCerts {
    let found = rustls_native_certs::load_native_certs();
    let certificates = found.certs.iter().map(|der| Certificate::from_der(der).to_owned());
    RootCerts::Specific(Arc::new(certificates.collect()))
}
