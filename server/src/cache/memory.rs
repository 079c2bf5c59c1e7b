//! Values inside the process, bounded in bytes; the oldest and least used go first.

use std::time::{Duration, Instant};

use bytes::Bytes;
use moka::Expiry;
use moka::sync::Cache;

use super::keys::Key;

/// Bytes of keys and values together.
const CAPACITY: u64 = 64 * 1024 * 1024;

#[derive(Clone)]
struct Entry {
    value: Bytes,
    ttl: Duration,
}

struct OwnTtl;

impl Expiry<Key, Entry> for OwnTtl {
    fn expire_after_create(&self, _: &Key, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.ttl)
    }

    fn expire_after_update(
        &self,
        _: &Key,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.ttl)
    }
}

/// Values with a time to live; clones share them.
#[derive(Clone)]
pub(super) struct Memory(Cache<Key, Entry>);

impl Default for Memory {
    fn default() -> Self {
        let weight = |key: &Key, entry: &Entry| key.as_str().len() + entry.value.len();
        let weigher =
            move |key: &Key, entry: &Entry| u32::try_from(weight(key, entry)).unwrap_or(u32::MAX);
        let builder = Cache::builder().max_capacity(CAPACITY).weigher(weigher);
        Self(builder.expire_after(OwnTtl).build())
    }
}

impl Memory {
    pub(super) fn get(&self, key: &Key) -> Option<Bytes> {
        self.0.get(key).map(|entry| entry.value)
    }

    pub(super) fn put(&self, key: &Key, value: Bytes, ttl: Duration) {
        self.0.insert(key.clone(), Entry { value, ttl });
    }

    pub(super) fn clear(&self) {
        self.0.invalidate_all();
    }
}
