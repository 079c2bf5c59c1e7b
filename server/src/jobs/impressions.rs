//! Impressions, added up in memory and stored every second: the one thing that may be lost.

use crate::error::Error;
use crate::storage::Storage;
use crate::storage::counters::{self, Cell};
use ouinon_domain::ids::SiteId;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Distinct cells kept until they are stored; more are dropped rather than fill the memory.
const MOST: usize = 100_000;

type Waiting = HashMap<SiteId, BTreeMap<Cell, i64>>;

/// Counts that wait to be stored.
#[derive(Debug, Default)]
pub struct Impressions(Mutex<Waiting>);

impl Impressions {
    /// Counts one.
    pub fn count(&self, site: &SiteId, cell: Cell) {
        let mut waiting = self.waiting();
        let cells = waiting.entry(site.clone()).or_default();
        if cells.len() < MOST || cells.contains_key(&cell) {
            *cells.entry(cell).or_default() += 1;
        }
    }

    /// Stores what waits; what cannot be stored waits for the next time.
    pub async fn store(&self, storage: &Storage) {
        let sites: Vec<SiteId> = self.waiting().keys().cloned().collect();
        // Site by site: where this is broken off, the others wait on.
        for site in sites {
            let Some(cells) = self.waiting().remove(&site) else { continue };
            if let Err(error) = add(storage, &site, &cells).await {
                tracing::warn!(%error, %site, "impressions wait to be stored");
                let mut back = self.waiting();
                let kept = back.entry(site).or_default();
                for (cell, count) in cells {
                    *kept.entry(cell).or_default() += count;
                }
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn add(storage: &Storage, site: &SiteId, cells: &BTreeMap<Cell, i64>) -> Result<(), Error> {
    let tx = storage.write().await?;
    counters::add(&tx, site, cells).await?;
    Ok(tx.commit().await?)
}
