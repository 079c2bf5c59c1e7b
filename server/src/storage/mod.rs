//! The database: opening it, and one file of queries per noun. Every query of a site starts from
//! its id. SQL text stands only in `hot`, `dialect` and `stats`; the rest is SeaORM.

pub mod assets;
pub mod counters;
pub mod decisions;
pub mod dialect;
pub mod entity;
pub mod erasures;
pub mod forget;
pub mod handovers;
pub mod hot;
pub mod keys;
pub mod lock;
pub mod log;
pub mod notices;
pub mod patience;
pub mod pools;
pub mod promises;
pub mod records;
pub mod register;
pub mod retention;
pub mod rows;
pub mod schema;
pub mod sites;
pub mod snapshot;
pub mod stats;
pub mod users;
pub mod write;

use crate::config::Database;
use crate::error::Error;
use arc_swap::ArcSwap;
use patience::Since;
use pools::Pools;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr,
    IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use std::sync::Arc;
use tokio::sync::Mutex;

/// An open database.
#[derive(Clone, Debug)]
pub struct Storage {
    database: Database,
    pools: Arc<ArcSwap<Pools>>,
    /// PostgreSQL's connections that were opened before this moment are not used any more.
    since: Since,
    /// Held while this process publishes logs kept in SQLite (`dialect::turns::PublishTurn`).
    publishing: Arc<Mutex<()>>,
}

impl Storage {
    /// Opens the database with the durability the records need: what is committed is on disk
    /// (invariant I7).
    pub async fn open(database: &Database) -> Result<Self, DbErr> {
        let since = Since::now();
        let pools = Pools::open(database, &since, false).await?;
        let pools = Arc::new(ArcSwap::from_pointee(pools));
        Ok(Self { database: database.clone(), pools, since, publishing: Arc::default() })
    }

    /// The connections that ask where visitors stand (`hot::standings`), without transactions. The first to ask
    /// opens one, so it belongs to the asker's thread.
    pub fn reads(&self) -> DatabaseConnection {
        self.pools.load().reads.clone()
    }

    /// The connections that record choices, for what is a transaction in itself.
    pub fn writes(&self) -> DatabaseConnection {
        self.pools.load().writes.clone()
    }

    /// The connections for all else, for SeaORM queries.
    pub fn db(&self) -> DatabaseConnection {
        self.pools.load().db.clone()
    }

    /// A transaction that writes. On SQLite it takes the writer's lock at once and waits for it:
    /// what it reads before it writes cannot be overtaken.
    pub async fn write(&self) -> Result<DatabaseTransaction, Error> {
        begin(&self.db()).await
    }

    /// The same where others wait for what it locks: whoever stands still in it loses it (PostgreSQL).
    pub async fn write_briefly(&self) -> Result<DatabaseTransaction, Error> {
        let tx = self.write().await?;
        dialect::end_if_idle(&tx).await?;
        Ok(tx)
    }

    /// The same on a connection that finds rows by their keys only: for recording
    /// choices and counting them.
    pub async fn write_by_key(&self) -> Result<DatabaseTransaction, Error> {
        begin(&self.writes()).await
    }

    /// A transaction that reads everything as of one moment, however long it takes and whoever
    /// writes meanwhile.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction, Error> {
        let postgres = !self.is_sqlite();
        let options = TransactionOptions {
            isolation_level: postgres.then_some(IsolationLevel::RepeatableRead),
            access_mode: postgres.then_some(AccessMode::ReadOnly),
            sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
        };
        let tx = self.db().begin_with_options(options).await?;
        dialect::long_read(&tx).await?;
        Ok(tx)
    }

    /// Whether this is SQLite: one file, one writer.
    pub fn is_sqlite(&self) -> bool {
        self.db().get_database_backend() == DatabaseBackend::Sqlite
    }

    /// Empties SQLite's write-ahead log, which keeps what was deleted until it is written over;
    /// `false` where somebody reads or writes just now. Nothing waits for it.
    pub async fn empty_log(&self) -> Result<bool, Error> {
        if !self.is_sqlite() {
            return Ok(true);
        }
        Ok(dialect::empty_log(self.db().get_sqlite_connection_pool()).await?)
    }

    /// The database's own time, microseconds since 1970; only ever compared with ours.
    pub async fn now(&self) -> Result<i64, Error> {
        let statement = dialect::now(self.db().get_database_backend());
        let row = self.db().query_one_raw(statement).await?;
        let row = row.ok_or_else(|| Error::Unavailable("no answer to a clock query".into()))?;
        Ok(row.try_get_by_index(0)?)
    }
}

async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, Error> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    Ok(db.begin_with_options(options).await?)
}
