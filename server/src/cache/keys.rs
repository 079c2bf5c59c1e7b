//! Every key the cache has. The part in braces is the cluster's hash tag: all keys of a site live
//! on one shard, so that one script may touch several of them.

use std::fmt;

use ouinon_domain::canonical::hex;
use ouinon_domain::ids::{NoticeHash, SiteId};

use super::limit::{Lane, Subject};

/// Raised when the form of values changes, so that servers of two versions can share a Redis.
const PREFIX: &str = "ouinon1";

/// The name of one cached value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(String);

/// What a value of a site is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// The loader script with a site's configuration in it.
    Loader,
    /// A notice in one language, as the widget fetches it.
    NoticeText,
}

impl Topic {
    fn as_str(self) -> &'static str {
        match self {
            Self::Loader => "loader",
            Self::NoticeText => "notice-text",
        }
    }
}

impl Key {
    /// A value of a site; `id` tells values of one topic apart.
    #[must_use]
    pub fn of_site(site: &SiteId, topic: Topic, id: &str) -> Self {
        Self(format!("{PREFIX}:{{{site}}}:{}:{id}", topic.as_str()))
    }

    /// A notice, the same for every site.
    pub(super) fn notice(hash: &NoticeHash) -> Self {
        Self(format!("{PREFIX}:{{{}}}:notice", hex(&hash.0)))
    }

    /// What has been used of a quota.
    pub(super) fn limit(site: &SiteId, lane: Lane, subject: Subject) -> Self {
        Self(format!("{PREFIX}:{{{site}}}:limit:{}:{subject}", lane.as_str()))
    }

    /// Written to see whether Redis takes writes.
    pub(super) fn probe() -> Self {
        Self(format!("{PREFIX}:probe"))
    }

    /// The key as Redis sees it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
