//! Limits inside the process: without Redis, or while it is away.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use ouinon_domain::ids::SiteId;

use super::{Demand, Lane, RetryAfter};
use crate::cache::keys::Key;

/// Locks, so that busy sites rarely wait for one another.
const SHARDS: usize = 16;

/// Names per shard; beyond it those that owe nothing go, and if that is not enough, all.
const CAPACITY: usize = 50_000;

/// Until when each name owes, in µs since `start`.
pub(in crate::cache) struct LocalLimits {
    start: Instant,
    hasher: RandomState,
    shards: [Mutex<HashMap<Key, i64>>; SHARDS],
}

impl Default for LocalLimits {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }
}

impl LocalLimits {
    pub(in crate::cache) fn check(
        &self,
        site: &SiteId,
        lane: Lane,
        demands: &[Demand<'_>],
    ) -> Result<(), RetryAfter> {
        let now = i64::try_from(self.start.elapsed().as_micros()).unwrap_or(i64::MAX / 2);
        self.check_at(now, site, lane, demands)
    }

    pub(super) fn check_at(
        &self,
        now: i64,
        site: &SiteId,
        lane: Lane,
        demands: &[Demand<'_>],
    ) -> Result<(), RetryAfter> {
        let shard = usize::try_from(self.hasher.hash_one(site) % SHARDS as u64).unwrap_or(0);
        let mut owed = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        let mut wait = 0;
        let mut charged = Vec::with_capacity(demands.len());
        for demand in demands {
            let key = Key::limit(site, lane, demand.subject);
            match demand.quota.charge(owed.get(&key).copied(), now) {
                Ok(after) => charged.push((key, after)),
                Err(longer) => wait = wait.max(longer),
            }
        }
        if wait > 0 {
            return Err(RetryAfter::micros(wait));
        }
        owed.extend(charged);
        if owed.len() > CAPACITY {
            owed.retain(|_, until| *until > now);
        }
        if owed.len() > CAPACITY {
            owed.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::cache::limit::{Quota, Subject};

    const SECOND: i64 = 1_000_000;

    fn site() -> SiteId {
        SiteId::from_random([7; SiteId::LEN])
    }

    fn demand(count: u32, seconds: u64) -> [Demand<'static>; 1] {
        [Demand { subject: Subject::Site, quota: Quota::new(count, Duration::from_secs(seconds)) }]
    }

    fn ask(limits: &LocalLimits, now: i64, demands: &[Demand]) -> Result<(), u64> {
        limits.check_at(now, &site(), Lane::Consent, demands).map_err(RetryAfter::seconds)
    }

    #[test]
    fn a_burst_then_an_even_refill() {
        let limits = LocalLimits::default();
        let three_in_30_seconds = demand(3, 30);
        for _ in 0..3 {
            assert_eq!(ask(&limits, 0, &three_in_30_seconds), Ok(()));
        }
        assert_eq!(ask(&limits, 0, &three_in_30_seconds), Err(10));
        assert_eq!(ask(&limits, 9 * SECOND + 1, &three_in_30_seconds), Err(1));
        assert_eq!(ask(&limits, 10 * SECOND, &three_in_30_seconds), Ok(()));
        assert_eq!(ask(&limits, 10 * SECOND, &three_in_30_seconds), Err(10));
    }

    #[test]
    fn lanes_and_sites_do_not_share_their_counts() {
        let limits = LocalLimits::default();
        let once = demand(1, 60);
        let other = SiteId::from_random([9; SiteId::LEN]);
        assert_eq!(ask(&limits, 0, &once), Ok(()));
        assert!(ask(&limits, 0, &once).is_err());
        assert_eq!(limits.check_at(0, &site(), Lane::Withdrawal, &once), Ok(()));
        assert_eq!(limits.check_at(0, &other, Lane::Consent, &once), Ok(()));
    }

    #[test]
    fn one_full_quota_charges_none() {
        let limits = LocalLimits::default();
        let network = crate::geo::ClientAddress::direct([192, 0, 2, 1].into()).network();
        let quota = Quota::new(1, Duration::from_secs(60));
        let narrow = Demand { subject: Subject::Network(network), quota };
        let wide = demand(2, 60)[0];
        assert_eq!(ask(&limits, 0, &[narrow, wide]), Ok(()));
        assert!(ask(&limits, 0, &[narrow, wide]).is_err());
        assert_eq!(ask(&limits, 0, &[wide]), Ok(()), "the refused request cost nothing");
        assert!(ask(&limits, 0, &[wide]).is_err());
    }

    #[test]
    fn a_flood_of_names_is_bounded() {
        let limits = LocalLimits::default();
        for last in 0..=u32::try_from(CAPACITY).unwrap() {
            let network = crate::geo::ClientAddress::direct((last << 8).to_be_bytes().into());
            let quota = Quota::new(1, Duration::from_secs(60));
            let subject = Subject::Network(network.network());
            let _ = ask(&limits, i64::from(last), &[Demand { subject, quota }]);
        }
        let kept: usize = limits.shards.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert!(kept <= CAPACITY, "{kept}");
    }

    proptest! {
        #[test]
        fn no_window_lets_through_more_than_twice_the_quota(
            count in 1..20u32,
            gaps in prop::collection::vec(0..SECOND * 5, 1..200),
        ) {
            let limits = LocalLimits::default();
            let quota = demand(count, 60);
            let mut now = 0;
            let mut passed = Vec::new();
            for gap in gaps {
                now += gap;
                if ask(&limits, now, &quota).is_ok() {
                    passed.push(now);
                }
            }
            for from in &passed {
                let window = *from..*from + 60 * SECOND;
                let inside = passed.iter().filter(|at| window.contains(at)).count();
                prop_assert!(inside <= 2 * count as usize, "{inside} of {count}");
            }
        }
    }
}
