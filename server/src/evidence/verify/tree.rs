//! The tree, recomputed from the stored leaves: their hashes, every tile above them, and the roots
//! that were signed. Reads the leaves once, in order.

use super::fingerprint::Fingerprint;
use super::register::Register;
use super::report::{Finding, Findings};
use crate::error::Error;
use crate::storage::entity::log_tile;
use crate::storage::snapshot;
use ouinon_domain::ids::SiteId;
use ouinon_domain::leaf;
use ouinon_domain::merkle::{Hash, leaf_hash};
use ouinon_domain::tile::{TileId, Tiles, WIDTH, perfect_root, right_edge, width};
use sea_orm::ConnectionTrait;
use std::collections::{BTreeSet, HashMap};

/// Tiles read at once; one of leaves has up to 17 kB.
const PAGE: u64 = 64;

/// What the leaves amount to.
#[derive(Debug, Default)]
pub struct Tree {
    /// The roots at the sizes that were asked for, as far as the leaves reach.
    pub roots: HashMap<u64, Hash>,
    /// The leaves at their places, those of retired records left out.
    pub leaves: Fingerprint,
}

/// The tree as far as it is recomputed.
struct Growing<'a> {
    size: u64,
    register: &'a Register,
    key: &'a [u8; 32],
    /// The hashes in the rows of tiles above the leaves, lowest first.
    rows: Vec<Vec<Hash>>,
    /// Tiles that the roots need.
    needed: BTreeSet<TileId>,
    tiles: Tiles,
    leaves: Fingerprint,
}

/// Recomputes the tree of a log that says it has `size` leaves; `key` is the fingerprint's.
pub async fn check(
    db: &impl ConnectionTrait,
    site: &SiteId,
    size: u64,
    asked: &[u64],
    (register, key): (&Register, &[u8; 32]),
    findings: &mut Findings,
) -> Result<Tree, Error> {
    let sizes = asked.iter().filter(|asked| **asked <= size);
    let needed = sizes.clone().flat_map(|size| right_edge(*size)).collect();
    let (tiles, leaves) = (Tiles::default(), Fingerprint::default());
    let mut growing = Growing { size, register, key, rows: Vec::new(), needed, tiles, leaves };
    let (mut expected, mut last) = (0, None);
    loop {
        let rows = findings.readable(snapshot::tiles(db, site, false, last, PAGE).await?);
        let Some(end) = rows.last() else { break };
        last = Some((end.level, end.position));
        for row in &rows {
            if let Err((field, why)) = growing.leaves_of(row, expected) {
                let detail = format!("tile {} of the leaves {why}", row.position);
                findings.add(Finding::new("log_tile", detail).at(field));
            }
            expected += 1;
        }
    }
    let whole = size.div_ceil(WIDTH as u64);
    if u64::try_from(expected).is_ok_and(|found| found < whole) {
        let detail = format!("the log has {size} leaves, and {expected} of {whole} tiles of them");
        findings.add(Finding::new("log_tile", detail));
    }
    growing.compare(db, site, findings).await?;
    let roots = sizes.filter_map(|size| Some((*size, growing.tiles.root(*size)?))).collect();
    Ok(Tree { roots, leaves: growing.leaves })
}

impl Growing<'_> {
    /// Takes up the next tile of leaves.
    fn leaves_of(
        &mut self,
        row: &log_tile::Model,
        expected: i64,
    ) -> Result<(), (&'static str, &'static str)> {
        let position = u64::try_from(row.position).map_err(|_| ("position", "has no place"))?;
        let id = TileId { level: 0, position };
        if row.position != expected {
            return Err(("position", "does not follow the one before"));
        }
        let stored = row.leaves.as_deref().unwrap_or_default();
        let (leaves, rest) = stored.as_chunks::<{ leaf::LEN }>();
        let wide = width(id, self.size);
        if !rest.is_empty() || leaves.len() != wide {
            return Err(("leaves", "has another number of leaves than the log's size asks for"));
        }
        let first = position * WIDTH as u64;
        let hashes: Vec<Hash> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
        for (leaf, place) in leaves.iter().zip(first..) {
            if !self.register.is_retired(place) {
                self.leaves.add(self.key, place, leaf);
            }
        }
        let bytes = hashes.concat();
        if self.needed.contains(&id) {
            let _ = self.tiles.insert(id, &bytes);
        }
        if let Some(root) = perfect_root(&hashes).filter(|_| hashes.len() == WIDTH) {
            self.push(0, root);
        }
        match row.hashes == bytes {
            true => Ok(()),
            false => Err(("hashes", "has other hashes than its leaves")),
        }
    }

    /// Puts the root of a full tile into the row above it.
    fn push(&mut self, row: usize, root: Hash) {
        if self.rows.len() == row {
            self.rows.push(Vec::new());
        }
        self.rows[row].push(root);
        if self.rows[row].len().is_multiple_of(WIDTH) {
            let full = self.rows[row].len() - WIDTH;
            if let Some(root) = perfect_root(&self.rows[row][full..]) {
                self.push(row + 1, root);
            }
        }
    }

    /// Compares the stored tiles above the leaves with the recomputed ones.
    async fn compare(
        &mut self,
        db: &impl ConnectionTrait,
        site: &SiteId,
        findings: &mut Findings,
    ) -> Result<(), Error> {
        let mut own = HashMap::new();
        for (level, row) in (1..).zip(&self.rows) {
            for (position, hashes) in (0..).zip(row.chunks(WIDTH)) {
                let bytes = hashes.concat();
                let _ = self.tiles.insert(TileId { level, position }, &bytes);
                own.insert((i64::from(level), position as i64), bytes);
            }
        }
        let mut last = None;
        loop {
            let rows = findings.readable(snapshot::tiles(db, site, true, last, PAGE).await?);
            let Some(end) = rows.last() else { break };
            last = Some((end.level, end.position));
            for row in rows {
                let (field, why) = match own.remove(&(row.level, row.position)) {
                    Some(bytes) if bytes == row.hashes && row.leaves.is_none() => continue,
                    Some(bytes) if bytes == row.hashes => ("leaves", "holds leaves"),
                    Some(_) => ("hashes", "does not follow from the tiles below it"),
                    None => ("position", "is not of this tree"),
                };
                let detail = format!("tile {} of level {} {why}", row.position, row.level);
                findings.add(Finding::new("log_tile", detail).at(field));
            }
        }
        for (level, position) in own.keys() {
            let detail = format!("tile {position} of level {level} is missing");
            findings.add(Finding::new("log_tile", detail));
        }
        Ok(())
    }
}
