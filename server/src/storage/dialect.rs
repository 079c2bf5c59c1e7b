//! Every difference between PostgreSQL and SQLite, but for the hot statements.

use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{ArrayType, Expr, ExprTrait, Value};
use sea_orm::{ColumnTrait, DatabaseBackend, DbErr, Statement, sqlx};
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

/// Lets one server at a time apply migrations. PostgreSQL: an advisory lock held by a transaction
/// of its own; SQLite: a lock on a file beside it (`lock::migrating`).
#[derive(Debug)]
pub struct MigrationLock(Option<sea_orm::DatabaseTransaction>);

impl MigrationLock {
    /// Any number, the same for every server.
    const KEY: i64 = 0x6f75_696e_6f6e;

    /// Waits for the lock.
    pub async fn take(storage: &super::Storage) -> Result<Self, sea_orm::DbErr> {
        use sea_orm::{ConnectionTrait, TransactionTrait};
        if storage.is_sqlite() {
            return Ok(Self(None));
        }
        let tx = storage.db().begin().await?;
        let sql = format!("select pg_advisory_xact_lock({})", Self::KEY);
        tx.execute_unprepared(&sql).await?;
        Ok(Self(Some(tx)))
    }

    /// Gives it back.
    pub async fn release(self) {
        if let Some(tx) = self.0 {
            // Nothing was written; a lost connection has released the lock by itself.
            let _ = tx.rollback().await;
        }
    }
}
