//! `OUINON_PUBLIC_URL`: the address browsers know the server by. It may have a path, where a
//! reverse proxy serves Ouinon on the site's own origin.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::error::ConfigError;
use super::sources::{Given, Name};

/// The setting's names.
pub const NAME: Name = Name { env: "OUINON_PUBLIC_URL", key: "public_url" };

const EXPECTED: &str = "an http or https address such as https://cmp.example or https://www.shop.example/consent, without user, query or fragment";

/// An absolute address without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    base: String,
    origin_len: usize,
}

impl PublicUrl {
    pub(super) fn parse(given: &Given) -> Result<Self, ConfigError> {
        let url = url::Url::parse(&given.value).map_err(|_| given.wrong(EXPECTED))?;
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !plain || !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(given.wrong(EXPECTED));
        }
        Ok(Self::new(&url.origin().ascii_serialization(), url.path()))
    }

    /// What is used where nothing is set: the address the server listens on, as seen from this
    /// machine. `bound` is the real one, with the real port.
    #[must_use]
    pub fn from_bound(bound: SocketAddr) -> Self {
        let ip = match bound.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        Self::new(&format!("http://{}", SocketAddr::new(ip, bound.port())), "")
    }

    fn new(origin: &str, path: &str) -> Self {
        let base = format!("{origin}{}", path.trim_end_matches('/'));
        Self { base, origin_len: origin.len() }
    }

    /// `https://www.shop.example/consent`
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.base
    }

    /// `https://www.shop.example`, as browsers write it in `Origin`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.base[..self.origin_len]
    }

    /// `/consent`, or empty.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.base[self.origin_len..]
    }

    /// Whether browsers reach it by https, so that its cookies are `Secure`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.base.starts_with("https:")
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> PublicUrl {
        PublicUrl::parse(&Given { setting: String::new(), value: value.to_owned() }).unwrap()
    }

    #[test]
    fn a_path_is_kept_and_its_last_slash_is_not() {
        let url = parse("https://WWW.shop.example:443/consent/");
        assert_eq!(url.as_str(), "https://www.shop.example/consent");
        assert_eq!((url.origin(), url.path()), ("https://www.shop.example", "/consent"));
        assert!(url.is_https());
        assert_eq!(parse("http://localhost:8080/").path(), "");
    }

    #[test]
    fn the_default_is_what_this_machine_can_open() {
        let shown = |bound: &str| PublicUrl::from_bound(bound.parse().unwrap()).to_string();
        assert_eq!(shown("127.0.0.1:8080"), "http://127.0.0.1:8080");
        assert_eq!(shown("0.0.0.0:9000"), "http://127.0.0.1:9000");
        assert_eq!(shown("[::]:9000"), "http://[::1]:9000");
    }
}
