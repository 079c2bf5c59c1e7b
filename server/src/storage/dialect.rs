//! Every difference between PostgreSQL and SQLite, but for the hot statements.

pub mod months;

use super::records::Slot;
use ouinon_domain::ids::SiteId;
use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{ArrayType, Condition, Expr, ExprTrait, Value};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, DatabaseTransaction, DbErr, Statement,
    TransactionTrait, sqlx,
};
use std::time::Duration;

/// The database's clock in microseconds since 1970.
pub fn now(backend: DatabaseBackend) -> Statement {
    let sql = match backend {
        DatabaseBackend::Postgres => {
            "select (extract(epoch from clock_timestamp()) * 1000000)::bigint"
        }
        _ => "select cast((julianday('now') - 2440587.5) * 86400000000 as integer)",
    };
    Statement::from_string(backend, sql)
}

/// Whether a column is one of some values. In PostgreSQL they are one array, so that the statement
/// keeps its text, and its plan, however many there are.
pub fn one_of<C: ColumnTrait, V: Into<Value>>(
    backend: DatabaseBackend,
    column: C,
    values: impl IntoIterator<Item = V>,
) -> Expr {
    let values: Vec<Value> = values.into_iter().map(Into::into).collect();
    match (backend, values.first()) {
        (DatabaseBackend::Postgres, Some(first)) => {
            let array = Value::Array(first.array_type(), Some(Box::new(values)));
            Expr::col(column.as_column_ref()).eq(PgFunc::any(array))
        }
        _ => column.is_in(values),
    }
}

/// Whether `[site, time, id]` is one of some slots of sites. In PostgreSQL the bounds of the times,
/// which are constants when the statement is planned, leave only their months.
pub fn in_slots<'a, C: ColumnTrait>(
    backend: DatabaseBackend,
    [site, time, id]: [C; 3],
    slots: impl IntoIterator<Item = (&'a SiteId, Slot)>,
) -> Condition {
    let (mut sites, mut times, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for (site, (at, record)) in slots {
        sites.push(site.as_str());
        times.push(at.0);
        ids.push(record);
    }
    let (Some(first), Some(last)) = (times.iter().min().copied(), times.iter().max().copied())
    else {
        return Condition::all().add(Expr::value(false));
    };
    if backend != DatabaseBackend::Postgres {
        sites.dedup();
        return Condition::all().add(site.is_in(sites)).add(id.is_in(ids));
    }
    let columns = [site, time, id].map(|column| column.unquoted().to_owned()).join(", ");
    let these =
        format!("({columns}) in (select * from unnest($1::text[], $2::bigint[], $3::uuid[]))");
    let lists = [
        list(ArrayType::String, sites),
        list(ArrayType::BigInt, times),
        list(ArrayType::Uuid, ids),
    ];
    Condition::all().add(time.between(first, last)).add(Expr::cust_with_values(these, lists))
}

fn list<V: Into<Value>>(kind: ArrayType, values: Vec<V>) -> Value {
    Value::Array(kind, Some(Box::new(values.into_iter().map(Into::into).collect())))
}

/// A list of byte strings as one parameter: an array in PostgreSQL, JSON of hex in SQLite.
pub fn byte_list<'a>(backend: DatabaseBackend, items: impl Iterator<Item = &'a [u8]>) -> Value {
    match backend {
        DatabaseBackend::Postgres => {
            let items = items.map(|item| Value::Bytes(Some(item.to_vec()))).collect();
            Value::Array(ArrayType::Bytes, Some(Box::new(items)))
        }
        _ => {
            let items: Vec<String> = items.map(ouinon_domain::canonical::hex).collect();
            Value::String(Some(serde_json::Value::from(items).to_string()))
        }
    }
}

/// Writes SQLite's write-ahead log back into its file and cuts it to nothing; `false` where that
/// would wait for somebody. On a connection of its own, which waits for nobody.
pub async fn empty_log(pool: &sqlx::SqlitePool) -> Result<bool, DbErr> {
    use sqlx::{ConnectOptions, Connection};
    let failed = |error: sqlx::Error| DbErr::Custom(error.to_string());
    let impatient = pool.connect_options().as_ref().clone().busy_timeout(Duration::ZERO);
    let mut connection = impatient.connect().await.map_err(failed)?;
    let done = sqlx::query_scalar("pragma wal_checkpoint(truncate)").fetch_one(&mut connection);
    let busy: i64 = done.await.map_err(failed)?;
    connection.close().await.map_err(failed)?;
    Ok(busy == 0)
}

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
    pub async fn take(storage: &super::Storage, turn: Turn) -> Result<Self, DbErr> {
        if storage.is_sqlite() {
            return Ok(Self(None));
        }
        let tx = storage.db().begin().await?;
        let sql = format!("select pg_advisory_xact_lock({})", turn as i64);
        tx.execute_unprepared(&sql).await?;
        Ok(Self(Some(tx)))
    }

    /// Takes the lock unless another server has it.
    pub async fn try_take(storage: &super::Storage, turn: Turn) -> Result<Option<Self>, DbErr> {
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
