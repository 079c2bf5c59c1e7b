//! The names of things: sites, visitors and their secrets, records, subjects, notices. Each is
//! read once at the edge and cannot be malformed afterwards.

use crate::canonical::{base64url, from_base64url, from_hex, hex, sha256};
use std::fmt;
use uuid::Uuid;

/// A record's id, made by the visitor's browser; also its idempotency key.
pub type RecordId = Uuid;
/// The random surrogate that stands for a visitor in records; forgetting breaks the link to it.
pub type Subject = Uuid;

macro_rules! text_serde {
    ($name:ident, $what:literal) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom($what))
            }
        }
    };
}

/// A site: 12 lower-case letters and digits, random, in public addresses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteId(String);

impl SiteId {
    /// Characters in an id; without look-alikes (0 o 1 l i).
    pub const LEN: usize = 12;
    const ALPHABET: &[u8; 31] = b"23456789abcdefghjkmnpqrstuvwxyz";

    /// Makes an id from random bytes (about 59 bits).
    pub fn from_random(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes.iter().map(|b| char::from(Self::ALPHABET[usize::from(*b) % 31])).collect())
    }

    /// Reads an id; `None` where it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == Self::LEN && text.bytes().all(|b| Self::ALPHABET.contains(&b));
        fits.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
text_serde!(SiteId, "is not a site id: 12 of 2-9 and a-z");

/// One browser of one site, as everyone but itself knows it: the first 16 bytes of SHA-256 over
/// its secret. Knowing it allows neither reading nor writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VisitorId(pub [u8; 16]);

impl VisitorId {
    /// Reads 22 characters of base64url.
    pub fn parse(text: &str) -> Option<Self> {
        from_base64url(text).map(Self)
    }
}

impl fmt::Display for VisitorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url(&self.0))
    }
}
text_serde!(VisitorId, "is not a visitor id: 22 characters of base64url");

/// What a visitor holds to speak for itself: 16 random bytes. Never stored, printed or logged.
#[derive(Clone, PartialEq, Eq)]
pub struct VisitorSecret([u8; 16]);

impl VisitorSecret {
    /// Reads 22 characters of base64url.
    pub fn parse(text: &str) -> Option<Self> {
        from_base64url(text).map(Self)
    }

    /// The id everyone else knows.
    pub fn visitor(&self) -> VisitorId {
        let mut id = [0; 16];
        id.copy_from_slice(&sha256(&self.0)[..16]);
        VisitorId(id)
    }

    /// The text the visitor holds; only for the cookie it already has.
    pub fn expose(&self) -> String {
        base64url(&self.0)
    }
}

impl fmt::Debug for VisitorSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VisitorSecret(…)")
    }
}

impl<'de> serde::Deserialize<'de> for VisitorSecret {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(
                "is not a visitor secret: 16 bytes as 22 characters of base64url",
            )
        })
    }
}

/// A notice: SHA-256 of its RFC 8785 JSON, written `sha256:` and 64 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoticeHash(pub [u8; 32]);

impl NoticeHash {
    /// Reads `sha256:…`.
    pub fn parse(text: &str) -> Option<Self> {
        text.strip_prefix("sha256:").and_then(from_hex).map(Self)
    }

    /// The first 8 hex digits, as the visitor's cookie names the notice.
    pub fn short(&self) -> String {
        hex(&self.0[..4])
    }
}

impl fmt::Display for NoticeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", hex(&self.0))
    }
}
text_serde!(NoticeHash, "is not a notice id: sha256: and 64 hex digits");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_is_the_hash_of_its_secret() {
        let secret = VisitorSecret::parse("AAAAAAAAAAAAAAAAAAAAAA").unwrap();
        // First 16 bytes of SHA-256 over 16 zero bytes (374708fff7719dd5979ec875d56cd228…).
        assert_eq!(hex(&secret.visitor().0), "374708fff7719dd5979ec875d56cd228");
        assert_eq!(secret.expose(), "AAAAAAAAAAAAAAAAAAAAAA");
        assert!(!format!("{secret:?}").contains("AAAA"));
    }

    #[test]
    fn ids_refuse_other_lengths_and_forms() {
        assert!(VisitorSecret::parse("AAAAAAAAAAAAAAAAAAAAAB").is_none(), "stray bits");
        assert!(VisitorSecret::parse("AAAAAAAAAAAAAAAAAAAAAA==").is_none());
        assert!(VisitorId::parse("AAAA").is_none());
        assert!(NoticeHash::parse("sha256:12").is_none());
        assert!(SiteId::parse("abcdefghijkl").is_none(), "i and l are look-alikes");
        let site = SiteId::from_random([0, 1, 2, 3, 250, 251, 252, 253, 254, 255, 30, 31]);
        assert_eq!(SiteId::parse(site.as_str()), Some(site));
    }
}
