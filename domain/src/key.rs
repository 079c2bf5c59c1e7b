//! `Key`: the short lower-case name of a purpose or a vendor. No texts, no meaning.

use std::fmt;

/// The name of a purpose or vendor: 1 to 40 of `a–z`, `0–9`, `_`, `-`. Safe in cookies, addresses
/// and attribute values without escaping, and none that every JavaScript object already has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Key(String);

impl Key {
    /// Longest key, in characters.
    pub const MAX: usize = 40;

    /// Reads a key; `None` where it is empty, too long or has another character.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=Self::MAX).contains(&text.len());
        let plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        let taken = matches!(text, "constructor" | "__proto__");
        (fits && !taken && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "`{}` is not a key: 1 to 40 of a-z, 0-9, _ and -, and no name that every object has",
                text.chars().take(60).collect::<String>()
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_short_plain_names() {
        for good in ["analytics", "a", "google-ads", "x_1", &"k".repeat(40)] {
            assert!(Key::parse(good).is_some(), "{good}");
        }
        for bad in
            ["", "Analytics", "a.b", "a b", "é", "a:b", "constructor", "__proto__", &"k".repeat(41)]
        {
            assert!(Key::parse(bad).is_none(), "{bad}");
        }
    }
}
