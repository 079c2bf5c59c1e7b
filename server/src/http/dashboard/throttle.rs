//! How often signing in may fail: per account and network, and per network. Kept in this process;
//! what it forgets on a restart argon2 still makes slow.

use crate::geo::ClientAddress;
use moka::sync::Cache;
use std::time::Duration;

/// How long a failure counts.
const MEMORY: Duration = Duration::from_secs(15 * 60);
/// Failures of one account from one network.
const PER_ACCOUNT: u32 = 10;
/// Failures from one network, whichever account.
const PER_NETWORK: u32 = 50;
/// Networks and accounts remembered.
const KEPT: u64 = 100_000;

/// Counts failures.
#[derive(Debug)]
pub struct Throttle(Cache<String, u32>);

impl Default for Throttle {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(KEPT).time_to_live(MEMORY).build())
    }
}

impl Throttle {
    /// Seconds to wait before the next try, where it failed too often.
    pub fn wait(&self, email: &str, from: ClientAddress) -> Option<u64> {
        let [account, network] = keys(email, from);
        let full = |key: &String, most: u32| self.0.get(key).is_some_and(|count| count >= most);
        (full(&account, PER_ACCOUNT) || full(&network, PER_NETWORK)).then_some(60)
    }

    /// Counts a failure.
    pub fn failed(&self, email: &str, from: ClientAddress) {
        for key in keys(email, from) {
            let count = self.0.get(&key).unwrap_or(0);
            self.0.insert(key, count.saturating_add(1));
        }
    }

    /// Forgets an account's failures after it got in.
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
            assert_eq!(throttle.wait("a@b.example", here), None);
            throttle.failed("a@b.example", here);
        }
        assert_eq!(throttle.wait("a@b.example", here), Some(60));
        assert_eq!(throttle.wait("a@b.example", there), None);
        assert_eq!(throttle.wait("c@b.example", here), None);
        throttle.succeeded("a@b.example", here);
        assert_eq!(throttle.wait("a@b.example", here), None);
    }
}
