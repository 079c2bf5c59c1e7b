//! Limits inside the process: without Redis, or while it is away.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use ouinon_domain::ids::SiteId;

use super::{Demand, Lane, Verdict};

/// Locks, so that busy sites rarely wait for one another.
const SHARDS: usize = 16;

/// Names per shard, 20 MB in all; beyond it those that owe nothing go, and if that is not enough, all.
const CAPACITY: usize = 50_000;

/// Until when each name owes, in µs since `start`. Names are hashes that nobody can foresee: where two of
/// some ten thousands meet, which hardly ever happens, they share a quota.
pub(in crate::cache) struct LocalLimits {
    start: Instant,
    hasher: RandomState,
    shards: [Mutex<HashMap<u64, i64>>; SHARDS],
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
    ) -> Verdict {
        let clock = || i64::try_from(self.start.elapsed().as_micros()).unwrap_or(i64::MAX / 2);
        self.check_at(clock, site, lane, demands)
    }

    /// The clock is read under the lock: who was overtaken on the way to it would find more owed
    /// than there can be, and take that for rubbish.
    fn check_at(
        &self,
        clock: impl FnOnce() -> i64,
        site: &SiteId,
        lane: Lane,
        demands: &[Demand<'_>],
    ) -> Verdict {
        let shard = usize::try_from(self.hasher.hash_one(site) % SHARDS as u64).unwrap_or(0);
        let mut until = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock();
        let name = |demand: &Demand<'_>| self.hasher.hash_one((site, lane, demand.subject));
        let names: Vec<u64> = demands.iter().map(name).collect();
        let held = demands.iter().zip(&names);
        let mut owed: Vec<i64> =
            held.map(|(demand, name)| demand.owed(until.get(name).copied(), now)).collect();
        let over = |(demand, owed): (&Demand<'_>, &i64)| {
            owed + demand.cost() - demand.quota.tolerance_micros
        };
        let wait = demands.iter().zip(&owed).map(over).max().unwrap_or(0);
        if wait <= 0 {
            owed.iter_mut().zip(demands).for_each(|(owed, demand)| *owed += demand.cost());
            until.extend(names.into_iter().zip(owed.iter().map(|owed| now + owed)));
            if until.len() > CAPACITY {
                until.retain(|_, until| *until > now);
            }
            if until.len() > CAPACITY {
                until.clear();
            }
        }
        Verdict::new(wait, &owed, demands)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::cache::limit::{Left, Quota, RetryAfter, Subject};

    const SECOND: i64 = 1_000_000;

    fn site() -> SiteId {
        SiteId::from_random([7; SiteId::LEN])
    }

    fn demand(count: u32, seconds: u64) -> [Demand<'static>; 1] {
        [one(Subject::Site, Quota::new(count, Duration::from_secs(seconds)))]
    }

    fn one(subject: Subject<'_>, quota: Quota) -> Demand<'_> {
        Demand { subject, quota, units: 1 }
    }

    fn ask(limits: &LocalLimits, now: i64, demands: &[Demand]) -> Result<(), u64> {
        let verdict = limits.check_at(|| now, &site(), Lane::Consent, demands);
        verdict.retry_after.map_or(Ok(()), |wait| Err(wait.seconds()))
    }

    #[test]
    fn a_crowd_on_all_cores_gets_no_more_than_the_quota() {
        let limits = LocalLimits::default();
        let quick = demand(10_000, 1);
        let passes = || limits.check(&site(), Lane::Consent, &quick).retry_after.is_none();
        let passed: usize = std::thread::scope(|threads| {
            let crowd: Vec<_> = (0..8)
                .map(|_| threads.spawn(|| (0..20_000).filter(|_| passes()).count()))
                .collect();
            crowd.into_iter().map(|one| one.join().unwrap()).sum()
        });
        let seconds = limits.start.elapsed().as_secs_f64();
        assert!(passed as f64 <= 10_000.0 * (1.0 + seconds) + 1.0, "{passed} in {seconds} s");
    }

    #[test]
    fn what_is_left_is_told() {
        let limits = LocalLimits::default();
        let [mut ten_a_minute] = demand(10, 60);
        let left = |units, now| {
            ten_a_minute.units = units;
            let verdict = limits.check_at(|| now, &site(), Lane::Consent, &[ten_a_minute]);
            (verdict.retry_after.map(RetryAfter::seconds), verdict.left)
        };
        let mut left = left;
        assert_eq!(left(1, 0), (None, vec![Left { requests: 9, full_in: 6 }]));
        assert_eq!(left(7, 0), (None, vec![Left { requests: 2, full_in: 48 }]));
        assert_eq!(left(3, 0), (Some(6), vec![Left { requests: 2, full_in: 48 }]), "not charged");
        assert_eq!(left(3, 6 * SECOND), (None, vec![Left { requests: 0, full_in: 60 }]));
        assert_eq!(left(1, 6 * SECOND), (Some(6), vec![Left { requests: 0, full_in: 60 }]));
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
        for (site, lane) in [(site(), Lane::Withdrawal), (other, Lane::Consent)] {
            assert_eq!(limits.check_at(|| 0, &site, lane, &once).retry_after, None);
        }
    }

    #[test]
    fn one_full_quota_charges_none() {
        let limits = LocalLimits::default();
        let network = crate::geo::ClientAddress::direct([192, 0, 2, 1].into()).network();
        let quota = Quota::new(1, Duration::from_secs(60));
        let narrow = one(Subject::Network(network), quota);
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
            let _ = ask(&limits, i64::from(last), &[one(subject, quota)]);
        }
        let kept: usize = limits.shards.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert!(kept <= CAPACITY, "{kept}");
        let room = limits.shards.iter().map(|shard| shard.lock().unwrap().capacity()).max();
        let bytes = room.unwrap() * size_of::<(u64, i64)>() * SHARDS;
        assert!(bytes < 20 << 20, "{bytes}");
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
