//! `OUINON_TRUSTED_PROXIES`: whose `X-Forwarded-For` is believed. Default: nobody's.

use std::net::IpAddr;

use ipnet::IpNet;

use super::error::ConfigError;
use super::sources::{Given, Name};

/// The setting's names.
pub const NAME: Name = Name { env: "OUINON_TRUSTED_PROXIES", key: "trusted_proxies" };

const EXPECTED: &str =
    "a list of networks or addresses separated by commas, such as 10.0.0.0/8,::1";

/// Networks of our own reverse proxies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    pub(super) fn parse(given: Option<&Given>) -> Result<Self, ConfigError> {
        let Some(given) = given else { return Ok(Self::default()) };
        let items = given.value.split([',', ' ']).filter(|item| !item.is_empty());
        let networks: Option<Vec<_>> = items.map(network).collect();
        networks.map(Self).ok_or_else(|| given.wrong(EXPECTED))
    }

    /// Whether what this address says about others is believed.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl FromIterator<IpNet> for TrustedProxies {
    fn from_iter<I: IntoIterator<Item = IpNet>>(networks: I) -> Self {
        Self(networks.into_iter().collect())
    }
}

fn network(item: &str) -> Option<IpNet> {
    let single = || item.parse::<IpAddr>().ok().map(IpNet::from);
    item.parse::<IpNet>().ok().or_else(single)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_addresses_and_both_families() {
        let value = "10.0.0.0/8, 192.168.1.7 ::1".to_owned();
        let given = Given { setting: NAME.env.to_owned(), value };
        let proxies = TrustedProxies::parse(Some(&given)).unwrap();
        let trusts = |address: &str| proxies.contains(address.parse().unwrap());
        assert!(trusts("10.9.8.7") && trusts("192.168.1.7") && trusts("::1"));
        assert!(trusts("::ffff:10.9.8.7"), "an IPv4 address written as IPv6");
        assert!(!trusts("192.168.1.8") && !trusts("::2"));
        assert!(!TrustedProxies::default().contains("127.0.0.1".parse().unwrap()));
    }
}
