//! The connections to the database: which there are, what each of them is told, how they are used.

use super::Storage;
use super::patience::{ACQUIRE, BRIEF, SESSION, Since, Use, closing_abandoned};
use crate::config::Database;
use sea_orm::{ConnectOptions, DatabaseConnection, DbErr};
use std::future::ready;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
/// How long connections are used, and with them their plans: one made while a table was empty may take the
/// wrong index of two.
pub(super) const PLAN_LIFE: Duration = Duration::from_secs(60);
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

/// The pools that are in use now.
#[derive(Debug)]
pub(super) struct Pools {
    pub db: DatabaseConnection,
    pub reads: DatabaseConnection,
    pub writes: DatabaseConnection,
    opened: Instant,
}

impl Pools {
    /// New ones; `lazy`: connections are opened once they are needed.
    pub async fn open(database: &Database, since: &Since, lazy: bool) -> Result<Self, DbErr> {
        let pool = if matches!(database, Database::Sqlite { .. }) { 4 } else { 16 };
        let mut planned_anew = options(database, PLANNED_ANEW.to_vec(), Use::Transactions, since);
        planned_anew.max_connections(pool).connect_lazy(lazy);
        let db = sea_orm::Database::connect(planned_anew).await?;
        let (reads, writes) = match database {
            Database::Sqlite { .. } => (db.clone(), db.clone()),
            Database::Postgres { .. } => (
                by_key(database, ASKERS, Use::Statements, since).await?,
                by_key(database, WRITERS, Use::Transactions, since).await?,
            ),
        };
        Ok(Self { db, reads, writes, opened: Instant::now() })
    }
}

async fn by_key(
    database: &Database,
    most: u32,
    for_what: Use,
    since: &Since,
) -> Result<DatabaseConnection, DbErr> {
    let mut options = options(database, [&BY_KEY[..], &BRIEF].concat(), for_what, since);
    options.max_connections(most).connect_lazy(true);
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
        .map_sqlx_postgres_pool_opts(move |pool| closing_abandoned(pool, for_what, &abandoned));
    options
}

/// Connections for one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// What for.
    pub name: &'static str,
    /// How many are open,
    pub open: usize,
    /// and of those nobody uses so many.
    pub idle: usize,
}

impl Storage {
    /// All pools. SQLite has one.
    pub fn pools(&self) -> Vec<Pool> {
        let count = |name, db: &DatabaseConnection| {
            let (open, idle) = match self.is_sqlite() {
                true => {
                    let pool = db.get_sqlite_connection_pool();
                    (pool.size(), pool.num_idle())
                }
                false => {
                    let pool = db.get_postgres_connection_pool();
                    (pool.size(), pool.num_idle())
                }
            };
            let open = usize::try_from(open).unwrap_or(usize::MAX);
            // Counted one after the other.
            Pool { name, open, idle: idle.min(open) }
        };
        let now = self.pools.load();
        let mut pools = vec![count("general", &now.db)];
        if !self.is_sqlite() {
            pools.extend([count("decisions", &now.reads), count("choices", &now.writes)]);
        }
        pools
    }

    /// Has PostgreSQL asked over other connections from now on, where these are older than that. A connection
    /// that comes back to its pool is asked by the driver whether it lives, without a deadline: one that died
    /// just then keeps its place in that pool for good. Whoever has a connection keeps it.
    pub async fn replace_older(&self, age: Duration) -> Result<(), DbErr> {
        if !self.is_sqlite() && self.pools.load().opened.elapsed() >= age {
            let pools = Pools::open(&self.database, &self.since, true).await?;
            self.pools.store(Arc::new(pools));
        }
        Ok(())
    }
}
