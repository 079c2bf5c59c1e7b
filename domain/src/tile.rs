//! The tree cut into tiles, as C2SP tlog-tiles stores it: a tile of level 0 holds up to 256 leaf
//! hashes, and every full tile contributes its root as one hash to the tile above it. What is
//! between is computed again when it is needed, so a tree costs little more than its leaf hashes.

use crate::merkle::{self, Hash, Node, Nodes, node_hash};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Tree levels in a tile.
pub const HEIGHT: u8 = 8;
/// Most hashes in a tile.
pub const WIDTH: usize = 1 << HEIGHT;

/// A tile's place: its level, counted in tiles, and how many tiles lie to its left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// 0 for the tiles of leaf hashes.
    pub level: u8,
    /// 0 for the leftmost tile of the level.
    pub position: u64,
}

impl TileId {
    /// The tile that holds the hash of a leaf.
    pub fn of_leaf(index: u64) -> Self {
        Self { level: 0, position: index >> HEIGHT }
    }

    /// The tile that the node is computed from, and where its hashes begin there.
    fn of(node: Node) -> (Self, usize) {
        let height = node.level % HEIGHT;
        let id = Self { level: node.level / HEIGHT, position: node.index >> (HEIGHT - height) };
        // The low eight bits: what is left of the index within the tile.
        let [.., offset] = (node.index << height).to_be_bytes();
        (id, offset.into())
    }
}

/// How many hashes the tile has in a tree of `size` leaves; 0 where it does not exist there.
pub fn width(id: TileId, size: u64) -> usize {
    let row = size.checked_shr(u32::from(id.level) * u32::from(HEIGHT)).unwrap_or(0);
    let from_here = row.saturating_sub(id.position.saturating_mul(WIDTH as u64));
    usize::try_from(from_here).map_or(WIDTH, |hashes| hashes.min(WIDTH))
}

/// The partial tiles of a tree: all that is needed to append to it or to compute its root.
pub fn right_edge(size: u64) -> BTreeSet<TileId> {
    needed(|nodes| merkle::root(size, nodes))
}

/// The tiles that [`Tiles::inclusion`] needs.
pub fn for_inclusion(index: u64, size: u64) -> BTreeSet<TileId> {
    needed(|nodes| merkle::inclusion(index, size, nodes))
}

/// The tiles that [`Tiles::consistency`] needs.
pub fn for_consistency(first: u64, second: u64) -> BTreeSet<TileId> {
    needed(|nodes| merkle::consistency(first, second, nodes))
}

/// Which tiles a computation asks for, found by watching it run on hashes of zeros.
fn needed<T>(compute: impl FnOnce(Nodes<'_>) -> T) -> BTreeSet<TileId> {
    let tiles = RefCell::new(BTreeSet::new());
    compute(&|node| {
        tiles.borrow_mut().insert(TileId::of(node).0);
        Some([0; 32])
    });
    tiles.into_inner()
}

/// Stored bytes that are no tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotATile {
    /// Which tile they were stored as.
    pub id: TileId,
    /// How many bytes there are.
    pub length: usize,
}

impl fmt::Display for NotATile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id: TileId { level, position }, length } = self;
        write!(
            f,
            "tile {position} of level {level} has {length} bytes; a tile is 1 to {WIDTH} hashes of \
             32 bytes"
        )
    }
}

impl std::error::Error for NotATile {}

/// Some tiles of one tree, in memory: those that were read, and those that [`Tiles::append`] made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tiles(BTreeMap<TileId, Vec<Hash>>);

impl Tiles {
    /// Takes up a tile as stored.
    ///
    /// # Errors
    /// Bytes that are not 1 to 256 whole hashes.
    pub fn insert(&mut self, id: TileId, bytes: &[u8]) -> Result<(), NotATile> {
        let (hashes, rest) = bytes.as_chunks();
        if !rest.is_empty() || !(1..=WIDTH).contains(&hashes.len()) {
            return Err(NotATile { id, length: bytes.len() });
        }
        self.0.insert(id, hashes.to_vec());
        Ok(())
    }

    /// A tile as it is stored: its hashes, one after the other.
    pub fn bytes(&self, id: TileId) -> Option<Vec<u8>> {
        self.0.get(&id).map(|hashes| hashes.concat())
    }

    /// The hash of a perfect subtree; `None` unless all the hashes under it are in its tile.
    pub fn node(&self, node: Node) -> Option<Hash> {
        let (id, offset) = TileId::of(node);
        let leaves = 1 << (node.level % HEIGHT);
        perfect_root(self.0.get(&id)?.get(offset..offset + leaves)?)
    }

    /// The root of the tree of the first `size` leaves; `None` where a tile is missing.
    pub fn root(&self, size: u64) -> Option<Hash> {
        merkle::root(size, &|node| self.node(node))
    }

    /// The proof of [`merkle::inclusion`]; `None` also where a tile is missing.
    pub fn inclusion(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        merkle::inclusion(index, size, &|node| self.node(node))
    }

    /// The proof of [`merkle::consistency`]; `None` also where a tile is missing.
    pub fn consistency(&self, first: u64, second: u64) -> Option<Vec<Hash>> {
        merkle::consistency(first, second, &|node| self.node(node))
    }

    /// Appends to a tree of `size` leaves and returns the tiles that changed, of all levels.
    /// `None`, with nothing changed, where these are not the tiles of such a tree: one of the
    /// [`right_edge`] is missing, or any has another width than it must have.
    pub fn append(&mut self, size: u64, leaf_hashes: &[Hash]) -> Option<BTreeSet<TileId>> {
        let complete = right_edge(size).iter().all(|id| self.0.contains_key(id));
        let agree = self.0.iter().all(|(id, hashes)| hashes.len() == width(*id, size));
        if !complete || !agree {
            return None;
        }
        let mut changed = BTreeSet::new();
        for (index, hash) in (size..).zip(leaf_hashes) {
            self.push(0, index, *hash, &mut changed);
        }
        Some(changed)
    }

    /// Puts the hash at the end of its row, and the root of the tile it fills into the row above.
    fn push(&mut self, level: u8, index: u64, hash: Hash, changed: &mut BTreeSet<TileId>) {
        let position = index / WIDTH as u64;
        let id = TileId { level, position };
        let hashes = self.0.entry(id).or_default();
        hashes.push(hash);
        changed.insert(id);
        if hashes.len() == WIDTH
            && let Some(root) = perfect_root(hashes)
        {
            self.push(level + 1, position, root, changed);
        }
    }
}

/// The root over hashes whose number is a power of two; `None` of none.
pub fn perfect_root(hashes: &[Hash]) -> Option<Hash> {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.as_chunks().0.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    row.pop()
}
