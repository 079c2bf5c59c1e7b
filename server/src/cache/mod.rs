//! What makes answers faster and may be lost at any time: kept in Redis where there is one, in the
//! process otherwise. It never holds a yes or a no, and it never fails: a Redis that is down, slow
//! or full of rubbish costs one time-out, after which the process's own memory is used until Redis
//! answers again.
//!
//! A value may be old, or gone. Put here only what is checked on use (a notice proves itself, a
//! configuration is compared with the epoch in the decision's own statement).

mod keys;
mod limit;
mod link;
mod memory;
mod seal;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use ouinon_domain::canonical::sha256;
use ouinon_domain::ids::{NoticeHash, SiteId};

use crate::config::{ConfigError, RateLimits, SecretUrl};

pub use keys::{Key, Topic};
pub use limit::{Demand, Lane, Left, Quota, RetryAfter, Subject, Verdict};
use limit::{LocalLimits, redis_check};
use link::Link;
use memory::Memory;

/// How long a notice stays; it never changes, so this only frees room.
const NOTICE_TTL: Duration = Duration::from_secs(7 * 24 * 3600);

/// The cache of one server.
pub enum Cache {
    /// Shared by all servers, with this process's memory to fall back on.
    Redis(Box<RedisCache>),
    /// This process alone.
    Memory(Box<LocalCache>),
}

/// Redis and what stands in for it.
pub struct RedisCache {
    link: Link,
    local: LocalCache,
}

/// Values and limits inside the process.
pub struct LocalCache {
    memory: Memory,
    limits: LocalLimits,
    rate_limits: RateLimits,
}

impl LocalCache {
    fn new(rate_limits: RateLimits) -> Self {
        Self { memory: Memory::default(), limits: LocalLimits::default(), rate_limits }
    }
}

impl Cache {
    /// Opens the cache and tries Redis once, where there is one: it need not be up. Must be called
    /// inside a Tokio runtime that lives as long as the server, because it spawns the task that
    /// reconnects.
    ///
    /// # Errors
    /// The Redis client cannot use the address.
    pub async fn open(
        redis: Option<&SecretUrl>,
        rate_limits: RateLimits,
    ) -> Result<Self, ConfigError> {
        let local = LocalCache::new(rate_limits);
        Ok(match redis {
            None => Self::Memory(Box::new(local)),
            Some(url) => {
                let link = Link::open(url, local.memory.clone()).await?;
                Self::Redis(Box::new(RedisCache { link, local }))
            }
        })
    }

    /// Whether Redis answers; `None` where there is none. For metrics and people: no request
    /// depends on it.
    #[must_use]
    pub fn redis_is_up(&self) -> Option<bool> {
        match self {
            Self::Memory(_) => None,
            Self::Redis(redis) => Some(redis.link.is_up()),
        }
    }

    /// The value that was put, if it is still there and whole.
    pub async fn get(&self, key: &Key) -> Option<Bytes> {
        match self {
            Self::Memory(local) => local.memory.get(key),
            Self::Redis(redis) => match redis.link.get(key).await {
                Ok(sealed) => seal::open(key, &sealed?),
                Err(link::Down) => redis.local.memory.get(key),
            },
        }
    }

    /// Keeps a value for at most `ttl`. It may be gone the next moment.
    pub async fn put(&self, key: &Key, value: Bytes, ttl: Duration) {
        match self {
            Self::Memory(local) => local.memory.put(key, value, ttl),
            Self::Redis(redis) => {
                if let Err(link::Down) = redis.link.put(key, &seal::close(key, &value), ttl).await {
                    redis.local.memory.put(key, value, ttl);
                }
            }
        }
    }

    /// The canonical JSON of a notice. What Redis holds under its name is believed only if it is
    /// the text with that hash.
    pub async fn notice(&self, hash: &NoticeHash) -> Option<Bytes> {
        let found = self.find_notice(hash).await;
        let outcome = if found.is_some() { "hit" } else { "miss" };
        metrics::counter!("ouinon_notice_cache_total", "outcome" => outcome).increment(1);
        found
    }

    async fn find_notice(&self, hash: &NoticeHash) -> Option<Bytes> {
        let key = Key::notice(hash);
        let known = self.local().memory.get(&key);
        match self {
            Self::Redis(redis) if known.is_none() => {
                let found = Bytes::from(redis.link.get(&key).await.ok()??);
                if sha256(&found) != hash.0 {
                    return None;
                }
                redis.local.memory.put(&key, found.clone(), NOTICE_TTL);
                Some(found)
            }
            _ => known,
        }
    }

    /// Keeps the canonical JSON of a notice, under the hash it has.
    pub async fn put_notice(&self, canonical: Bytes) {
        let key = Key::notice(&NoticeHash(sha256(&canonical)));
        if let Self::Redis(redis) = self {
            // A Redis that is down gets it from the next server that reads the database.
            let _: Result<(), link::Down> = redis.link.put(&key, &canonical, NOTICE_TTL).await;
        }
        self.local().memory.put(&key, canonical, NOTICE_TTL);
    }

    /// Asks all quotas of a request at once: either each has room and all are charged, or none is
    /// and the answer says when the last of them has room again. Limits are kept per site and lane.
    pub async fn limit(&self, site: &SiteId, lane: Lane, demands: &[Demand<'_>]) -> Verdict {
        if self.local().rate_limits == RateLimits::On
            && let Self::Redis(redis) = self
            && let Ok(verdict) = redis_check(&redis.link, site, lane, demands).await
        {
            return verdict;
        }
        self.limit_here(site, lane, demands)
    }

    /// The same counted by this server alone: a decision takes less time than Redis would.
    pub fn limit_here(&self, site: &SiteId, lane: Lane, demands: &[Demand<'_>]) -> Verdict {
        let local = self.local();
        match local.rate_limits {
            RateLimits::Off => Verdict::default(),
            RateLimits::On => local.limits.check(site, lane, demands),
        }
    }

    fn local(&self) -> &LocalCache {
        match self {
            Self::Redis(redis) => &redis.local,
            Self::Memory(local) => local,
        }
    }
}

/// The kind of cache and whether Redis answers; values are nobody's business.
impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.redis_is_up() {
            None => f.write_str("Memory"),
            Some(up) => f.debug_struct("Redis").field("up", &up).finish(),
        }
    }
}
