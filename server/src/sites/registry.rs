//! The cache of sites. What is cached here is never an answer: a decision compares the epoch that
//! came with its own statement, a write the epoch inside its transaction.

use super::key::ApiKey;
use super::origin::Origin;
use super::{Published, Site};
use crate::error::Error;
use crate::storage::rows::fixed;
use crate::storage::{Storage, keys, notices, sites, write};
use ouinon_domain::basis::Terms;
use ouinon_domain::ids::SiteId;
use ouinon_domain::notice::Notice;
use ouinon_domain::time::Timestamp;
use sea_orm::TransactionTrait;
use std::collections::HashMap;
use std::sync::Arc;

/// Sites kept in memory.
const KEPT: u64 = 20_000;

/// Reads sites and keeps them.
#[derive(Clone, Debug)]
pub struct Sites {
    storage: Storage,
    kept: moka::sync::Cache<SiteId, Arc<Site>>,
}

impl Sites {
    /// An empty cache over this database.
    pub fn new(storage: Storage) -> Self {
        Self { storage, kept: moka::sync::Cache::new(KEPT) }
    }

    /// The site as last read; may be older than the database. Only for callers that compare the
    /// epoch afterwards.
    pub async fn cached(&self, id: &SiteId) -> Result<Arc<Site>, Error> {
        match self.kept.get(id) {
            Some(site) => Ok(site),
            None => self.reload(id).await,
        }
    }

    /// The site as it is now: asks for its epoch and reads again what is older.
    pub async fn fresh(&self, id: &SiteId) -> Result<Arc<Site>, Error> {
        let Some(kept) = self.kept.get(id) else { return self.reload(id).await };
        let epoch = self.storage.in_time(write::epoch(&self.storage.db(), id)).await?;
        match epoch {
            Some(epoch) if epoch == kept.epoch => Ok(kept),
            _ => self.reload(id).await,
        }
    }

    /// Reads the site again.
    pub async fn reload(&self, id: &SiteId) -> Result<Arc<Site>, Error> {
        metrics::counter!("ouinon_site_reads_total").increment(1);
        self.storage.in_time(self.read(id)).await
    }

    async fn read(&self, id: &SiteId) -> Result<Arc<Site>, Error> {
        // One transaction, and the epoch first: what is read after it is at least as new, and a
        // change in between raises the epoch and is seen by the next comparison.
        let tx = self.storage.db().begin().await?;
        let Some(row) = sites::find(&tx, id).await? else {
            self.kept.invalidate(id);
            return Err(Error::NotFound("no such site"));
        };
        let origins = sites::origins(&tx, id).await?;
        let publications = sites::publications(&tx, id).await?;
        let bodies = notices::of_site(&tx, id).await?;
        let keys = keys::list(&tx, id).await?;
        tx.commit().await?;
        let mut published = HashMap::with_capacity(bodies.len());
        for (hash, body) in bodies {
            let notice: Notice = serde_json::from_str(&body)
                .map_err(|error| Error::internal("a stored notice cannot be read", error))?;
            let terms = Terms::of(hash, &notice);
            published.insert(hash, Arc::new(Published { hash, notice, terms }));
        }
        let mut by_id = HashMap::with_capacity(keys.len());
        for row in keys {
            by_id.insert(row.id.clone(), ApiKey::read(&row)?);
        }
        let site = Arc::new(Site {
            id: id.clone(),
            name: row.name,
            enabled: row.enabled,
            epoch: row.epoch,
            origins: origins.iter().filter_map(|text| Origin::parse(text).ok()).collect(),
            cookie_domain: row.cookie_domain,
            log_origin: row.log_origin,
            secret: fixed(row.secret, "site.secret")?,
            notices: published,
            publications: publications.into_iter().map(|(_, n, at)| (n, Timestamp(at))).collect(),
            keys: by_id,
        });
        self.kept.insert(id.clone(), Arc::clone(&site));
        Ok(site)
    }
}
