//! Proofs anyone can check: that a record stands in the log, that a later log extends an earlier
//! one. Only what was published can be proven: sizes up to the last checkpoint.

use crate::error::Error;
use crate::storage::Storage;
use crate::storage::log::{self, Head, Stored};
use ouinon_domain::checkpoint::Checkpoint;
use ouinon_domain::ids::{RecordId, SiteId};
use ouinon_domain::leaf;
use ouinon_domain::merkle::{self, Hash};
use ouinon_domain::tile::{TileId, WIDTH, for_consistency, for_inclusion};
use std::collections::BTreeSet;

/// That a leaf stands at a place of a tree.
#[derive(Clone, Debug)]
pub struct Inclusion {
    /// Its place, from 0.
    pub index: u64,
    /// Leaves in the tree.
    pub size: u64,
    /// The leaf.
    pub leaf: Vec<u8>,
    /// RFC 9162 section 2.1.3.
    pub proof: Vec<Hash>,
}

/// The site's last published checkpoint: its head and the signed note.
pub async fn published(storage: &Storage, site: &SiteId) -> Result<(Head, u64, String), Error> {
    let head = log::head(&storage.db(), site).await?.ok_or(Error::NotFound("no such site"))?;
    match (head.published, head.checkpoint.clone()) {
        (Some(size), Some(note)) => Ok((head, size, note)),
        _ => Err(Error::NotMerged),
    }
}

/// Proves that a record stands in the log of `size` leaves.
pub async fn inclusion(
    storage: &Storage,
    site: &SiteId,
    record: RecordId,
    size: u64,
) -> Result<Inclusion, Error> {
    let position = log::positions(&storage.db(), site, [record]).await?;
    let index = position.get(&record).copied().filter(|index| *index < size);
    let index = index.ok_or(Error::NotMerged)?;
    let own = TileId::of_leaf(index);
    let names = for_inclusion(index, size).into_iter().chain([own]);
    let stored = log::tiles(&storage.db(), site, names).await?;
    let broken = || Error::Internal(format!("the tiles of site {site} do not prove {record}"));
    let proof = stored.tiles.inclusion(index, size).ok_or_else(broken)?;
    let leaf = leaf_at(&stored, index).ok_or_else(broken)?.to_vec();
    Ok(Inclusion { index, size, leaf, proof })
}

/// Proves that the log of `second` leaves extends that of `first`.
pub async fn consistency(
    storage: &Storage,
    site: &SiteId,
    first: u64,
    second: u64,
) -> Result<Vec<Hash>, Error> {
    if first == 0 {
        return Ok(Vec::new());
    }
    let stored = log::tiles(&storage.db(), site, for_consistency(first, second)).await?;
    stored.tiles.consistency(first, second).ok_or_else(|| {
        Error::Internal(format!("the tiles of site {site} do not prove {first} to {second}"))
    })
}

/// The leaves from a place up to another.
pub async fn leaves(
    storage: &Storage,
    site: &SiteId,
    from: u64,
    to: u64,
) -> Result<Vec<Vec<u8>>, Error> {
    let names: BTreeSet<TileId> = (from..to).map(TileId::of_leaf).collect();
    let stored = log::tiles(&storage.db(), site, names).await?;
    let leaf = |index| {
        let missing = || Error::Internal(format!("leaf {index} of site {site} is not stored"));
        leaf_at(&stored, index).map(<[u8]>::to_vec).ok_or_else(missing)
    };
    (from..to).map(leaf).collect()
}

/// A leaf among those of stored tiles.
fn leaf_at(stored: &Stored, index: u64) -> Option<&[u8]> {
    let place = usize::try_from(index).ok()? % WIDTH;
    stored.leaves.get(&TileId::of_leaf(index))?.chunks(leaf::LEN).nth(place)
}

/// Whether a log at its head extends a checkpoint that was made of it earlier.
pub async fn extends(storage: &Storage, head: &Head, earlier: &Checkpoint) -> Result<bool, Error> {
    if earlier.size == 0 || earlier.size >= head.size {
        let same = earlier.size == head.size && earlier.root == head.root;
        return Ok(same || (earlier.size == 0 && earlier.root == merkle::empty_root()));
    }
    let names = for_consistency(earlier.size, head.size);
    let stored = log::tiles(&storage.db(), &head.site, names).await?;
    let proof = stored.tiles.consistency(earlier.size, head.size);
    Ok(proof.is_some_and(|proof| {
        merkle::verify_consistency(earlier.size, head.size, &earlier.root, &head.root, &proof)
    }))
}
