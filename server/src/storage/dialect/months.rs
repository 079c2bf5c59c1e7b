//! The months that PostgreSQL keeps records and decisions in, a partition each. SQLite has none.

use super::turns::{Turn, TurnLock};
use crate::error::Error;
use crate::storage::Storage;
use ouinon_domain::time::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

/// Months made ahead of the present one.
const AHEAD: i32 = 3;
/// The tables kept by month. A record's month goes with that of the personal parts.
const KEPT: [&[&str]; 2] = [&["record", "record_personal"], &["decision"]];
/// Writers wait while partitions come and go: rather try again tomorrow than keep them.
const PATIENCE: &str = "set local lock_timeout = '1s'";

/// Makes the partitions of this month and the next. Where one cannot be made, its rows go into
/// the default partition, which works as well and only cannot be dropped whole.
pub async fn make(storage: &Storage, now: Timestamp) -> Result<(), Error> {
    if storage.is_sqlite() {
        return Ok(());
    }
    let lock = TurnLock::take(storage, Turn::Schema).await?;
    for ahead in 0..=AHEAD {
        if let Err(error) = make_one(storage, now, ahead).await {
            tracing::warn!(
                %error, from = %now, ahead,
                "the partitions of a month cannot be made; its rows go into the default ones"
            );
        }
    }
    lock.release().await;
    Ok(())
}

async fn make_one(storage: &Storage, now: Timestamp, ahead: i32) -> Result<(), Error> {
    let tx = storage.write().await?;
    tx.execute_unprepared(PATIENCE).await?;
    let sql = "select keep_month($1, $2)";
    let values = [now.0.into(), ahead.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(tx.commit().await?)
}

/// Months of a table that ended before a moment, as the names of partitions end: `2026_03`.
const PAST: &str = "\
select right(c.relname, 7) as month from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = $2::regclass and c.relname ~ '_[0-9]{4}_[0-9]{2}$'
and to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month'
  <= to_timestamp($1 / 1000000.0) at time zone 'UTC'
order by 1";

/// Drops the partitions of months that ended before a moment and hold nothing any more, so that
/// their room is free; answers how many months.
pub async fn drop_empty(storage: &Storage, ended: Timestamp) -> Result<u64, Error> {
    if storage.is_sqlite() {
        return Ok(0);
    }
    let lock = TurnLock::take(storage, Turn::Schema).await?;
    let mut dropped = 0;
    for tables in KEPT {
        let values = [ended.0.into(), tables[0].into()];
        let past = Statement::from_sql_and_values(DatabaseBackend::Postgres, PAST, values);
        for row in storage.db().query_all_raw(past).await? {
            let month: String = row.try_get("", "month")?;
            match drop_one(storage, tables, &month).await {
                Ok(gone) => dropped += u64::from(gone),
                Err(error) => tracing::warn!(%error, month, "an empty month waits to be dropped"),
            }
        }
    }
    lock.release().await;
    Ok(dropped)
}

async fn drop_one(storage: &Storage, tables: &[&str], month: &str) -> Result<bool, Error> {
    let months: Vec<String> = tables.iter().map(|table| format!("{table}_{month}")).collect();
    let any: Vec<String> =
        months.iter().map(|month| format!("exists (select 1 from {month})")).collect();
    let holds = format!("select {} as holds", any.join(" or "));
    let holds = Statement::from_string(DatabaseBackend::Postgres, holds);
    let full = async |db: &sea_orm::DatabaseTransaction| -> Result<bool, Error> {
        let row = db.query_one_raw(holds.clone()).await?;
        Ok(row.map(|row| row.try_get("", "holds")).transpose()?.unwrap_or(true))
    };
    let tx = storage.write().await?;
    // Looked at before the lock too: writers need not wait for a month that stays.
    if full(&tx).await? {
        return Ok(false);
    }
    tx.execute_unprepared(PATIENCE).await?;
    let lock = format!("lock table {} in access exclusive mode", tables.join(", "));
    tx.execute_unprepared(&lock).await?;
    if full(&tx).await? {
        return Ok(false);
    }
    tx.execute_unprepared(&format!("drop table {}", months.join(", "))).await?;
    tx.commit().await?;
    Ok(true)
}
