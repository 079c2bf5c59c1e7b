//! A share with its denominator and its 95 % interval (Wilson), so that no page shows a percentage
//! without saying of what and how sure.

use ouinon_domain::wilson::wilson;
use serde::Serialize;

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
        let (low, high) = wilson(yes, n);
        Rate { yes, n, share: (n > 0).then(|| yes as f64 / n as f64), low, high }
    }
}

#[cfg(test)]
mod tests {
    use super::Rate;

    #[test]
    fn a_rate_never_exceeds_one() {
        let rate = Rate::of(5, 3);
        assert_eq!((rate.n, rate.share), (5, Some(1.0)));
        assert_eq!(Rate::of(0, 0).share, None);
    }
}
