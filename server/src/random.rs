//! Random bytes from the operating system: keys, secrets and salts are made of nothing else.

/// `N` bytes that nobody can predict.
///
/// # Errors
/// Only where the operating system has no source of randomness; nothing weaker is used instead.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::random_bytes;

    #[test]
    fn two_draws_differ() {
        assert_ne!(random_bytes::<32>().unwrap(), random_bytes::<32>().unwrap());
    }
}
