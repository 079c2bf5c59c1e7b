//! The months that PostgreSQL keeps records in, a partition each. SQLite has none.

use super::MigrationLock;
use crate::error::Error;
use crate::storage::Storage;
use ouinon_domain::time::Timestamp;
use sea_orm::{ConnectionTrait, Statement};

/// Months made ahead of the present one.
const AHEAD: i32 = 3;

/// Makes the partitions of this month and the next. Where one cannot be made, its records go into
/// the default partition, which works as well and only cannot be dropped whole.
pub async fn make(storage: &Storage, now: Timestamp) -> Result<(), Error> {
    if storage.is_sqlite() {
        return Ok(());
    }
    let lock = MigrationLock::take(storage).await?;
    for ahead in 0..=AHEAD {
        if let Err(error) = make_one(storage, now, ahead).await {
            tracing::warn!(
                %error, from = %now, ahead,
                "the partition of a month cannot be made; its records go into record_default"
            );
        }
    }
    lock.release().await;
    Ok(())
}

async fn make_one(storage: &Storage, now: Timestamp, ahead: i32) -> Result<(), Error> {
    let tx = storage.write().await?;
    // Writers wait meanwhile: rather try again tomorrow than keep them.
    tx.execute_unprepared("set local lock_timeout = '1s'").await?;
    let sql = "select keep_month($1, $2)";
    let values = [now.0.into(), ahead.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(tx.commit().await?)
}
