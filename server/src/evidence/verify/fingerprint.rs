//! Comparing two large sets in constant memory: each side adds up the keyed hashes of its members,
//! in whatever order it meets them. The key is drawn anew for each comparison, so nobody can have
//! prepared other members with the same sum.

use ouinon_domain::leaf::hmac_sha256;

/// The sum over a set of leaves at their places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint([u64; 4]);

impl Fingerprint {
    /// Adds a leaf at a place.
    pub fn add(&mut self, key: &[u8; 32], position: u64, leaf: &[u8]) {
        let hash = hmac_sha256(key, &[&position.to_be_bytes(), leaf]);
        let mut lanes = [0; 4];
        for (lane, bytes) in lanes.iter_mut().zip(hash.as_chunks().0) {
            *lane = u64::from_be_bytes(*bytes);
        }
        self.merge(Self(lanes));
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: Self) {
        for (lane, more) in self.0.iter_mut().zip(other.0) {
            *lane = lane.wrapping_add(more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(leaves: &[(u64, &[u8])]) -> Fingerprint {
        let mut sum = Fingerprint::default();
        leaves.iter().for_each(|(position, leaf)| sum.add(&[7; 32], *position, leaf));
        sum
    }

    #[test]
    fn the_order_does_not_count_and_everything_else_does() {
        let set = sum(&[(0, b"a"), (1, b"b")]);
        assert_eq!(sum(&[(1, b"b"), (0, b"a")]), set);
        for other in [
            &[(0, b"b".as_slice()), (1, b"a")][..],
            &[(0, b"a")],
            &[(0, b"a"), (1, b"b"), (1, b"b")],
            &[(0, b"a"), (2, b"b")],
        ] {
            assert_ne!(sum(other), set, "{other:?}");
        }
    }
}
