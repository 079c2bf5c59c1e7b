//! Wilson's score interval: how sure a share of so many answers is. Rates in the API and on the
//! pages come with it.

/// The two-sided 95 % quantile of the normal distribution.
const Z: f64 = 1.959_964;

/// The 95 % interval of `yes` among `n`, both ends between 0 and 1; all of it where `n` is 0.
#[must_use]
pub fn wilson(yes: u64, n: u64) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let (share, n) = (yes as f64 / n as f64, n as f64);
    let weight = 1.0 + Z * Z / n;
    let middle = (share + Z * Z / (2.0 * n)) / weight;
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt() / weight;
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::wilson;

    #[test]
    fn agrees_with_published_examples() {
        // 10 of 20: 0.2993 to 0.7007; 50 of 100: 0.4038 to 0.5962.
        for (yes, n, low, high) in [(10, 20, 0.2993, 0.7007), (50, 100, 0.4038, 0.5962)] {
            let found = wilson(yes, n);
            assert!((found.0 - low).abs() < 1e-4 && (found.1 - high).abs() < 1e-4, "{found:?}");
        }
        assert!(wilson(0, 3).0.abs() < 1e-9);
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }
}
