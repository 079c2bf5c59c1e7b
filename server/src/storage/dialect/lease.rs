//! The marks that show PostgreSQL to be the primary still (`consent/lease`): rows of the table
//! `lease`, written over a connection of their own, so that nothing waits for them and they wait
//! for nothing but the standbys. SQLite needs none.

use crate::error::Error;
use crate::random::random_bytes;
use crate::storage::{Storage, patience};
use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::{self, Connection};
use uuid::Uuid;

/// Leaves one mark and takes another away. The lock is held until the commit is done, so that a
/// server waits for standbys with one connection, however often it loses patience.
const LEAVE: &str = "\
with turn as materialized (select pg_try_advisory_xact_lock($3) as free),
gone as (delete from lease using turn where turn.free and lease.mark = $2)
insert into lease (mark, written_at)
select $1, (extract(epoch from clock_timestamp()) * 1000000)::bigint from turn where turn.free";

/// What servers left that were killed: a day is long after anybody asks for it.
const SWEEP: &str = "\
delete from lease
where written_at < (extract(epoch from clock_timestamp()) - 86400)::bigint * 1000000";

/// Leaves marks.
#[derive(Debug)]
pub struct Marks {
    storage: Storage,
    connection: Option<PgConnection>,
    /// This server's own lock.
    turn: i64,
}

impl Marks {
    /// Marks in this database; `None` where it is SQLite.
    pub fn of(storage: &Storage) -> Result<Option<Self>, getrandom::Error> {
        if storage.is_sqlite() {
            return Ok(None);
        }
        let turn = i64::from_be_bytes(random_bytes()?);
        Ok(Some(Self { storage: storage.clone(), connection: None, turn }))
    }

    /// Leaves `mark`, takes `gone` away, and comes back when that is committed wherever it has to
    /// be. `false`: an earlier one still waits for that. Whoever stops waiting, or fails, starts
    /// over with another connection: the address may lead to another database by then.
    pub async fn leave(&mut self, mark: Uuid, gone: Option<Uuid>) -> Result<bool, Error> {
        let known = self.connection.take();
        let anew = known.is_none();
        let mut connection = match known {
            Some(connection) => connection,
            None => patience::connected(self.connect()).await?,
        };
        let leaving = sqlx::query(LEAVE).bind(mark).bind(gone).bind(self.turn);
        let left = leaving.execute(&mut connection).await?.rows_affected() > 0;
        if left {
            self.storage.heard().await?;
        }
        if left && anew {
            // Whatever ended the last one has happened to the others too.
            self.storage.reconnect().await?;
        }
        self.connection = left.then_some(connection);
        Ok(left)
    }

    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let options = self.storage.db().get_postgres_connection_pool().connect_options();
        let mut connection = PgConnection::connect_with(&options).await?;
        sqlx::query(SWEEP).execute(&mut connection).await?;
        Ok(connection)
    }
}
