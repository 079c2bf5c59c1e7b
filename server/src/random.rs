//! Random bytes from the operating system: keys, secrets and salts are made of nothing else.

use ouinon_domain::time::Timestamp;
use uuid::Uuid;

/// `N` bytes that nobody can predict.
///
/// # Errors
/// Only where the operating system has no source of randomness; nothing weaker is used instead.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// A new UUID of version 7 (RFC 9562): 74 random bits behind the millisecond in which it is made, so
/// that what is written together stands together in every index.
///
/// # Errors
/// As [`random_bytes`].
pub fn rising_uuid(now: Timestamp) -> Result<Uuid, getrandom::Error> {
    let millisecond = u64::try_from(now.0 / 1_000).unwrap_or_default();
    Ok(uuid::Builder::from_unix_timestamp_millis(millisecond, &random_bytes()?).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::{Timestamp, random_bytes, rising_uuid};

    #[test]
    fn two_draws_differ() {
        assert_ne!(random_bytes::<32>().unwrap(), random_bytes::<32>().unwrap());
    }

    #[test]
    fn later_ones_are_greater() {
        let made = [0, 1_000, 1_700_000_000_000_000].map(|at| rising_uuid(Timestamp(at)).unwrap());
        assert!(made.is_sorted() && made.iter().all(|id| id.get_version_num() == 7), "{made:?}");
    }
}
