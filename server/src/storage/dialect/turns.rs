//! What one server does at a time: advisory locks in PostgreSQL. SQLite has one server.

use super::list;
use crate::error::Error;
use crate::storage::Storage;
use ouinon_domain::ids::SiteId;
use sea_orm::sea_query::ArrayType;
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseTransaction, DbErr, QueryResult, Statement,
    TransactionTrait,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::OwnedMutexGuard;

/// What one server does at a time. The numbers are any, the same for every server.
#[derive(Clone, Copy, Debug)]
#[repr(i64)]
pub enum Turn {
    /// Changing the schema; on SQLite the lock on a file beside it (`lock::migrating`) says who.
    Schema = 0x6f75_696e_6f6e,
    /// Removing what is due.
    Retention = 0x6f75_696e_6f6f,
}

/// Lets one server at a time do something. PostgreSQL: an advisory lock held by a transaction of
/// its own; SQLite has one server.
#[derive(Debug)]
pub struct TurnLock(Option<DatabaseTransaction>);

impl TurnLock {
    /// Waits for the lock.
    pub async fn take(storage: &Storage, turn: Turn) -> Result<Self, DbErr> {
        if storage.is_sqlite() {
            return Ok(Self(None));
        }
        let tx = storage.db().begin().await?;
        let sql = format!("select pg_advisory_xact_lock({})", turn as i64);
        tx.execute_unprepared(&sql).await?;
        Ok(Self(Some(tx)))
    }

    /// Takes the lock unless another server has it.
    pub async fn try_take(storage: &Storage, turn: Turn) -> Result<Option<Self>, DbErr> {
        if storage.is_sqlite() {
            return Ok(Some(Self(None)));
        }
        let tx = storage.db().begin().await?;
        let sql = format!("select pg_try_advisory_xact_lock({})", turn as i64);
        let statement = Statement::from_string(DatabaseBackend::Postgres, sql);
        let taken = match tx.query_one_raw(statement).await? {
            Some(row) => row.try_get_by_index(0)?,
            None => false,
        };
        Ok(taken.then_some(Self(Some(tx))))
    }

    /// Gives it back.
    pub async fn release(self) {
        if let Some(tx) = self.0 {
            // Nothing was written; a lost connection has released the lock by itself.
            let _ = tx.rollback().await;
        }
    }
}

/// Any number, apart from those of other locks.
const VISITORS: i64 = 0x7669_7369_746f;

/// Keeps the visitors of some sites from being forgotten until this transaction ends, as many
/// transactions at a time as like to; answers which sites': those where nobody is being forgotten just
/// now. No row is locked and nobody waits: neither whoever records a choice nor this.
pub async fn hold_visitors<'a>(
    tx: &DatabaseTransaction,
    sites: impl Iterator<Item = &'a SiteId>,
) -> Result<BTreeSet<SiteId>, Error> {
    let sites: BTreeSet<&SiteId> = sites.collect();
    if tx.get_database_backend() == DatabaseBackend::Sqlite {
        // It has one writer, which the transaction is.
        return Ok(sites.into_iter().cloned().collect());
    }
    try_lock(tx, "pg_try_advisory_xact_lock_shared", sites, VISITORS).await
}

/// Waits for all who hold the visitors of a site, and lets nobody else until this transaction ends.
pub async fn take_visitors(tx: &impl ConnectionTrait, site: &SiteId) -> Result<(), Error> {
    let backend = tx.get_database_backend();
    // SQLite has one writer, which the transaction is.
    if backend == DatabaseBackend::Postgres {
        let sql = "select pg_advisory_xact_lock(hashtextextended($1, $2))";
        let values = [site.as_str().into(), VISITORS.into()];
        tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    }
    Ok(())
}

/// Takes a lock, without waiting, for each site where it is free; answers where it was.
async fn try_lock<'a, C: FromIterator<SiteId>>(
    tx: &DatabaseTransaction,
    lock: &str,
    sites: impl IntoIterator<Item = &'a SiteId>,
    key: i64,
) -> Result<C, Error> {
    let sql = format!(
        "select site from unnest($1::text[]) as asked(site) \
         where {lock}(hashtextextended(site, $2))"
    );
    let names = list(ArrayType::String, sites.into_iter().map(SiteId::as_str).collect());
    let values = [names, key.into()];
    let statement = Statement::from_sql_and_values(DatabaseBackend::Postgres, sql, values);
    let rows = tx.query_all_raw(statement).await?;
    let site = |row: QueryResult| Ok(SiteId::parse(&row.try_get::<String>("", "site")?));
    rows.into_iter().map(site).filter_map(Result::transpose).collect()
}

/// The turn to publish some sites' logs: one server's at a time, without locking any row.
/// PostgreSQL: advisory locks held by a transaction of its own; SQLite has one server, so a lock
/// inside it is enough.
#[derive(Debug)]
pub struct PublishTurn {
    /// The sites whose turn it is.
    pub sites: Vec<SiteId>,
    tx: Option<DatabaseTransaction>,
    _one: Option<OwnedMutexGuard<()>>,
}

impl PublishTurn {
    /// Any number, apart from that of migrations.
    const KEY: i64 = 0x7475_726e;

    /// Takes the turn of those sites that no other server publishes just now.
    pub async fn take(storage: &Storage, sites: &[SiteId]) -> Result<Self, Error> {
        if storage.is_sqlite() {
            let one = Arc::clone(&storage.publishing).lock_owned().await;
            return Ok(Self { sites: sites.to_vec(), tx: None, _one: Some(one) });
        }
        let tx = storage.db().begin().await?;
        let sites = try_lock(&tx, "pg_try_advisory_xact_lock", sites, Self::KEY).await?;
        Ok(Self { sites, tx: Some(tx), _one: None })
    }

    /// Gives it back.
    pub async fn end(self) {
        if let Some(tx) = self.tx {
            // Nothing was written; a lost connection has released the locks by itself.
            let _ = tx.rollback().await;
        }
    }
}
