//! Publishing: what a log has durably become is signed, handed to the witness, and only then shown
//! to anyone. The site's head stays locked meanwhile, so that checkpoints never run backwards.

use super::log_keys::LogKeys;
use super::register::Entry;
use super::witness::Witness;
use crate::error::Error;
use crate::sites::Sites;
use crate::storage::log::{self, Head};
use crate::storage::{Storage, register};
use ouinon_domain::checkpoint::Checkpoint;
use ouinon_domain::ids::SiteId;
use ouinon_domain::tile::right_edge;
use sea_orm::DatabaseTransaction;

/// Most register entries handed over at once.
const ENTRIES: u64 = 1_000;

/// What publishing works with.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// The database.
    pub storage: Storage,
    /// Knows the origins.
    pub sites: Sites,
    /// Signs.
    pub keys: LogKeys,
    /// Remembers.
    pub witness: Witness,
}

impl Publisher {
    /// Publishes what the logs of these sites have become, as far as no other server does. A site
    /// that cannot be published keeps no other waiting; how many could not is the answer.
    pub async fn publish(&self, sites: &[SiteId]) -> Result<usize, Error> {
        let tx = self.storage.write().await?;
        let mut failed = 0;
        for head in log::claim(&tx, sites).await? {
            if head.published == Some(head.size) && head.register_published == head.register_size {
                continue;
            }
            if let Err(error) = self.one(&tx, head).await {
                tracing::error!(%error, "a checkpoint waits to be published");
                failed += 1;
            }
        }
        tx.commit().await?;
        Ok(failed)
    }

    async fn one(&self, tx: &DatabaseTransaction, mut head: Head) -> Result<(), Error> {
        let site = self.sites.cached(&head.site).await?;
        let (tiles, _) = log::tiles(tx, &site.id, right_edge(head.size)).await?;
        if tiles.root(head.size) != Some(head.root) {
            return Err(Error::Internal(format!(
                "the stored tiles of site {0} do not make the root of its head; run \
                 `ouinon verify --site {0}`",
                site.id
            )));
        }
        let checkpoint =
            Checkpoint { origin: site.log_origin.clone(), size: head.size, root: head.root };
        let note = self.keys.of(&site.log_origin)?.checkpoint(&checkpoint);
        let rows = register::from(tx, &site.id, head.register_published, ENTRIES).await?;
        let entries = rows.iter().map(Entry::read).collect::<Result<Vec<_>, _>>()?;
        // TODO
        head.register_size = head.register_published + entries.len() as u64;
        log::published(tx, &head, &note).await
    }
}
