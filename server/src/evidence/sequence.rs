//! The sequencer's step: gives waiting leaves their place in the log. Any server may take it; a
//! site's head, locked, says who does. All of a step is one transaction: the leaves leave the queue
//! where they enter the tree, so that a kill at any moment loses and repeats nothing.

use crate::clock::Clock;
use crate::error::Error;
use crate::storage::Storage;
use crate::storage::log::{self, Head, Waiting};
use ouinon_domain::ids::{RecordId, SiteId};
use ouinon_domain::merkle::{Hash, leaf_hash};
use ouinon_domain::tile::{TileId, Tiles, right_edge};
use ouinon_domain::time::Timestamp;
use sea_orm::ConnectionTrait;
use std::collections::HashMap;

/// Most leaves of a site in one transaction.
pub const MOST: u64 = 4_096;

/// What a step did.
#[derive(Debug, Default)]
pub struct Merged {
    /// Leaves that have their place now.
    pub leaves: u64,
    /// When the record of the oldest of them was given.
    pub oldest: Option<Timestamp>,
    /// Whether a site has more leaves waiting than a step takes.
    pub more: bool,
}

/// Gives the waiting leaves of sites their places, as far as no other server does.
pub async fn integrate(
    storage: &Storage,
    clock: &Clock,
    sites: &[SiteId],
) -> Result<Merged, Error> {
    let tx = storage.write().await?;
    let mut merged = Merged::default();
    for head in log::claim(&tx, sites).await? {
        let waiting = log::waiting(&tx, &head.site, MOST).await?;
        if !waiting.is_empty() {
            extend(&tx, &head, &waiting, Timestamp(clock.now())).await?;
        }
        merged.leaves += waiting.len() as u64;
        merged.more |= waiting.len() as u64 == MOST;
        merged.oldest = merged.oldest.into_iter().chain(waiting.first().map(|w| w.since)).min();
    }
    tx.commit().await?;
    Ok(merged)
}

async fn extend(
    db: &impl ConnectionTrait,
    head: &Head,
    waiting: &[Waiting],
    now: Timestamp,
) -> Result<(), Error> {
    let site = &head.site;
    let records: Vec<RecordId> = waiting.iter().map(|leaf| leaf.record).collect();
    let committed = log::committed(db, site, waiting).await?;
    let differs = |leaf: &&Waiting| {
        committed.get(&leaf.record).map(|own| own.as_slice()) != Some(leaf.leaf.as_slice())
    };
    if let Some(leaf) = waiting.iter().find(differs) {
        return Err(broken(
            site,
            &format!("the queued leaf of record {} is not what the record commits to", leaf.record),
        ));
    }
    let (mut tiles, mut leaves) = log::tiles(db, site, right_edge(head.size)).await?;
    if tiles.root(head.size) != Some(head.root) {
        return Err(broken(site, "the stored tiles do not make the root of its head"));
    }
    let hashes: Vec<Hash> = waiting.iter().map(|leaf| leaf_hash(&leaf.leaf)).collect();
    let changed = tiles
        .append(head.size, &hashes)
        .ok_or_else(|| broken(site, "the stored tiles do not reach its size"))?;
    for (leaf, position) in waiting.iter().zip(head.size..) {
        let tile = TileId::of_leaf(position);
        leaves.entry(tile).or_default().extend_from_slice(&leaf.leaf);
    }
    log::keep_tiles(db, site, &tiles, changed.iter().copied(), &leaves).await?;
    log::enter(db, site, head.size, &records).await?;
    let size = head.size + hashes.len() as u64;
    let root = stored_root(db, site, size, changed).await?;
    if tiles.root(size) != Some(root) {
        return Err(broken(site, "what was stored is not what was computed"));
    }
    log::advance(db, head, size, &root, now).await
}

/// The root recomputed from what is stored: what is about to be signed, not what was meant.
async fn stored_root(
    db: &impl ConnectionTrait,
    site: &SiteId,
    size: u64,
    changed: impl IntoIterator<Item = TileId>,
) -> Result<Hash, Error> {
    let names = right_edge(size).into_iter().chain(changed);
    let (tiles, leaves) = log::tiles(db, site, names).await?;
    for (name, leaves) in &leaves {
        if !agree(&tiles, *name, leaves) {
            return Err(broken(
                site,
                &format!("leaves and hashes of tile {} differ", name.position),
            ));
        }
    }
    tiles.root(size).ok_or_else(|| broken(site, "the stored tiles do not reach its size"))
}

/// Whether the leaves of a tile hash to its hashes.
pub fn agree(tiles: &Tiles, name: TileId, leaves: &[u8]) -> bool {
    let hashes = leaves.chunks(ouinon_domain::leaf::LEN).flat_map(leaf_hash);
    tiles.bytes(name).is_some_and(|bytes| bytes.into_iter().eq(hashes))
}

fn broken(site: &SiteId, what: &str) -> Error {
    Error::Internal(format!(
        "the evidence log of site {site} does not continue: {what}; run `ouinon verify --site {site}`"
    ))
}

/// Sites by the leaves of each, for one step: how many at once.
pub const SITES: usize = 32;

/// What became of sites' steps, by site, where one of a group failed: each alone, so that a broken
/// log keeps no other waiting.
pub async fn integrate_each(
    storage: &Storage,
    clock: &Clock,
    sites: &[SiteId],
) -> HashMap<SiteId, Result<Merged, Error>> {
    let mut results = HashMap::new();
    for site in sites {
        let one = integrate(storage, clock, std::slice::from_ref(site)).await;
        results.insert(site.clone(), one);
    }
    results
}
