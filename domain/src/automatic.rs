//! Automatic mode: what a site says about the hosts that are held back without any markup. The hosts
//! known anyway are in `banner-wasm/loader/trackers.json`.

use crate::key::Key;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Turned on by being there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Automatic {
    /// Hosts, each with its subdomains: the purpose they wait for, or `null` where they are left alone.
    #[serde(default)]
    pub hosts: BTreeMap<String, Option<Key>>,
}

impl Automatic {
    /// Each host that cannot be meant, and why.
    pub(crate) fn errors(&self, purposes: &BTreeSet<&Key>) -> Vec<(&str, &'static str)> {
        let wrong = |(host, purpose): (&'_ String, &Option<Key>)| match purpose {
            _ if !is_host(host) => {
                Some("is not a host in lower case such as `stats.example`, without scheme or path")
            }
            Some(purpose) if !purposes.contains(purpose) => {
                Some("waits for no purpose of this notice")
            }
            _ => None,
        };
        self.hosts.iter().filter_map(|one| Some((one.0.as_str(), wrong(one)?))).collect()
    }
}

fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        let plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        (1..=63).contains(&label.len()) && label.bytes().all(plain)
    };
    text.len() <= 253 && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_host_and_waits_for_a_purpose_there_is() {
        let automatic: Automatic = serde_json::from_value(serde_json::json!({"hosts": {
            "stats.example": "analytics", "127.0.0.1": "analytics", "left.example": null,
            "https://x.example": "analytics", "Upper.example": null, "x.example/path": null, "": null,
            "other.example": "unheard"
        }}))
        .unwrap();
        let analytics = Key::parse("analytics").unwrap();
        let wrong: Vec<_> = automatic
            .errors(&BTreeSet::from([&analytics]))
            .into_iter()
            .map(|(host, _)| host)
            .collect();
        let expected =
            ["", "Upper.example", "https://x.example", "other.example", "x.example/path"];
        assert_eq!(wrong, expected);
    }
}
