//! Every difference between PostgreSQL and SQLite, but for the hot statements.

pub mod months;

use super::records::Slot;
use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{ArrayType, Condition, Expr, ExprTrait, Value};
use sea_orm::{ColumnTrait, DatabaseBackend, Statement};

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

/// Whether `(time, id)` is one of some slots. In PostgreSQL the bounds, which are constants when
/// the statement is planned, leave only their months.
pub fn in_slots<C: ColumnTrait>(
    backend: DatabaseBackend,
    (time, id): (C, C),
    slots: &[Slot],
) -> Condition {
    let times = slots.iter().map(|(time, _)| time.0);
    let (Some(first), Some(last)) = (times.clone().min(), times.clone().max()) else {
        return Condition::any();
    };
    let ids = slots.iter().map(|(_, id)| *id);
    if backend != DatabaseBackend::Postgres {
        return Condition::all().add(id.is_in(ids));
    }
    let times = times.map(Value::from).collect();
    let ids = ids.map(Value::from).collect();
    let pairs = format!(
        "({}, {}) in (select * from unnest($1::bigint[], $2::uuid[]))",
        time.unquoted(),
        id.unquoted()
    );
    let lists = [
        Value::Array(ArrayType::BigInt, Some(Box::new(times))),
        Value::Array(ArrayType::Uuid, Some(Box::new(ids))),
    ];
    Condition::all().add(time.between(first, last)).add(Expr::cust_with_values(pairs, lists))
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
