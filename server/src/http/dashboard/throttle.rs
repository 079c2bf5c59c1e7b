//! How often signing in may be tried: per account and network, and per network. Kept in this process;
//! what it forgets on a restart argon2 still makes slow.

use crate::geo::ClientAddress;
use moka::Entry;
use moka::sync::Cache;
use std::time::Duration;

/// How long a try counts.
const MEMORY: Duration = Duration::from_secs(15 * 60);
/// Tries of one account from one network.
const PER_ACCOUNT: u32 = 10;
/// Tries from one network, whichever account.
const PER_NETWORK: u32 = 50;
/// Networks and accounts remembered.
const KEPT: u64 = 100_000;

/// Counts tries.
#[derive(Debug)]
pub struct Throttle(Cache<String, u32>);

impl Default for Throttle {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(KEPT).time_to_live(MEMORY).build())
    }
}

impl Throttle {
    /// Counts a try, before it is looked at: tries made at the same time count as well. Seconds to
    /// wait, where there were too many.
    pub fn attempt(&self, email: &str, from: ClientAddress) -> Option<u64> {
        let [account, network] = keys(email, from);
        let tries = |key: String| {
            let one_more =
                |known: Option<Entry<String, u32>>| known.map_or(1, |e| e.into_value() + 1);
            self.0.entry(key).and_upsert_with(one_more).into_value()
        };
        let (by_account, by_network) = (tries(account), tries(network));
        (by_account > PER_ACCOUNT || by_network > PER_NETWORK).then_some(60)
    }

    /// Forgets an account's tries after it got in.
    pub fn succeeded(&self, email: &str, from: ClientAddress) {
        let [account, _] = keys(email, from);
        self.0.invalidate(&account);
    }
}

fn keys(email: &str, from: ClientAddress) -> [String; 2] {
    let network = format!("{:?}", from.network());
    [format!("{network} {email}"), network]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_slowed_without_locking_it_elsewhere() {
        let throttle = Throttle::default();
        let here = ClientAddress::direct([192, 0, 2, 7].into());
        let there = ClientAddress::direct([198, 51, 100, 7].into());
        for _ in 0..PER_ACCOUNT {
            assert_eq!(throttle.attempt("a@b.example", here), None);
        }
        assert_eq!(throttle.attempt("a@b.example", here), Some(60));
        assert_eq!(throttle.attempt("a@b.example", there), None);
        assert_eq!(throttle.attempt("c@b.example", here), None);
        throttle.succeeded("a@b.example", here);
        assert_eq!(throttle.attempt("a@b.example", here), None);
    }
}
