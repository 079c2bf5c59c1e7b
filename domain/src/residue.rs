//! What stays of a forgotten person: records without their personal part, and the signatures of
//! their receipts. Neither leaf nor receipt can be computed any more, so a signed hash of what
//! stayed keeps it from being changed.

use crate::canonical::{NotCanonical, hex};
use crate::record::Record;
use sha2::{Digest, Sha256};

/// One record that stays.
#[derive(Clone, Copy, Debug)]
pub struct Remains<'a> {
    /// The record; its personal part counts for nothing.
    pub record: &'a Record,
    /// The key that signed its receipt.
    pub key_id: &'a str,
    /// The receipt's signature.
    pub signature: &'a [u8; 64],
}

/// SHA-256 over, for each of a subject's records in the order of their versions, three lines: the
/// RFC 8785 JSON of the record with `personal: null`, the key id and the signature of its receipt
/// in hex.
pub fn residue<'a>(
    records: impl IntoIterator<Item = Remains<'a>>,
) -> Result<[u8; 32], NotCanonical> {
    let mut hash = Sha256::new();
    for one in records {
        let stays = Record { personal: None, ..one.record.clone() };
        hash.update(stays.canonical()?);
        hash.update(format!("\n{}\n{}\n", one.key_id, hex(one.signature)));
    }
    Ok(hash.finalize().into())
}

/// What is signed about a residue: the subject (16 bytes) and the hash.
pub fn statement(subject: &crate::ids::Subject, residue: &[u8; 32]) -> Vec<u8> {
    [subject.as_bytes().as_slice(), residue].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::Action;
    use crate::record::tests::record;

    #[test]
    fn the_residue_is_of_what_stays_and_of_all_of_it() {
        let both = [
            record(1, Action::AcceptAll, &[("ads", true)]),
            record(2, Action::Withdraw, &[("ads", false)]),
        ];
        fn of(records: &[Record], key_id: &str) -> [u8; 32] {
            let remains = |record| Remains { record, key_id, signature: &[1; 64] };
            residue(records.iter().map(remains)).unwrap()
        }
        let whole = of(&both, "kid");
        let mut forgotten = both.clone();
        forgotten.iter_mut().for_each(|record| record.personal = None);
        assert_eq!(of(&forgotten, "kid"), whole, "the personal part is not in it");
        assert_ne!(of(&both[..1], "kid"), whole);
        assert_ne!(of(&both, "other"), whole);
        forgotten[1].gpc = true;
        assert_ne!(of(&forgotten, "kid"), whole);
    }
}
