//! Which logs are not believed, and why. In the memory of this server: whoever edits the database
//! cannot clear it. Where all are believed, looking is one atomic load, so every decision can.

use ouinon_domain::ids::SiteId;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// Why a site's log is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It does not extend what a keeper holds; a sentence. An operator decides.
    Contradicted(String),
    /// Since this server started no keeper that remembers it could be asked. Ends by itself.
    NotCompared,
}

/// The same, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Why.
    pub why: Why,
    /// The site's epoch when the log was last compared: a change of it asks for another look.
    pub epoch: i64,
}

/// The sites whose log is not believed; copies share it.
#[derive(Clone, Debug, Default)]
pub struct Distrust(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    reasons: RwLock<BTreeMap<SiteId, Reason>>,
    /// How many there are.
    count: AtomicUsize,
}

impl Distrust {
    /// Why a site's log is not believed; `None` where it is.
    pub fn of(&self, site: &SiteId) -> Option<Reason> {
        if self.0.count.load(Ordering::Acquire) == 0 {
            return None;
        }
        self.0.reasons.read().unwrap_or_else(PoisonError::into_inner).get(site).cloned()
    }

    /// The sites whose log a keeper contradicts, and its sentence.
    pub fn contradicted(&self) -> Vec<(SiteId, String)> {
        let reasons = self.0.reasons.read().unwrap_or_else(PoisonError::into_inner);
        let contradicted = reasons.iter().filter_map(|(site, reason)| match &reason.why {
            Why::Contradicted(why) => Some((site.clone(), why.clone())),
            Why::NotCompared => None,
        });
        contradicted.collect()
    }

    /// How many sites' logs were not compared since this server started.
    pub fn not_compared(&self) -> usize {
        let reasons = self.0.reasons.read().unwrap_or_else(PoisonError::into_inner);
        reasons.values().filter(|reason| reason.why == Why::NotCompared).count()
    }

    /// Notes what a comparison said: why the log is not believed, or that it is.
    pub fn note(&self, site: &SiteId, reason: Option<Reason>) {
        let before = self.of(site);
        if before == reason {
            return;
        }
        tell(site, before.as_ref().map(|before| &before.why), reason.as_ref().map(|now| &now.why));
        let mut reasons = self.0.reasons.write().unwrap_or_else(PoisonError::into_inner);
        match reason {
            Some(reason) => reasons.insert(site.clone(), reason),
            None => reasons.remove(site),
        };
        self.0.count.store(reasons.len(), Ordering::Release);
    }

    /// Says in the metrics how many sites are not believed.
    #[expect(clippy::cast_precision_loss, reason = "a number of sites")]
    pub fn measure(&self) {
        let count = self.0.count.load(Ordering::Acquire);
        metrics::gauge!("ouinon_log_unverified_sites").set(count as f64);
        metrics::gauge!("ouinon_log_not_compared_sites").set(self.not_compared() as f64);
    }
}

/// Logs that a keeper contradicts, each, and that it does no more; those that were not compared are
/// told of together, by who compares.
fn tell(site: &SiteId, before: Option<&Why>, now: Option<&Why>) {
    match (before, now) {
        (_, Some(Why::Contradicted(why))) if before != now => tracing::error!(
            %site,
            why,
            "the evidence log is not believed: decisions answer LOG_UNVERIFIED until \
             `ouinon log reconcile --site {site}`"
        ),
        (Some(Why::Contradicted(_)), None) => {
            tracing::warn!(%site, "the evidence log is believed again");
        }
        _ => {}
    }
}
