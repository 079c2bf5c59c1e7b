//! The lock a write takes.

use crate::error::Error;
use crate::storage::dialect::byte_list;
use ouinon_domain::ids::{SiteId, VisitorId};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

/// Locks the visitors' subject rows in the order of their ids, so that two batches never wait for
/// each other in a circle. SQLite has one writer: the transaction's first write was its lock.
pub async fn lock_subjects(
    db: &impl ConnectionTrait,
    site: &SiteId,
    visitors: &[VisitorId],
) -> Result<(), Error> {
    let backend = db.get_database_backend();
    if backend == DatabaseBackend::Postgres {
        let sql = "select 1 from subject where site = $1 and visitor = any($2::bytea[]) \
                   order by visitor for update";
        let ids = byte_list(backend, visitors.iter().map(|id| id.0.as_slice()));
        let values = [site.as_str().into(), ids];
        db.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    }
    Ok(())
}
