//! The tree against published vectors: leaves and roots of transparency-dev/merkle (Apache-2.0),
//! and its cases of proofs to believe and to refuse.
#![cfg(feature = "full")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must fail, loudly")]

use ouinon_domain::canonical::{from_hex, hex, sha256};
use ouinon_domain::merkle::{self, Hash, Node, leaf_hash, node_hash};
use serde::Deserialize;

const OURS: &str = include_str!("vectors/rfc6962-vectors.json");
const UPSTREAM: &str = include_str!("vectors/merkle-upstream.jsonl");

#[derive(Deserialize)]
struct Vectors {
    leaf_inputs: Vec<String>,
    leaf_hashes: Vec<String>,
    roots: Vec<String>,
    inclusion: Vec<Inclusion>,
    consistency: Vec<Consistency>,
    inclusion_reject: Vec<Inclusion>,
    consistency_reject: Vec<Consistency>,
}

#[derive(Deserialize)]
struct Inclusion {
    leaf_index: u64,
    tree_size: u64,
    leaf_hash: String,
    root: String,
    proof: Vec<String>,
}

#[derive(Deserialize)]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: String,
    root2: String,
    proof: Vec<String>,
}

#[derive(Deserialize)]
struct Upstream {
    file: String,
    valid: bool,
    #[serde(flatten)]
    case: Case,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Case {
    Inclusion(Inclusion),
    Consistency(Consistency),
}

/// A hash of the vectors. Some cases have "dont care" or nothing there, which becomes a hash that
/// is in no tree, the same for the same text.
fn hash(text: &str) -> Hash {
    from_hex(text).unwrap_or_else(|| sha256(format!("no hash: {text}").as_bytes()))
}

fn hashes(texts: &[String]) -> Vec<Hash> {
    texts.iter().map(|text| hash(text)).collect()
}

impl Inclusion {
    fn verifies(&self) -> bool {
        // A case with neither leaf nor root: the type of a hash already refuses it.
        if self.leaf_hash.is_empty() && self.root.is_empty() {
            return false;
        }
        let (leaf, root) = (hash(&self.leaf_hash), hash(&self.root));
        let proof = hashes(&self.proof);
        merkle::verify_inclusion(self.leaf_index, self.tree_size, &leaf, &proof, &root)
    }
}

impl Consistency {
    fn verifies(&self) -> bool {
        let (root1, root2) = (hash(&self.root1), hash(&self.root2));
        let proof = hashes(&self.proof);
        merkle::verify_consistency(self.size1, self.size2, &root1, &root2, &proof)
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(OURS).unwrap()
}

/// A perfect subtree hashed from its leaves, as the definition says.
fn node(leaves: &[Hash], Node { level, index }: Node) -> Option<Hash> {
    let Some(below) = level.checked_sub(1) else {
        return leaves.get(usize::try_from(index).ok()?).copied();
    };
    let child = |index| node(leaves, Node { level: below, index });
    Some(node_hash(&child(2 * index)?, &child(2 * index + 1)?))
}

#[test]
fn leaves_and_roots_agree() {
    let vectors = vectors();
    let bytes = |text: &String| -> Vec<u8> {
        let digit = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(digit).collect()
    };
    let leaves: Vec<_> = vectors.leaf_inputs.iter().map(|leaf| leaf_hash(&bytes(leaf))).collect();
    assert_eq!(leaves, hashes(&vectors.leaf_hashes));
    assert_eq!((leaves.len(), vectors.roots.len()), (8, 9));
    for (size, root) in (0..).zip(&vectors.roots) {
        let made = merkle::root(size, &|at| node(&leaves, at)).unwrap();
        assert_eq!(hex(&made), *root, "of {size} leaves");
    }
    assert_eq!(merkle::root(9, &|at| node(&leaves, at)), None, "a leaf is missing");
}

#[test]
fn proofs_are_made_as_published_and_verify() {
    let vectors = vectors();
    assert_eq!((vectors.inclusion.len(), vectors.consistency.len()), (36, 36));
    let leaves = hashes(&vectors.leaf_hashes);
    for case in vectors.inclusion {
        let (index, size) = (case.leaf_index, case.tree_size);
        let made = merkle::inclusion(index, size, &|at| node(&leaves, at));
        assert_eq!(made, Some(hashes(&case.proof)), "leaf {index} of {size}");
        assert!(case.verifies(), "leaf {index} of {size}");
    }
    for case in vectors.consistency {
        let (first, second) = (case.size1, case.size2);
        let made = merkle::consistency(first, second, &|at| node(&leaves, at));
        assert_eq!(made, Some(hashes(&case.proof)), "from {first} to {second}");
        assert!(case.verifies(), "from {first} to {second}");
    }
}

#[test]
fn changed_proofs_are_refused() {
    let vectors = vectors();
    let (inclusion, consistency) = (vectors.inclusion_reject, vectors.consistency_reject);
    assert_eq!((inclusion.len(), consistency.len()), (120, 139));
    for (at, case) in inclusion.iter().enumerate() {
        assert!(!case.verifies(), "inclusion_reject[{at}]");
    }
    for (at, case) in consistency.iter().enumerate() {
        assert!(!case.verifies(), "consistency_reject[{at}]");
    }
}

#[test]
fn the_cases_of_transparency_dev_are_judged_alike() {
    let (mut inclusion, mut consistency) = (0, 0);
    for line in UPSTREAM.lines() {
        let Upstream { file, valid, case } = serde_json::from_str(line).unwrap();
        let (verifies, count) = match case {
            Case::Inclusion(case) => (case.verifies(), &mut inclusion),
            Case::Consistency(case) => (case.verifies(), &mut consistency),
        };
        assert_eq!(verifies, valid, "{file}");
        *count += 1;
    }
    assert_eq!((inclusion, consistency), (98, 98));
}

#[test]
fn there_is_no_proof_of_what_is_not_so() {
    let any = |_| Some([0; 32]);
    assert_eq!(merkle::inclusion(0, 0, &any), None);
    assert_eq!(merkle::inclusion(5, 5, &any), None);
    assert_eq!(merkle::consistency(0, 5, &any), None);
    assert_eq!(merkle::consistency(6, 5, &any), None);
    assert_eq!(merkle::consistency(5, 5, &any), Some(vec![]));
}

#[test]
fn the_largest_tree_does_not_overflow() {
    let any = |_| Some([0; 32]);
    let last = u64::MAX - 1;
    let root = merkle::root(u64::MAX, &any).unwrap();
    let proof = merkle::inclusion(last, u64::MAX, &any).unwrap();
    assert!(merkle::verify_inclusion(last, u64::MAX, &[0; 32], &proof, &root));
    let first_root = merkle::root(last, &any).unwrap();
    let proof = merkle::consistency(last, u64::MAX, &any).unwrap();
    assert!(merkle::verify_consistency(last, u64::MAX, &first_root, &root, &proof));
}
