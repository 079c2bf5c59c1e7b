//! Trees kept as tiles against `ct-merkle`, another implementation of RFC 6962, and against
//! themselves: however a tree was appended to, and with only the tiles loaded that are said to be
//! needed.
#![cfg(feature = "full")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must fail, loudly")]

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ouinon_domain::merkle::{self, Hash, Node, leaf_hash};
use ouinon_domain::tile::{self, TileId, Tiles, WIDTH};
use proptest::prelude::*;
use sha2::Sha256;
use std::collections::BTreeSet;

type Oracle = MemoryBackedTree<Sha256, [u8; 8]>;

/// The hashes of the leaves `from` up to `to`; each leaf is its number.
fn leaves(from: u64, to: u64) -> Vec<Hash> {
    (from..to).map(|index| leaf_hash(&index.to_be_bytes())).collect()
}

fn tree(size: u64) -> Tiles {
    let mut tiles = Tiles::default();
    tiles.append(0, &leaves(0, size)).unwrap();
    tiles
}

fn grow(oracle: &mut Oracle, size: u64) {
    (oracle.len()..size).for_each(|index| oracle.push(index.to_be_bytes()));
}

/// Only these tiles, through their stored bytes.
fn reloaded(tiles: &Tiles, ids: &BTreeSet<TileId>) -> Tiles {
    let mut loaded = Tiles::default();
    for id in ids {
        loaded.insert(*id, &tiles.bytes(*id).unwrap()).unwrap();
    }
    loaded
}

/// The root, and the proofs about one leaf and one older tree, of the tree that the oracle is at,
/// from tiles that may be of a longer tree.
fn agrees(tiles: &Tiles, oracle: &Oracle, index: u64, first: u64) {
    let size = oracle.len();
    let root = reloaded(tiles, &tile::right_edge(size)).root(size).unwrap();
    assert_eq!(root[..], oracle.root().as_bytes()[..], "root of {size}");

    if index < size {
        let tiles = reloaded(tiles, &tile::for_inclusion(index, size));
        let proof = tiles.inclusion(index, size).unwrap();
        let expected = oracle.prove_inclusion(usize::try_from(index).unwrap());
        assert_eq!(proof.concat(), expected.as_bytes(), "leaf {index} of {size}");
        let leaf = leaf_hash(&index.to_be_bytes());
        assert!(merkle::verify_inclusion(index, size, &leaf, &proof, &root), "{index} of {size}");
    }
    if (1..=size).contains(&first) {
        let first_root = tiles.root(first).unwrap();
        let tiles = reloaded(tiles, &tile::for_consistency(first, size));
        let proof = tiles.consistency(first, size).unwrap();
        let expected = oracle.prove_consistency(usize::try_from(size - first).unwrap());
        assert_eq!(proof.concat(), expected.as_bytes(), "from {first} to {size}");
        assert!(
            merkle::verify_consistency(first, size, &first_root, &root, &proof),
            "from {first} to {size}"
        );
    }
}

/// Sizes at which a tile is full, and one above it begins or grows.
const BOUNDARIES: [u64; 6] = [1, 256, 512, 1024, 65_536, 65_792];

#[test]
fn trees_around_full_tiles_agree_with_ct_merkle() {
    let longest = tree(66_000);
    let mut oracle = Oracle::new();
    for boundary in BOUNDARIES {
        for size in boundary - 1..=boundary + 2 {
            grow(&mut oracle, size);
            for at in [0, 1, 255, 256, 257, 65_535, 65_536, size.saturating_sub(1), size] {
                agrees(&longest, &oracle, at, at);
            }
        }
    }
}

#[test]
fn a_tile_has_the_width_that_the_tree_gives_it() {
    let id = |level, position| TileId { level, position };
    for (tile, size, width) in [
        (id(0, 0), 0, 0),
        (id(0, 0), 255, 255),
        (id(0, 0), 256, 256),
        (id(0, 0), 257, 256),
        (id(0, 1), 256, 0),
        (id(0, 1), 257, 1),
        (id(1, 0), 255, 0),
        (id(1, 0), 256, 1),
        (id(1, 0), 65_535, 255),
        (id(2, 0), 65_536, 1),
        (id(7, 0), u64::MAX, 255),
        (id(8, 0), u64::MAX, 0),
        (id(255, u64::MAX), u64::MAX, 0),
    ] {
        assert_eq!(tile::width(tile, size), width, "{tile:?} of {size}");
    }
    let tiles = tree(66_000);
    for (tile, width) in [(id(0, 257), 208), (id(1, 1), 1), (id(2, 0), 1)] {
        assert_eq!(tiles.bytes(tile).unwrap().len(), 32 * width, "{tile:?}");
    }
    assert_eq!(tile::right_edge(66_000), [id(0, 257), id(1, 1), id(2, 0)].into());
    assert_eq!(tile::right_edge(65_536), [id(2, 0)].into());
    assert_eq!(tile::right_edge(0), [].into());
}

#[test]
fn bytes_that_are_no_tile_are_refused() {
    let id = TileId { level: 0, position: 3 };
    let mut tiles = Tiles::default();
    for length in [0, 31, 33, 32 * WIDTH + 32] {
        assert_eq!(tiles.insert(id, &vec![0; length]).unwrap_err().length, length);
        assert_eq!(tiles.bytes(id), None);
    }
    for length in [32, 32 * WIDTH] {
        assert_eq!(tiles.insert(id, &vec![7; length]), Ok(()));
        assert_eq!(tiles.bytes(id), Some(vec![7; length]));
    }
}

#[test]
fn a_node_is_there_once_all_its_leaves_are() {
    let tiles = tree(260);
    let alone = |from, to| {
        let mut tiles = Tiles::default();
        tiles.append(0, &leaves(from, to)).unwrap();
        tiles.root(to - from)
    };
    assert_eq!(tiles.node(Node { level: 2, index: 64 }), alone(256, 260));
    assert_eq!(tiles.node(Node { level: 3, index: 32 }), None);
    assert_eq!(tiles.node(Node { level: 8, index: 0 }), alone(0, 256));
    assert_eq!(tiles.node(Node { level: 255, index: u64::MAX }), None);
}

#[test]
fn tiles_of_another_size_are_not_appended_to() {
    let full = tree(600);
    for size in [0, 1, 599, 601, 512, 768] {
        let mut tiles = full.clone();
        assert_eq!(tiles.append(size, &leaves(600, 601)), None, "as {size}");
        assert_eq!(tiles, full, "nothing changed");
    }
    for id in tile::right_edge(600) {
        let mut others = tile::right_edge(600);
        others.remove(&id);
        assert_eq!(reloaded(&full, &others).append(600, &[]), None, "without {id:?}");
    }
}

/// How many leaves to append at a time.
fn chunks() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(prop_oneof![0..20_u64, 0..300_u64, Just(256)], 1..6)
}

/// All the tiles that a tree of this size can have, and some that it cannot.
fn tiles_up_to(size: u64) -> impl Iterator<Item = TileId> {
    let row = move |level| (0..=size / 256).map(move |position| TileId { level, position });
    (0..3).flat_map(row)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_trees_agree_with_ct_merkle(
        size in 0..=600_u64,
        more in 0..=300_u64,
        index: prop::sample::Index,
        first: prop::sample::Index,
    ) {
        let mut oracle = Oracle::new();
        grow(&mut oracle, size);
        let any = |at: prop::sample::Index| at.index(usize::try_from(size + 1).unwrap()) as u64;
        agrees(&tree(size + more), &oracle, any(index), any(first));
    }

    #[test]
    fn appending_in_chunks_equals_appending_at_once(chunks in chunks()) {
        let (mut whole, mut size) = (Tiles::default(), 0);
        for chunk in chunks {
            let before = whole.clone();
            let added = leaves(size, size + chunk);
            let changed = whole.append(size, &added).unwrap();

            // With nothing loaded but the right edge, the same tiles come out.
            let mut edge = reloaded(&before, &tile::right_edge(size));
            prop_assert_eq!(edge.append(size, &added), Some(changed.clone()));
            size += chunk;
            prop_assert_eq!(edge.root(size), whole.root(size));
            for id in tiles_up_to(size) {
                let bytes = whole.bytes(id);
                prop_assert_eq!(bytes.as_ref().map_or(0, Vec::len), 32 * tile::width(id, size));
                prop_assert_eq!(changed.contains(&id), bytes != before.bytes(id));
                prop_assert!(!changed.contains(&id) || bytes == edge.bytes(id));
            }
        }
        prop_assert_eq!(whole, tree(size));
    }
}
