//! A share with its denominator and its 95 % interval (Wilson), so that no page shows a percentage
//! without saying of what and how sure.

use serde::Serialize;

/// The two-sided 95 % quantile of the normal distribution.
const Z: f64 = 1.959_964;

/// `yes` out of `n`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    /// How many said yes.
    pub yes: u64,
    /// Of how many; never less than `yes`.
    pub n: u64,
    /// `yes / n`, between 0 and 1; `None` where `n` is 0.
    pub share: Option<f64>,
    /// Lower end of the 95 % interval, between 0 and 1.
    pub low: f64,
    /// Upper end of the 95 % interval, between 0 and 1.
    pub high: f64,
}

impl Rate {
    /// The rate of `yes` among `n`. Impressions are counted without a promise, so `n` may have
    /// missed some: it is raised to `yes` rather than showing more than 100 %.
    pub fn of(yes: u64, n: u64) -> Rate {
        let n = n.max(yes);
        if n == 0 {
            return Rate { yes, n, share: None, low: 0.0, high: 1.0 };
        }
        let (hits, total) = (yes as f64, n as f64);
        let share = hits / total;
        let weight = 1.0 + Z * Z / total;
        let centre = (share + Z * Z / (2.0 * total)) / weight;
        let spread =
            Z * (share * (1.0 - share) / total + Z * Z / (4.0 * total * total)).sqrt() / weight;
        Rate {
            yes,
            n,
            share: Some(share),
            low: (centre - spread).max(0.0),
            high: (centre + spread).min(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rate;

    #[test]
    fn the_interval_is_wilsons() {
        let rate = Rate::of(50, 100);
        assert!((rate.low - 0.4038).abs() < 0.0001 && (rate.high - 0.5962).abs() < 0.0001);
        let none = Rate::of(0, 10);
        assert!(none.low.abs() < 1e-9 && (none.high - 0.2775).abs() < 0.0001);
    }

    #[test]
    fn a_rate_never_exceeds_one() {
        let rate = Rate::of(5, 3);
        assert_eq!((rate.n, rate.share), (5, Some(1.0)));
        assert_eq!(Rate::of(0, 0).share, None);
    }
}
