//! Which logs are not believed, and why. In the memory of this server: whoever edits the database
//! cannot clear it. Looking is one atomic load, so every decision can.

use arc_swap::ArcSwap;
use ouinon_domain::ids::SiteId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why a site's log is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// A sentence.
    pub why: String,
    /// The site's epoch when the log was last compared: a change of it asks for another look.
    pub epoch: i64,
}

/// The sites whose log is not believed; copies share it.
#[derive(Clone, Debug, Default)]
pub struct Distrust(Arc<ArcSwap<BTreeMap<SiteId, Reason>>>);

impl Distrust {
    /// All of them.
    pub fn all(&self) -> Arc<BTreeMap<SiteId, Reason>> {
        self.0.load_full()
    }

    /// Why a site's log is not believed; `None` where it is.
    pub fn of(&self, site: &SiteId) -> Option<Reason> {
        self.0.load().get(site).cloned()
    }

    /// Notes what a comparison said: why the log is not believed, or that it is.
    pub fn note(&self, site: &SiteId, reason: Option<Reason>) {
        let before = self.of(site);
        if before == reason {
            return;
        }
        match (&before, &reason) {
            (_, Some(Reason { why, .. })) if before.as_ref().map(|b| &b.why) != Some(why) => {
                tracing::error!(
                    %site,
                    why,
                    "the evidence log is not believed: decisions answer LOG_UNVERIFIED until \
                     `ouinon log reconcile --site {site}`"
                );
            }
            (Some(_), None) => tracing::warn!(%site, "the evidence log is believed again"),
            _ => {}
        }
        let after = self.0.rcu(|all| {
            let mut all = BTreeMap::clone(all);
            match reason.clone() {
                Some(reason) => all.insert(site.clone(), reason),
                None => all.remove(site),
            };
            all
        });
        drop(after);
        #[expect(clippy::cast_precision_loss, reason = "a number of sites")]
        metrics::gauge!("ouinon_log_unverified_sites").set(self.all().len() as f64);
    }
}
