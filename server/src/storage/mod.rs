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
use patience::{ACQUIRE, BRIEF, SESSION, Since, Use};
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, DatabaseBackend, DatabaseConnection,
    DatabaseTransaction, DbErr, IsolationLevel, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long a statement may wait for its turn in SQLite.
const BUSY: Duration = Duration::from_secs(5);
/// Statements a connection keeps prepared; batches of each size have their own text.
const PREPARED: usize = 512;
/// Connections that ask where visitors stand, each with up to hundreds of questions at a time. They take turns,
/// and each keeps memory of its own: with twice as many a decision took PostgreSQL a tenth longer.
const ASKERS: u32 = 4;
/// Connections that record choices and count them.
const WRITERS: u32 = 8;
/// What each connection keeps of an SQLite file in memory, in KiB (negative, as SQLite has it).
const SQLITE_CACHE: &str = "-16384";
/// Rows that may be on their way from SQLite's thread.
const ROWS: usize = 1_024;
/// How long each of them lives, and with it its plan: one made while a table was empty may take the
/// wrong index of two.
const PLAN_LIFE: Duration = Duration::from_secs(60);
/// How the two paths that must be fast read, always: by key, one look-up after the other. Planned
/// once for each connection: planning takes longer than twenty answers.
const BY_KEY: [(&str, &str); 7] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("enable_material", "off"),
    ("enable_memoize", "off"),
];
/// Elsewhere a plan made while a table was small would read all of it for ever.
const PLANNED_ANEW: [(&str, &str); 1] = [("plan_cache_mode", "force_custom_plan")];

/// An open database.
#[derive(Clone, Debug)]
pub struct Storage {
    db: DatabaseConnection,
    reads: DatabaseConnection,
    writes: DatabaseConnection,
    /// PostgreSQL's connections that were opened before this moment are not used any more.
    since: Since,
    /// Held while this process publishes logs kept in SQLite (`dialect::turns::PublishTurn`).
    publishing: Arc<Mutex<()>>,
}

impl Storage {
    /// Opens the database with the durability the records need: what is committed is on disk
    /// (invariant I7).
    pub async fn open(database: &Database) -> Result<Self, DbErr> {
        let pool = if matches!(database, Database::Sqlite { .. }) { 4 } else { 16 };
        let since = Since::now();
        let mut planned_anew = options(database, PLANNED_ANEW.to_vec(), Use::Transactions, &since);
        planned_anew.max_connections(pool);
        let db = sea_orm::Database::connect(planned_anew).await?;
        let (reads, writes) = match database {
            Database::Sqlite { .. } => (db.clone(), db.clone()),
            Database::Postgres { .. } => (
                by_key(database, ASKERS, Use::Statements, &since).await?,
                by_key(database, WRITERS, Use::Transactions, &since).await?,
            ),
        };
        Ok(Self { db, reads, writes, since, publishing: Arc::default() })
    }

    /// The connections that ask where visitors stand (`hot::standings`), without transactions. The first to ask
    /// opens one, so it belongs to the asker's thread.
    pub fn reads(&self) -> &DatabaseConnection {
        &self.reads
    }

    /// The connections that record choices, for what is a transaction in itself.
    pub fn writes(&self) -> &DatabaseConnection {
        &self.writes
    }

    /// The connection, for SeaORM queries.
    pub fn db(&self) -> &DatabaseConnection {
        &self.db
    }

    /// A transaction that writes. On SQLite it takes the writer's lock at once and waits for it:
    /// what it reads before it writes cannot be overtaken.
    pub async fn write(&self) -> Result<DatabaseTransaction, Error> {
        begin(&self.db).await
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
        begin(&self.writes).await
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
        let tx = self.db.begin_with_options(options).await?;
        dialect::long_read(&tx).await?;
        Ok(tx)
    }

    /// Whether this is SQLite: one file, one writer.
    pub fn is_sqlite(&self) -> bool {
        self.db.get_database_backend() == DatabaseBackend::Sqlite
    }

    /// Empties SQLite's write-ahead log, which keeps what was deleted until it is written over;
    /// `false` where somebody reads or writes just now. Nothing waits for it.
    pub async fn empty_log(&self) -> Result<bool, Error> {
        if !self.is_sqlite() {
            return Ok(true);
        }
        Ok(dialect::empty_log(self.db.get_sqlite_connection_pool()).await?)
    }

    /// The database's own time, microseconds since 1970; only ever compared with ours.
    pub async fn now(&self) -> Result<i64, Error> {
        let statement = dialect::now(self.db.get_database_backend());
        let row = self.db.query_one_raw(statement).await?;
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

async fn by_key(
    database: &Database,
    most: u32,
    for_what: Use,
    since: &Since,
) -> Result<DatabaseConnection, DbErr> {
    let mut options = options(database, [&BY_KEY[..], &BRIEF].concat(), for_what, since);
    options.max_connections(most).max_lifetime(PLAN_LIFE).connect_lazy(true);
    sea_orm::Database::connect(options).await
}

fn options(
    database: &Database,
    session: Vec<(&'static str, &'static str)>,
    for_what: Use,
    since: &Since,
) -> ConnectOptions {
    let mut options = match database {
        Database::Postgres { url } => ConnectOptions::new(url.expose()),
        Database::Sqlite { path } => {
            ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()))
        }
    };
    let patience = if matches!(database, Database::Sqlite { .. }) { BUSY } else { ACQUIRE };
    options
        .acquire_timeout(patience)
        .connect_timeout(patience)
        .test_before_acquire(false)
        .sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|sqlite| {
        use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
        sqlite
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY)
            // What is deleted is overwritten: forgetting leaves nothing in free pages.
            .pragma("secure_delete", "on")
            .pragma("cache_size", SQLITE_CACHE)
            // A page of rows comes over from SQLite's thread without either waiting for the other.
            .row_buffer_size(ROWS)
            .statement_cache_capacity(PREPARED)
    });
    options.map_sqlx_postgres_opts(move |postgres| {
        postgres
            .statement_cache_capacity(PREPARED)
            // Compiling a statement takes longer than any of ours runs.
            .options(SESSION)
            .options([("synchronous_commit", "on"), ("jit", "off")])
            .options(session.iter().copied())
    });
    let (since, abandoned) = (since.clone(), since.clone());
    options
        .map_sqlx_postgres_before_acquire(move |_, connection| {
            Box::pin(ready(Ok(since.good(connection.age))))
        })
        .map_sqlx_postgres_pool_opts(move |pool| {
            patience::closing_abandoned(pool, for_what, &abandoned)
        });
    options
}
