//! Who is asking, as an address: believed from proxies only where they are ours, and cut before
//! anything stores or logs it. There is no way to print the whole address.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::config::TrustedProxies;

/// Bits that are kept of an IPv4 address.
const KEPT_V4: u32 = 24;

/// Bits that are kept of an IPv6 address.
const KEPT_V6: u32 = 48;

/// The whole address of a caller. It cannot be printed, so it cannot be logged:
///
/// ```compile_fail
/// let caller = ouinon_server::geo::ClientAddress::direct([192, 0, 2, 1].into());
/// println!("{caller:?}");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// The address of the other end of a connection, with no proxy between.
    #[must_use]
    pub fn direct(peer: IpAddr) -> Self {
        Self(peer.to_canonical())
    }

    /// The address behind the proxies: `forwarded` are the values of all `X-Forwarded-For` headers
    /// in the order they came. Each proxy adds at the right whom it saw, so the list is read from
    /// the right for as long as the one who speaks is trusted; what a stranger wrote is not read.
    #[must_use]
    pub fn resolve<'a>(
        peer: IpAddr,
        forwarded: impl DoubleEndedIterator<Item = &'a str>,
        trusted: &TrustedProxies,
    ) -> Self {
        let mut caller = peer.to_canonical();
        for hop in forwarded.rev().flat_map(|header| header.rsplit(',')) {
            if !trusted.contains(caller) {
                break;
            }
            let Some(next) = parse_hop(hop.trim()) else { break };
            caller = next;
        }
        Self(caller)
    }

    /// What may be kept of it.
    #[must_use]
    pub fn network(self) -> Network {
        Network(match self.0 {
            IpAddr::V4(ip) => {
                Ipv4Addr::from_bits(ip.to_bits() & (u32::MAX << (32 - KEPT_V4))).into()
            }
            IpAddr::V6(ip) => {
                Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << (128 - KEPT_V6))).into()
            }
        })
    }

    /// Whether the caller is inside `network`, for keys that are bound to one.
    #[must_use]
    pub fn is_within(self, network: &IpNet) -> bool {
        network.contains(&self.0)
    }

    /// Whether the caller is this machine.
    #[must_use]
    pub fn is_loopback(self) -> bool {
        self.0.is_loopback()
    }
}

/// An address, perhaps with a port or in brackets, as proxies write it.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let with_port = || Some(hop.parse::<std::net::SocketAddr>().ok()?.ip());
    Some(bare.parse::<IpAddr>().ok().or_else(with_port)?.to_canonical())
}

/// An address cut to /24 (IPv4) or /48 (IPv6): what is counted, looked up and logged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Network(IpAddr);

impl Network {
    /// The first address of the network.
    #[must_use]
    pub fn address(self) -> IpAddr {
        self.0
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = if self.0.is_ipv4() { KEPT_V4 } else { KEPT_V6 };
        write!(f, "{}/{kept}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn trusted() -> TrustedProxies {
        ["10.0.0.0/8", "fd00::/8"]
            .map(|network| network.parse::<IpNet>().unwrap())
            .into_iter()
            .collect()
    }

    fn seen(peer: &str, headers: &[&str]) -> String {
        let peer = peer.parse().unwrap();
        let address = ClientAddress::resolve(peer, headers.iter().copied(), &trusted());
        address.0.to_string()
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(seen("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        let nobody = TrustedProxies::default();
        let peer = "127.0.0.1".parse().unwrap();
        assert!(ClientAddress::resolve(peer, ["198.51.100.1"].into_iter(), &nobody).is_loopback());
    }

    #[test]
    fn our_proxies_are_followed_from_the_right() {
        assert_eq!(seen("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["6.6.6.6, 198.51.100.7, 10.0.0.2"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["6.6.6.6", "198.51.100.7", "10.0.0.2"]), "198.51.100.7");
        assert_eq!(seen("::ffff:10.0.0.1", &["[2001:db8::1]:4711"]), "2001:db8::1");
        assert_eq!(seen("fd00::1", &["198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3", "all of them ours");
    }

    #[test]
    fn what_is_no_address_ends_the_walk() {
        for nonsense in ["", "unknown", "_hidden", "198.51.100.1, ", "198.51.100.1, 300.1.1.1"] {
            assert_eq!(seen("10.0.0.1", &[nonsense]), "10.0.0.1", "{nonsense:?}");
        }
    }

    #[test]
    fn the_cut_address_is_printed_as_a_network() {
        let cut =
            |address: &str| ClientAddress::direct(address.parse().unwrap()).network().to_string();
        assert_eq!(cut("203.0.113.9"), "203.0.113.0/24");
        assert_eq!(cut("::ffff:203.0.113.9"), "203.0.113.0/24");
        assert_eq!(cut("2001:db8:1:2:3:4:5:6"), "2001:db8:1::/48");
    }

    /// What `X-Forwarded-For` may hold: addresses, or anything.
    fn header() -> impl Strategy<Value = String> {
        let addresses = prop::collection::vec(any::<IpAddr>(), 1..4);
        let listed = addresses
            .prop_map(|list| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
        prop_oneof![listed, ".*"]
    }

    proptest! {
        #[test]
        fn nothing_a_stranger_writes_counts(headers in prop::collection::vec(header(), 0..4)) {
            let headers: Vec<_> = headers.iter().map(String::as_str).collect();
            prop_assert_eq!(seen("203.0.113.9", &headers), "203.0.113.9");
        }

        #[test]
        fn nothing_left_of_the_caller_counts(lie in header(), caller: u32) {
            let caller = IpAddr::from(Ipv4Addr::from_bits(caller));
            prop_assume!(!trusted().contains(caller));
            let header = format!("{lie}, {caller}");
            prop_assert_eq!(seen("10.0.0.1", &[&header]), caller.to_string());
        }

        #[test]
        fn the_last_part_of_an_address_is_forgotten(start: u128, end: u128) {
            let host = u128::MAX >> KEPT_V6;
            let other = (start & !host) | (end & host);
            let network = |bits| ClientAddress::direct(Ipv6Addr::from_bits(bits).into()).network();
            let both_v6 = !Ipv6Addr::from_bits(start).to_canonical().is_ipv4()
                && !Ipv6Addr::from_bits(other).to_canonical().is_ipv4();
            prop_assume!(both_v6);
            prop_assert_eq!(network(start), network(other));
        }

        #[test]
        fn the_last_byte_of_an_address_is_forgotten(start: [u8; 3], one: u8, two: u8) {
            let [a, b, c] = start;
            let network = |d| ClientAddress::direct([a, b, c, d].into()).network();
            prop_assert_eq!(network(one), network(two));
            prop_assert_eq!(network(one).address(), IpAddr::from([a, b, c, 0]));
        }
    }
}
