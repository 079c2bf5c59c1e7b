//! The sequencer's step: gives waiting leaves their place in the log. Any server may take it; a
//! site's head, locked, says who does. All of a step is one transaction: the leaves leave the queue
//! where they enter the tree, so that a kill at any moment loses and repeats nothing.

use crate::error::Error;
use crate::storage::Storage;
use crate::storage::hot;
use crate::storage::log::{self, Head, Move, Own, Placed, Queues, Stored, Waiting};
use ouinon_domain::ids::SiteId;
use ouinon_domain::leaf;
use ouinon_domain::merkle::{Hash, leaf_hash};
use ouinon_domain::tile::{TileId, Tiles, right_edge};
use ouinon_domain::time::Timestamp;
use sea_orm::ConnectionTrait;
use std::collections::BTreeSet;

/// Most leaves in one transaction.
const MOST: u64 = 4_096;
/// Sites whose leaves are given their places together.
pub const SITES: usize = 32;

/// What a step did.
#[derive(Debug, Default)]
pub struct Merged {
    /// Leaves that have their place now.
    pub leaves: u64,
    /// When the record of the oldest of them was given.
    pub oldest: Option<Timestamp>,
    /// Whether more leaves wait than a step takes.
    pub more: bool,
}

/// Gives the waiting leaves of sites their places, as far as no other server does.
pub async fn integrate(storage: &Storage, sites: &[SiteId]) -> Result<Merged, Error> {
    let tx = storage.write_briefly().await?;
    let mut heads = log::claim(&tx, sites).await?;
    let claimed: Vec<SiteId> = heads.iter().map(|head| head.site.clone()).collect();
    if claimed.is_empty() {
        return Ok(Merged::default());
    }
    let queues = log::waiting(&tx, &claimed, MOST).await?;
    heads.retain(|head| queues.contains_key(&head.site));
    if heads.is_empty() {
        return Ok(Merged::default());
    }
    let placed = extend(&tx, &heads, &queues).await?;
    tx.commit().await?;
    // By itself, so that no visitor's row is held while a server that works on a log stands still. What
    // is not noted is looked up.
    if let Err(error) = hot::note_places(&storage.db(), &placed).await {
        tracing::warn!(%error, "places are not noted where visitors stand: decisions look them up");
    }
    let leaves = queues.values().map(|queue| queue.len() as u64).sum();
    let oldest = queues.values().filter_map(|queue| queue.first()).map(|leaf| leaf.since).min();
    Ok(Merged { leaves, oldest, more: leaves == MOST })
}

async fn extend(
    db: &impl ConnectionTrait,
    heads: &[Head],
    queues: &Queues,
) -> Result<Vec<Placed>, Error> {
    let own = log::committed(db, queues).await?;
    check_leaves(queues, &own)?;
    let edges = heads.iter().map(|head| (head.site.clone(), right_edge(head.size))).collect();
    let mut stored = log::tiles_of(db, &edges).await?;
    let mut grown = Vec::with_capacity(heads.len());
    for head in heads {
        let tiles = stored.remove(&head.site).unwrap_or_default();
        grown.push(Grown::from(head, tiles, &queues[&head.site])?);
    }
    let changes = grown.iter().map(|one| (&one.head.site, &one.stored, &one.changed));
    log::keep_tiles(db, changes).await?;
    let placed = log::enter(db, heads, queues, &own).await?;
    // What is about to be signed is what was stored, not what was meant.
    let names = grown.iter().map(|one| (one.head.site.clone(), one.needed())).collect();
    let read_back = log::tiles_of(db, &names).await?;
    let moves = grown.iter().map(|one| {
        let root = one.confirm(read_back.get(&one.head.site))?;
        Ok(Move { from: one.head, to: one.size, root, newest: one.newest })
    });
    log::advance(db, &moves.collect::<Result<Vec<_>, Error>>()?).await?;
    Ok(placed)
}

/// A queued leaf is what its record commits to, or somebody wrote into the queue.
fn check_leaves(queues: &Queues, own: &Own) -> Result<(), Error> {
    for (site, queue) in queues {
        for leaf in queue {
            let committed = own.get(&(site.clone(), leaf.record)).map(|(_, leaf)| leaf.as_slice());
            if committed != Some(leaf.leaf.as_slice()) {
                let what = format!("the queued leaf of record {} is not the record's", leaf.record);
                return Err(broken(site, &what));
            }
        }
    }
    Ok(())
}

/// A log with its new leaves, not stored yet.
struct Grown<'a> {
    head: &'a Head,
    stored: Stored,
    changed: BTreeSet<TileId>,
    size: u64,
    /// The time of its last leaf.
    newest: Timestamp,
}

impl<'a> Grown<'a> {
    fn from(head: &'a Head, mut stored: Stored, queue: &[Waiting]) -> Result<Self, Error> {
        if stored.tiles.root(head.size) != Some(head.root) {
            return Err(broken(&head.site, "the stored tiles do not make the root of its head"));
        }
        let hashes: Vec<Hash> = queue.iter().map(|leaf| leaf_hash(&leaf.leaf)).collect();
        let changed = stored.tiles.append(head.size, &hashes);
        let changed =
            changed.ok_or_else(|| broken(&head.site, "the stored tiles do not reach its size"))?;
        for (leaf, index) in queue.iter().zip(head.size..) {
            stored.leaves.entry(TileId::of_leaf(index)).or_default().extend_from_slice(&leaf.leaf);
        }
        let newest = queue.last().map_or(Timestamp::default(), |leaf| leaf.since);
        Ok(Self { head, stored, changed, size: head.size + hashes.len() as u64, newest })
    }

    /// The tiles that show whether it was stored.
    fn needed(&self) -> BTreeSet<TileId> {
        right_edge(self.size).into_iter().chain(self.changed.iter().copied()).collect()
    }

    /// The root recomputed from the bytes read back, if they are those that were meant.
    fn confirm(&self, read_back: Option<&Stored>) -> Result<Hash, Error> {
        let root = read_back.and_then(|stored| {
            let sound =
                stored.leaves.iter().all(|(name, leaves)| agree(&stored.tiles, *name, leaves));
            stored.tiles.root(self.size).filter(|_| sound)
        });
        root.filter(|root| self.stored.tiles.root(self.size) == Some(*root))
            .ok_or_else(|| broken(&self.head.site, "what was stored is not what was computed"))
    }
}

/// Whether the leaves of a tile hash to its hashes.
pub fn agree(tiles: &Tiles, name: TileId, leaves: &[u8]) -> bool {
    let hashes = leaves.chunks(leaf::LEN).flat_map(leaf_hash);
    tiles.bytes(name).is_some_and(|bytes| bytes.into_iter().eq(hashes))
}

fn broken(site: &SiteId, what: &str) -> Error {
    Error::Internal(format!(
        "the evidence log of site {site} does not continue: {what}; run `ouinon verify --site {site}`"
    ))
}
