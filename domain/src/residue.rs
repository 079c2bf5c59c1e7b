//! What stays of a forgotten person: records without their personal part. Their leaves can no
//! longer be computed, so a signed hash of what stayed keeps them from being changed.

use crate::canonical::NotCanonical;
use crate::record::Record;
use sha2::{Digest, Sha256};

/// SHA-256 over the RFC 8785 JSON of a subject's records in the order of their versions, each
/// with `personal: null` and followed by a newline.
pub fn residue<'a>(
    records: impl IntoIterator<Item = &'a Record>,
) -> Result<[u8; 32], NotCanonical> {
    let mut hash = Sha256::new();
    for record in records {
        let stays = Record { personal: None, ..record.clone() };
        hash.update(stays.canonical()?);
        hash.update(b"\n");
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
        let whole = residue(&both).unwrap();
        let mut forgotten = both.clone();
        forgotten.iter_mut().for_each(|record| record.personal = None);
        assert_eq!(residue(&forgotten).unwrap(), whole, "the personal part is not in it");
        assert_ne!(residue(&both[..1]).unwrap(), whole);
        forgotten[1].gpc = true;
        assert_ne!(residue(&forgotten).unwrap(), whole);
    }
}
