//! The bytes that go into a site's evidence log for one record.
//!
//! `leaf = 0x01 ‖ HMAC-SHA-256(k, record id (16 bytes) ‖ canonical record)`, 33 bytes. `k` is the
//! subject's own random key: without it the leaf says nothing about anyone, and destroying it
//! forgets the person while the log keeps verifying. The first byte is the format's version.

use crate::canonical::NotCanonical;
use crate::record::Record;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Version byte of this leaf format.
pub const VERSION: u8 = 1;
/// Length of a leaf in bytes.
pub const LEN: usize = 33;

/// HMAC-SHA-256 (RFC 2104) over the parts, one after the other.
pub fn hmac_sha256(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // A 32-byte key is always accepted, so the key is set as a block of known size.
    let mut mac = Hmac::<Sha256>::new(&padded(key).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn padded(key: &[u8; 32]) -> [u8; 64] {
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    block
}

/// The commitment to a record under its subject's key.
pub fn commitment(k: &[u8; 32], record: &Record) -> Result<[u8; 32], NotCanonical> {
    Ok(hmac_sha256(k, &[record.id.as_bytes(), &record.canonical()?]))
}

/// The leaf for a commitment.
pub fn leaf(commitment: &[u8; 32]) -> [u8; LEN] {
    let mut leaf = [VERSION; LEN];
    leaf[1..].copy_from_slice(commitment);
    leaf
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::hex;
    use crate::choice::Action;
    use crate::record::tests::record;

    #[test]
    fn hmac_agrees_with_rfc_4231_case_2_padded_to_a_block() {
        // "Jefe" followed by zero bytes is the same HMAC key as "Jefe".
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let mac = hmac_sha256(&key, &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(hex(&mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn the_leaf_changes_with_any_field_and_with_the_key() {
        let one = record(1, Action::AcceptAll, &[("ads", true)]);
        let made = leaf(&commitment(&[1; 32], &one).unwrap());
        assert_eq!((made.len(), made[0]), (LEN, VERSION));
        assert_ne!(made, leaf(&commitment(&[2; 32], &one).unwrap()));
        let mut two = one;
        two.given_at.0 += 1;
        assert_ne!(made, leaf(&commitment(&[1; 32], &two).unwrap()));
    }
}
