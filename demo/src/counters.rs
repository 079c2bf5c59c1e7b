//! How many requests each stand-in received: what the shop's panel shows.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// The stand-ins of the demo.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Standin {
    /// An audience measurement tool.
    Analytics,
    /// An advertising pixel.
    Pixel,
    /// A retargeting script.
    Retargeting,
    /// A video player from elsewhere.
    Video,
    /// Everything on the page of embeds.
    Embeds,
}

/// All of them, in the order of the panel.
pub const ALL: [Standin; 5] =
    [Standin::Analytics, Standin::Pixel, Standin::Retargeting, Standin::Video, Standin::Embeds];

impl Standin {
    /// Its name in addresses and in the counts.
    pub fn key(self) -> &'static str {
        match self {
            Self::Analytics => "analytics",
            Self::Pixel => "pixel",
            Self::Retargeting => "retargeting",
            Self::Video => "video",
            Self::Embeds => "embeds",
        }
    }
}

/// Requests received since the start or the last reset.
#[derive(Default)]
pub struct Counters([AtomicU64; ALL.len()]);

impl Counters {
    /// Notes one request.
    pub fn add(&self, standin: Standin) {
        self.0[standin as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Starts again at nought.
    pub fn reset(&self) {
        self.0.iter().for_each(|counter| counter.store(0, Ordering::Relaxed));
    }

    /// `{"analytics": 0, …}`.
    pub fn read(&self) -> BTreeMap<&'static str, u64> {
        let count = |standin: Standin| self.0[standin as usize].load(Ordering::Relaxed);
        ALL.iter().map(|&standin| (standin.key(), count(standin))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_each_standin_for_itself() {
        let counters = Counters::default();
        counters.add(Standin::Pixel);
        counters.add(Standin::Pixel);
        counters.add(Standin::Video);
        let expected =
            [("analytics", 0), ("embeds", 0), ("pixel", 2), ("retargeting", 0), ("video", 1)];
        assert_eq!(counters.read(), BTreeMap::from(expected));
        counters.reset();
        assert_eq!(counters.read()["pixel"], 0);
    }
}
