//! Forgetting one visitor: the link to its records, the key of its leaves, its state and every
//! personal part go; the records stay, say nothing about anyone, and a signed hash of them keeps
//! them as they are. Why a visitor is forgotten (a request, the end of a retention) is the caller's.

use crate::error::Error;
use crate::evidence::log_keys::{LogKey, Statement};
use crate::storage::forget;
use crate::storage::records;
use crate::storage::rows::Stored;
use ouinon_domain::ids::{SiteId, Subject, VisitorId};
use ouinon_domain::residue::{residue, statement};
use ouinon_domain::time::Timestamp;
use sea_orm::ConnectionTrait;

/// Forgets a visitor in the caller's transaction, which waits for whoever writes for it; `false`
/// where it was never seen.
pub async fn forget(
    db: &impl ConnectionTrait,
    key: &LogKey,
    site: &SiteId,
    visitor: VisitorId,
) -> Result<bool, Error> {
    let Some(subject) = forget::lock(db, site, visitor).await? else { return Ok(false) };
    let history = records::history(db, site, visitor, Timestamp(i64::MAX)).await?;
    let slots: Vec<_> = history.iter().map(Stored::slot).collect();
    forget::remove(db, site, (subject, visitor), &slots).await?;
    sign_what_stays(db, key, site, subject, &history).await?;
    Ok(true)
}

/// Signs what stays of a forgotten subject, its records in the order of their versions; where
/// none stays, nothing is kept of it.
pub async fn sign_what_stays(
    db: &impl ConnectionTrait,
    key: &LogKey,
    site: &SiteId,
    subject: Subject,
    history: &[Stored],
) -> Result<(), Error> {
    if history.is_empty() {
        return forget::drop_residue(db, site, subject).await;
    }
    let residue = residue(history.iter().map(Stored::remains))
        .map_err(|error| Error::internal("residue", error.0))?;
    let signature = key.sign(Statement::Residue, &statement(&subject, &residue));
    forget::keep_residue(db, site, subject, residue, signature).await
}
