//! Publishing: what a log has durably become is signed, handed to every keeper of the witness, and
//! only then shown to anyone. No row is locked meanwhile: a witness that is slow or gone keeps
//! nothing waiting but the checkpoint. A turn, one server's at a time, keeps checkpoints in order.

use super::compare::Log;
use super::distrust::{Distrust, Reason, Why};
use super::log_keys::{LogKey, LogKeys};
use super::witness::{Trouble, Witness};
use crate::error::Error;
use crate::storage::dialect::turns::PublishTurn;
use crate::storage::log::{self, Head};
use crate::storage::{Storage, sites, write};
use futures_util::future::join_all;
use ouinon_domain::checkpoint::Checkpoint;
use ouinon_domain::ids::SiteId;
use ouinon_domain::tile::{Tiles, right_edge};

/// What publishing works with.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// The database.
    pub storage: Storage,
    /// Signs.
    pub keys: LogKeys,
    /// Remembers.
    pub witness: Witness,
    /// The logs that are not believed, and so not published.
    pub distrust: Distrust,
}

/// What is about to be published of a site.
struct Draft {
    head: Head,
    key: LogKey,
    note: String,
}

impl Publisher {
    /// Publishes what the logs of these sites have become, as far as no other server does. A site
    /// that cannot be published keeps no other waiting; how many could not is the answer.
    pub async fn publish(&self, sites: &[SiteId]) -> Result<usize, Error> {
        let turn = PublishTurn::take(&self.storage, sites).await?;
        let mut heads = log::heads_of(&self.storage.db(), &turn.sites).await?;
        heads.retain(Head::is_behind);
        let failed = self.hand_over_and_note(heads).await;
        turn.end().await;
        failed
    }

    /// Publishes these sites' logs also where nothing is new, for keepers that lack some of it; how
    /// many could not be is the answer. The caller has their turn.
    pub async fn bring_up(&self, sites: &[SiteId]) -> Result<usize, Error> {
        let heads = log::heads_of(&self.storage.db(), sites).await?;
        self.hand_over_and_note(heads).await
    }

    /// The signed checkpoint of a site's log as it is; `None` where its tiles do not make its root.
    pub async fn draft(&self, site: &SiteId) -> Result<Option<String>, Error> {
        let heads = log::heads_of(&self.storage.db(), std::slice::from_ref(site)).await?;
        Ok(self.sign(heads).await?.pop().map(|draft| draft.note))
    }

    async fn hand_over_and_note(&self, heads: Vec<Head>) -> Result<usize, Error> {
        let all = heads.len();
        let drafts = self.sign(heads).await?;
        let handed = join_all(drafts.into_iter().map(|draft| self.hand_over(draft))).await;
        let published: Vec<Draft> = handed.into_iter().flatten().collect();
        if !published.is_empty() {
            let noted = published.iter().map(|draft| (&draft.head, draft.note.as_str()));
            log::published(&self.storage.db(), noted).await?;
        }
        Ok(all - published.len())
    }

    /// Signs the heads that are what the stored tiles make.
    async fn sign(&self, heads: Vec<Head>) -> Result<Vec<Draft>, Error> {
        let db = &self.storage.db();
        let names: Vec<SiteId> = heads.iter().map(|head| head.site.clone()).collect();
        let mut origins = sites::log_origins(db, &names).await?;
        let edges = heads.iter().map(|head| (head.site.clone(), right_edge(head.size))).collect();
        let stored = log::tiles_of(db, &edges).await?;
        let mut drafts = Vec::with_capacity(heads.len());
        for head in heads {
            let tiles = stored.get(&head.site).map(|stored| &stored.tiles);
            let root = tiles.unwrap_or(&Tiles::default()).root(head.size);
            let origin = origins.remove(&head.site).filter(|_| root == Some(head.root));
            let Some(origin) = origin else {
                let site = &head.site;
                tracing::error!(%site, "the log is not what its stored tiles make; run `ouinon verify`");
                continue;
            };
            let key = self.keys.of(&origin)?;
            let note = key.checkpoint(&Checkpoint { origin, size: head.size, root: head.root });
            drafts.push(Draft { head, key, note });
        }
        Ok(drafts)
    }

    /// Gives every keeper a draft; `None` where one does not take it: not published until all have
    /// it (docs/adr/0012).
    async fn hand_over(&self, mut draft: Draft) -> Option<Draft> {
        let site = &draft.head.site;
        let log = Log { storage: &self.storage, key: &draft.key, site };
        let keepers = self.witness.keepers();
        let given = keepers.iter().map(|keeper| log.keep(keeper, &draft.head, &draft.note));
        let mut taken = true;
        for (keeper, result) in keepers.iter().zip(join_all(given).await) {
            let Err(trouble) = result else { continue };
            taken = false;
            tracing::error!(%trouble, %keeper, %site, "a checkpoint waits for its witness");
            if let Trouble::Contradicts(why) = trouble {
                let epoch = write::epoch(&self.storage.db(), site).await.ok().flatten();
                let (why, epoch) = (Why::Contradicted(why), epoch.unwrap_or_default());
                self.distrust.note(site, Some(Reason { why, epoch }));
            }
        }
        draft.head.register_published = draft.head.register_size;
        taken.then_some(draft)
    }
}
