//! Erasure on request (GDPR art. 17): one visitor is forgotten and its keyed hash enters the
//! register, so that nothing is written for it again and a restored backup can be told.

use super::forget::forget;
use crate::error::Error;
use crate::evidence::log_keys::{LogKey, LogKeys};
use crate::evidence::register::{self, Entry, Kind};
use crate::sites::Site;
use crate::storage::hot::New;
use crate::storage::write;
use crate::storage::{Storage, erasures};
use ouinon_domain::canonical::hex;
use ouinon_domain::ids::{SiteId, VisitorId};
use ouinon_domain::time::Timestamp;
use serde_json::json;
use std::fmt;

/// Who asked for an erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requester {
    /// The visitor, with its secret.
    Visitor,
    /// An operator, from the command line.
    Operator,
    /// A program, with the API key of this id.
    Key(String),
}

impl fmt::Display for Requester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Visitor => f.write_str("visitor"),
            Self::Operator => f.write_str("operator"),
            Self::Key(id) => write!(f, "api:{id}"),
        }
    }
}

/// A visitor's entry in the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// When it was forgotten first.
    pub at: Timestamp,
    /// It had been forgotten before.
    pub repeated: bool,
}

/// Erases a visitor, seen or never seen, in one transaction; answers with its entry in the register,
/// which stays the first one however often it is asked for.
pub async fn erase(
    storage: &Storage,
    keys: &LogKeys,
    site: &Site,
    visitor: VisitorId,
    requester: &Requester,
    now: Timestamp,
) -> Result<Erasure, Error> {
    let (hash, key) = (site.erasure_hash(visitor), keys.of(&site.log_origin)?);
    let requested_by = requester.to_string();
    let who = Who { visitor: Some(visitor), hash, requested_by, said: None };
    enter(storage, &key, &site.id, who, now).await
}

/// Who is to be forgotten.
#[derive(Debug)]
pub struct Who<'a> {
    /// The visitor, where it is known.
    pub visitor: Option<VisitorId>,
    /// The visitor's keyed hash.
    pub hash: [u8; 32],
    /// Who asked for it.
    pub requested_by: String,
    /// What was said about it, where it was erased before: the register may still hold that.
    pub said: Option<&'a Entry>,
}

/// Enters a hash in the register and forgets the visitor it is of, where that is known.
///
/// The visitor is locked before the register's end, as every transaction that needs both must.
pub async fn enter(
    storage: &Storage,
    key: &LogKey,
    site: &SiteId,
    who: Who<'_>,
    now: Timestamp,
) -> Result<Erasure, Error> {
    let Who { visitor, hash, requested_by, said } = who;
    let tx = storage.write_briefly().await?;
    if let Some(visitor) = visitor {
        // Locks as a write does, also where there is nothing to lock yet: a first choice that
        // arrives meanwhile waits, and then finds the register.
        write::lock(&tx, site, [(visitor, New::made(now)?)]).await?;
        // Also where it was erased before: a restored backup may have brought it back.
        forget(&tx, key, site, visitor).await?;
    }
    let known = erasures::find(&tx, site, hash).await?;
    if known.is_none() {
        let at = match said {
            Some(entry) if register::holds(&tx, entry).await? => entry.at,
            _ => {
                let body = json!({ "visitor_hmac": hex(&hash), "requested_by": requested_by });
                register::append(&tx, key, site, Kind::Erasure, now, body).await?;
                now
            }
        };
        erasures::insert(&tx, site, hash, at, requested_by).await?;
    }
    tx.commit().await?;
    let at = known.as_ref().map_or(now, |entry| Timestamp(entry.erased_at));
    Ok(Erasure { at, repeated: known.is_some() })
}
