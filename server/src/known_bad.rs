//! Designs that are known to be wrong, for the torture driver alone: a checker that has never gone
//! red proves nothing (docs/TRUST.md, "The harness"). Without the feature `known-bad`,
//! which the binary `ouinon` refuses, `is` is the constant false and nothing of this is left.

use crate::consent::decide::Decided;
use crate::consent::writer::Outcome;
use crate::error::Error;
use crate::storage::entity::leaf_queue;
use crate::storage::rows::Stored;
use ouinon_domain::decision::Reason;
use ouinon_domain::ids::{RecordId, SiteId, VisitorId};
use sea_orm::sea_query::Expr;
use sea_orm::{DatabaseTransaction, QueryFilter, Select};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long the wrong designs keep a yes, and make a commit wait.
const KEPT: Duration = Duration::from_secs(1);
const LATE: Duration = Duration::from_millis(20);

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    /// A yes is kept for a second.
    CachedYes,
    /// The client is told before the commit.
    AckBeforeCommit,
    /// A grant is recorded whatever its `base_version` is.
    NoVersionCheck,
    /// Answers are kept by id from before the commit, and repeated from memory.
    ReplayedAck,
    /// A decision reads the visitor's state of whichever site.
    DroppedSite,
    /// A decision needs no mark.
    NoLease,
    /// The sequencer takes what was given after the last leaf.
    FollowsLast,
    /// A record's time is what the clock says.
    OrderOfClocks,
    /// What cannot be written into the log of decisions is forgotten.
    ForgetfulLog,
}

impl Design {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::CachedYes,
        Self::AckBeforeCommit,
        Self::NoVersionCheck,
        Self::ReplayedAck,
        Self::DroppedSite,
        Self::NoLease,
        Self::FollowsLast,
        Self::OrderOfClocks,
        Self::ForgetfulLog,
    ];

    /// What `OUINON_KNOWN_BAD` says.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CachedYes => "cached-yes",
            Self::AckBeforeCommit => "ack-before-commit",
            Self::NoVersionCheck => "no-version-check",
            Self::ReplayedAck => "replayed-ack",
            Self::DroppedSite => "dropped-site",
            Self::NoLease => "no-lease",
            Self::FollowsLast => "follows-last",
            Self::OrderOfClocks => "order-of-clocks",
            Self::ForgetfulLog => "forgetful-log",
        }
    }
}

/// What `OUINON_KNOWN_BAD` names.
pub fn chosen() -> Option<Design> {
    static CHOSEN: OnceLock<Option<Design>> = OnceLock::new();
    *CHOSEN.get_or_init(|| {
        let named = std::env::var("OUINON_KNOWN_BAD").ok()?;
        Design::ALL.into_iter().find(|design| design.as_str() == named)
    })
}

/// Whether the server is wrong in this way: never.
#[cfg(not(feature = "known-bad"))]
pub const fn is(_: Design) -> bool {
    false
}

/// Whether the server is wrong in this way.
#[cfg(feature = "known-bad")]
pub fn is(design: Design) -> bool {
    chosen() == Some(design)
}

/// A map that outlives the request.
type Kept<K, V> = OnceLock<Mutex<HashMap<K, V>>>;

fn kept<K, V>(map: &'static Kept<K, V>) -> MutexGuard<'static, HashMap<K, V>> {
    map.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// [`Design::CachedYes`]: a yes stays one.
pub fn keep_yes(site: &SiteId, decided: &mut [Decided]) {
    static YES: Kept<(SiteId, VisitorId), Instant> = OnceLock::new();
    if !is(Design::CachedYes) {
        return;
    }
    let now = Instant::now();
    for one in decided {
        let key = (site.clone(), one.visitor);
        if kept(&YES).get(&key).is_some_and(|since| now.duration_since(*since) < KEPT) {
            one.reason = Reason::Granted;
        } else if one.reason.allows() {
            kept(&YES).insert(key, now);
        }
    }
}

/// [`Design::AckBeforeCommit`]: commits when the client was told.
pub fn commit_later(tx: DatabaseTransaction) -> Result<(), Error> {
    tokio::spawn(async move {
        tokio::time::sleep(LATE).await;
        // Nobody is left to be told.
        let _ = tx.commit().await;
    });
    Ok(())
}

fn answers() -> MutexGuard<'static, HashMap<RecordId, Stored>> {
    static ANSWERS: Kept<RecordId, Stored> = OnceLock::new();
    kept(&ANSWERS)
}

/// [`Design::ReplayedAck`]: notes what is about to be committed.
pub fn remember(stored: &Stored) {
    if is(Design::ReplayedAck) {
        answers().insert(stored.record.id, stored.clone());
    }
}

/// [`Design::ReplayedAck`]: what the first of several with this id is or was about to get.
pub fn replayed(id: RecordId) -> Option<Outcome> {
    if !is(Design::ReplayedAck) {
        return None;
    }
    let stored = answers().get(&id).cloned()?;
    Some(Outcome { stored: Arc::new(stored), repeated: true })
}

/// [`Design::DroppedSite`]: the statement without the site of the state.
pub fn read_statement(sql: &'static str) -> &'static str {
    static WITHOUT: OnceLock<String> = OnceLock::new();
    match is(Design::DroppedSite) {
        true => WITHOUT.get_or_init(|| sql.replace("st.site = $1 and ", "")),
        false => sql,
    }
}

/// [`Design::FollowsLast`]: only what was given after the last leaf.
pub fn after_last(waiting: Select<leaf_queue::Entity>) -> Select<leaf_queue::Entity> {
    const AFTER: &str = "leaf_queue.queued_at > (select updated_at from log_head \
                         where log_head.site = leaf_queue.site)";
    match is(Design::FollowsLast) {
        true => waiting.filter(Expr::cust(AFTER)),
        false => waiting,
    }
}
