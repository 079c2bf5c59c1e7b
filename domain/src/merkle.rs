//! The Merkle tree of RFC 6962 and RFC 9162: hashes, and proofs that a leaf is in a tree and that
//! a tree grew from an older one. Proofs are made from the hashes of perfect subtrees, which never
//! change once they are full; where those are kept is the caller's (`tile.rs`).

use crate::canonical::sha256;
use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// A perfect subtree: the `2^level` leaves from `index · 2^level` on. Level 0 is the leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// The height of the subtree.
    pub level: u8,
    /// How many subtrees of this height lie to its left.
    pub index: u64,
}

/// Where the hashes of perfect subtrees come from; `None` for one that is not at hand.
pub type Nodes<'a> = &'a dyn Fn(Node) -> Option<Hash>;

/// A leaf's hash, SHA-256(0x00 ‖ leaf) (RFC 9162 section 2.1.1).
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(leaf).finalize().into()
}

/// The hash of two subtrees side by side, SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the tree without leaves, SHA-256 of nothing.
pub fn empty_root() -> Hash {
    sha256(b"")
}

/// The root of the tree of the first `size` leaves; `None` where a node is not at hand.
pub fn root(size: u64, nodes: Nodes<'_>) -> Option<Hash> {
    if size == 0 { Some(empty_root()) } else { subtree(0, size, nodes) }
}

/// The proof that leaf `index` is in the tree of the first `size` leaves (RFC 9162 section
/// 2.1.3.1). `None` where the tree has no such leaf or a node is not at hand.
pub fn inclusion(index: u64, size: u64, nodes: Nodes<'_>) -> Option<Vec<Hash>> {
    if index >= size {
        return None;
    }
    // Down from the root to the leaf, noting the half that is left aside at each step.
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = middle(start, end);
        if index < middle {
            path.push(subtree(middle, end, nodes)?);
            end = middle;
        } else {
            path.push(subtree(start, middle, nodes)?);
            start = middle;
        }
    }
    path.reverse();
    Some(path)
}

/// The proof that the tree of `second` leaves begins with the tree of `first` leaves (RFC 9162
/// section 2.1.4.1); empty where they are the same tree. `None` where `first` is 0 (every tree
/// begins with the empty one, there is nothing to prove) or greater than `second`, or a node is
/// not at hand.
pub fn consistency(first: u64, second: u64, nodes: Nodes<'_>) -> Option<Vec<Hash>> {
    if first == 0 || first > second {
        return None;
    }
    // Down from the root to the subtree that ends where the first tree ends.
    let (mut start, mut end) = (0, second);
    let mut path = Vec::new();
    while end > first {
        let middle = middle(start, end);
        if first <= middle {
            path.push(subtree(middle, end, nodes)?);
            end = middle;
        } else {
            path.push(subtree(start, middle, nodes)?);
            start = middle;
        }
    }
    // From leaf 0 on that subtree is the whole first tree, whose root the verifier has.
    if start > 0 {
        path.push(subtree(start, end, nodes)?);
    }
    path.reverse();
    Some(path)
}

/// Whether `proof` shows that the leaf with this hash is number `index` in the tree of `size`
/// leaves with this root: RFC 9162 section 2.1.3.2, step by step.
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf_hash: &Hash,
    proof: &[Hash],
    root: &Hash,
) -> bool {
    if index >= size {
        return false;
    }
    // The RFC's `fn` and `sn`: the node on the path and the last node of its level.
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf_hash;
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if is_right(node) || node == last {
            hash = node_hash(sibling, &hash);
            // The last node has no sibling on these levels: it stands for its ancestors there.
            let lone = node.trailing_zeros();
            (node, last) = (node >> lone, last >> lone);
        } else {
            hash = node_hash(&hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows that the tree of `second` leaves begins with the tree of `first` leaves:
/// RFC 9162 section 2.1.4.2, step by step. Nothing is shown about the empty tree: `first` of 0 is
/// `false`.
pub fn verify_consistency(
    first: u64,
    second: u64,
    first_root: &Hash,
    second_root: &Hash,
    proof: &[Hash],
) -> bool {
    if first == 0 || first > second {
        return false;
    }
    if first == second {
        return proof.is_empty() && first_root == second_root;
    }
    // A first tree that is perfect is a node of the second: its root starts the path.
    let (seed, siblings) = match proof.split_first() {
        None => return false,
        Some(_) if first.is_power_of_two() => (first_root, proof),
        Some(split) => split,
    };
    // The subtree that ends the first tree, and the last one of its level in the second.
    let height = (first - 1).trailing_ones();
    let (mut node, mut last) = ((first - 1) >> height, (second - 1) >> height);
    let (mut first_hash, mut second_hash) = (*seed, *seed);
    for sibling in siblings {
        if last == 0 {
            return false;
        }
        if is_right(node) || node == last {
            first_hash = node_hash(sibling, &first_hash);
            second_hash = node_hash(sibling, &second_hash);
            let lone = node.trailing_zeros();
            (node, last) = (node >> lone, last >> lone);
        } else {
            second_hash = node_hash(&second_hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && first_hash == *first_root && second_hash == *second_root
}

/// The hash over the leaves from `start` up to `end`: a node where they are a perfect subtree,
/// otherwise the ragged right edge, put together from its halves.
fn subtree(start: u64, end: u64, nodes: Nodes<'_>) -> Option<Hash> {
    let leaves = end - start;
    if leaves.is_power_of_two() {
        let level = u8::try_from(leaves.trailing_zeros()).ok()?;
        return nodes(Node { level, index: start >> level });
    }
    let middle = middle(start, end);
    Some(node_hash(&subtree(start, middle, nodes)?, &subtree(middle, end, nodes)?))
}

/// Where RFC 9162 splits two or more leaves: the left part is the largest perfect subtree that is
/// not all of them.
fn middle(start: u64, end: u64) -> u64 {
    start + (1 << (end - start - 1).ilog2())
}

fn is_right(node: u64) -> bool {
    node & 1 == 1
}
