//! Origins a site may be used from: exact, or with one label left open (`https://*.a.example`).

use url::{Host, Url};

/// A checked origin pattern, in the form browsers send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    text: String,
}

impl Origin {
    /// Reads a pattern. https anywhere; http only on loopback; `*` stands for one whole label and
    /// never right above a public suffix.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| Err(format!("`{text}` is not an origin to allow: {why}"));
        let probe = text.replacen("://*.", "://ouinon-label.", 1);
        if probe.contains('*') {
            return wrong("`*` may stand only for the first label, as in https://*.a.example");
        }
        let Ok(url) = Url::parse(&probe) else {
            return wrong("write scheme and host, as in https://a.example");
        };
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() {
            return wrong("write only scheme, host and port");
        }
        match (url.scheme(), url.host()) {
            ("https", Some(_)) => {}
            ("http", Some(host)) if is_loopback(&host) => {}
            ("http", _) => return wrong("http is allowed only on loopback; use https"),
            _ => return wrong("use https"),
        }
        if probe != text {
            let host = url.host_str().unwrap_or_default();
            let parent = host.split_once('.').map_or("", |(_, parent)| parent);
            if psl::domain_str(parent).is_none() {
                return wrong("the wildcard would cover a whole public suffix");
            }
        }
        let origin = url.origin().ascii_serialization();
        Ok(Self { text: origin.replacen("://ouinon-label.", "://*.", 1) })
    }

    /// The pattern as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether an `Origin` header names this origin.
    pub fn matches(&self, header: &str) -> bool {
        let Some((scheme, parent)) = self.text.split_once("://*.") else {
            return self.text == header;
        };
        let Some((theirs, host)) = header.split_once("://") else { return false };
        let Some((label, rest)) = host.split_once('.') else { return false };
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        theirs == scheme && rest == parent && !label.is_empty() && label.bytes().all(plain)
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_exact_or_one_open_label() {
        let exact = Origin::parse("https://Shop.example:443").unwrap();
        assert!(exact.matches("https://shop.example"));
        for foreign in [
            "http://shop.example",
            "https://shop.example.evil.test",
            "https://evilshop.example",
            "https://www.shop.example",
            "https://shop.example:8443",
            "null",
            "",
        ] {
            assert!(!exact.matches(foreign), "{foreign}");
        }
        let open = Origin::parse("https://*.shop.example").unwrap();
        assert!(open.matches("https://www.shop.example"));
        for foreign in ["https://shop.example", "https://a.b.shop.example", "https://.shop.example"]
        {
            assert!(!open.matches(foreign), "{foreign}");
        }
        assert!(Origin::parse("http://127.0.0.1:8090").unwrap().matches("http://127.0.0.1:8090"));
    }

    #[test]
    fn what_would_open_too_much_is_refused() {
        for bad in [
            "http://shop.example",
            "https://*",
            "https://*.com",
            "https://*.co.uk",
            "https://*.github.io",
            "https://a.*.example",
            "https://shop.example/path",
            "shop.example",
            "ftp://shop.example",
            "https://u:p@shop.example",
            "*",
            "https://*.*.shop.example",
        ] {
            assert!(Origin::parse(bad).is_err(), "{bad}");
        }
    }
}
