//! Publishing: what a log has durably become is signed, handed to the witness, and only then shown
//! to anyone. The site's head stays locked meanwhile, so that checkpoints never run backwards.

use super::log_keys::LogKeys;
use super::register::Entry;
use super::witness::Witness;
use crate::error::Error;
use crate::storage::log::{self, Head};
use crate::storage::{Storage, register, sites};
use futures_util::future::join_all;
use ouinon_domain::checkpoint::Checkpoint;
use ouinon_domain::ids::SiteId;
use ouinon_domain::tile::{Tiles, right_edge};
use sea_orm::DatabaseTransaction;

/// Most register entries handed over at once.
const ENTRIES: u64 = 1_000;

/// What publishing works with.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// The database.
    pub storage: Storage,
    /// Signs.
    pub keys: LogKeys,
    /// Remembers.
    pub witness: Witness,
}

/// What is about to be published of a site.
struct Draft {
    head: Head,
    note: String,
    entries: Vec<Entry>,
}

impl Publisher {
    /// Publishes what the logs of these sites have become, as far as no other server does. A site
    /// that cannot be published keeps no other waiting; how many could not is the answer.
    pub async fn publish(&self, sites: &[SiteId]) -> Result<usize, Error> {
        let tx = self.storage.write().await?;
        let mut heads = log::claim(&tx, sites).await?;
        heads.retain(Head::is_behind);
        let behind = heads.len();
        let drafts = self.sign(&tx, heads).await?;
        let handed_over = join_all(drafts.into_iter().map(|draft| self.hand_over(draft))).await;
        let mut published = 0;
        for draft in handed_over.into_iter().flatten() {
            log::published(&tx, &draft.head, &draft.note).await?;
            published += 1;
        }
        tx.commit().await?;
        Ok(behind - published)
    }

    /// Signs the heads that are what the stored tiles make.
    async fn sign(&self, tx: &DatabaseTransaction, heads: Vec<Head>) -> Result<Vec<Draft>, Error> {
        let names: Vec<SiteId> = heads.iter().map(|head| head.site.clone()).collect();
        let origins = sites::log_origins(tx, &names).await?;
        let edges = heads.iter().map(|head| (head.site.clone(), right_edge(head.size))).collect();
        let stored = log::tiles_of(tx, &edges).await?;
        let mut drafts = Vec::with_capacity(heads.len());
        for head in heads {
            let tiles = stored.get(&head.site).map(|stored| &stored.tiles);
            let root = tiles.unwrap_or(&Tiles::default()).root(head.size);
            let origin = origins.get(&head.site).filter(|_| root == Some(head.root));
            let Some(origin) = origin else {
                let site = &head.site;
                tracing::error!(%site, "the log is not what its stored tiles make; run `ouinon verify`");
                continue;
            };
            let checkpoint =
                Checkpoint { origin: origin.clone(), size: head.size, root: head.root };
            let note = self.keys.of(origin)?.checkpoint(&checkpoint);
            let entries = new_entries(tx, &head).await?;
            drafts.push(Draft { head, note, entries });
        }
        Ok(drafts)
    }

    /// Gives the witness a draft; `None` where it does not take it.
    async fn hand_over(&self, mut draft: Draft) -> Option<Draft> {
        let site = &draft.head.site;
        let kept = self.witness.keep(site, &draft.note, &draft.entries).await;
        kept.inspect_err(|error| tracing::error!(error, %site, "a checkpoint waits")).ok()?;
        draft.head.register_published += draft.entries.len() as u64;
        Some(draft)
    }
}

/// The register entries the witness does not have yet.
async fn new_entries(tx: &DatabaseTransaction, head: &Head) -> Result<Vec<Entry>, Error> {
    if head.register_published == head.register_size {
        return Ok(Vec::new());
    }
    let rows = register::from(tx, &head.site, head.register_published, ENTRIES).await?;
    rows.iter().map(Entry::read).collect()
}
