//! Values that must not be shown: passwords inside addresses, tokens. It hides, it does not encrypt.

use std::fmt;

/// An address with a possible password in it. Printing it shows everything but the secret; the
/// whole of it is read with [`SecretUrl::expose`] only, where a connection is opened.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUrl(String);

impl SecretUrl {
    pub(super) fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The address with its password, for the driver that connects.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(&self.0))
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(&self.0))
    }
}

/// A value that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub(super) fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for whom it is meant for.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// `value` with everything that could be a password replaced, even where it is no proper address:
/// what stands between `//` (or `:`) and the last `@`, and the parameters after `?`.
pub(super) fn redact(value: &str) -> String {
    let hides_secret = |text: &str| text.to_ascii_lowercase().contains("pass");
    let (address, shown_query) = match value.split_once('?') {
        Some((address, query)) if hides_secret(query) => (address, Some("?***")),
        _ => (value, None),
    };
    let shown_address = match address.rfind('@') {
        Some(at) => {
            let start = address[..at].find("//").map_or(0, |slashes| slashes + 2);
            let named = address[start..at].split_once(':');
            let user = named.map(|(user, _)| format!("{user}:")).unwrap_or_default();
            format!("{}{user}***{}", &address[..start], &address[at..])
        }
        None => address.to_owned(),
    };
    shown_address + shown_query.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_survives_printing() {
        for url in [
            "postgres://ouinon:hunter2@db.example/ouinon",
            "postgres://ouinon:hunt@hunter2@db.example/ouinon",
            "postgres://db.example/ouinon?user=ouinon&password=hunter2",
            "redis://:hunter2@cache.example:6379/1",
            "ouinon:hunter2@nonsense",
            "https://hunter2@witness.example",
        ] {
            let url = SecretUrl::new(url);
            assert!(!format!("{url:?} {url}").contains("hunter2"), "{url}");
        }
    }

    #[test]
    fn what_is_no_secret_stays_readable() {
        assert_eq!(
            redact("postgres://ouinon:x@db/ouinon?a=b"),
            redact("postgres://ouinon:x@db/ouinon") + "?a=b"
        );
        assert_eq!(redact("redis://127.0.0.1:6379"), "redis://127.0.0.1:6379");
        assert_eq!(redact("postgres://u:p@h/d"), "postgres://u:***@h/d");
    }
}
