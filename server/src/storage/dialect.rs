//! Every difference between PostgreSQL and SQLite, but for the hot statements.

pub mod lease;
pub mod months;
pub mod schema;
pub mod turns;
pub mod unmarked;

use super::patience::IDLE;
use super::rows::Slot;
use crate::error::Error;
use ouinon_domain::ids::SiteId;
use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{ArrayType, Condition, Expr, ExprTrait, Value};
use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, DatabaseBackend, DatabaseTransaction, DbErr,
    QueryResult, Statement, sqlx,
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

/// The settings that say when a commit is safe, and whether commits are taken at all.
pub fn promises(backend: DatabaseBackend) -> Statement {
    let sql = match backend {
        DatabaseBackend::Postgres => {
            "select pg_is_in_recovery() as replica, current_setting('fsync') = 'on' as fsync, \
             current_setting('full_page_writes') = 'on' as full_page_writes, \
             current_setting('synchronous_commit') as synchronous_commit, \
             current_setting('synchronous_standby_names') as standbys"
        }
        _ => "select journal_mode, synchronous from pragma_journal_mode, pragma_synchronous",
    };
    Statement::from_string(backend, sql)
}

/// Whether the value in a row is of the kind of its column. SQLite stores anything anywhere, and
/// its driver reads some of it as if it belonged there; PostgreSQL sees to it itself.
pub fn is_of_its_kind<C: ColumnTrait>(row: &QueryResult, column: C) -> bool {
    use sea_orm::sqlx::{Row, TypeInfo, ValueRef};
    let Some(stored) = row.try_as_sqlite_row() else { return true };
    let name = column.unquoted();
    let Ok(value) = stored.try_get_raw(name) else { return false };
    let kind = value.type_info();
    let expected = match column.def().get_column_type() {
        ColumnType::Boolean => {
            return value.is_null()
                || [Ok(0), Ok(1)].contains(&row.try_get("", name).map_err(drop));
        }
        ColumnType::BigInteger => "INTEGER",
        ColumnType::Text | ColumnType::String(_) => "TEXT",
        _ => "BLOB",
    };
    value.is_null() || kind.name() == expected
}

/// Prepares this transaction for reading all of a site, page by page: its statements take as long
/// as they need, and rows are looked up by their keys ([`looked_up`]). Without statistics (a
/// restored dump has none) PostgreSQL would read all that a site has for every page.
pub async fn long_read(tx: &impl ConnectionTrait) -> Result<(), DbErr> {
    let settings = [
        ("statement_timeout", "0"),
        ("enable_sort", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
    ];
    set_local(tx, &settings).await
}

/// Ends this transaction where its server says nothing more in it: what it locks is wanted by others.
pub async fn end_if_idle(tx: &impl ConnectionTrait) -> Result<(), DbErr> {
    set_local(tx, &[IDLE]).await
}

/// Has each statement of this transaction planned anew from here on, with the values it is given.
pub async fn plan_anew(tx: &impl ConnectionTrait) -> Result<(), DbErr> {
    set_local(tx, &[("plan_cache_mode", "force_custom_plan")]).await
}

/// Settings of PostgreSQL for this transaction, in one round trip.
async fn set_local(tx: &impl ConnectionTrait, settings: &[(&str, &str)]) -> Result<(), DbErr> {
    if tx.get_database_backend() == DatabaseBackend::Postgres {
        let set = |(name, value): &(&str, &str)| format!("set_config('{name}', '{value}', true)");
        let sql = format!("select {}", settings.iter().map(set).collect::<Vec<_>>().join(", "));
        tx.execute_raw(Statement::from_string(DatabaseBackend::Postgres, sql)).await?;
    }
    Ok(())
}

/// Whether a column is one of some values. In PostgreSQL they are one array, so that the statement
/// keeps its text, and its plan, however many there are.
pub fn one_of<C: ColumnTrait, V: Into<Value>>(
    backend: DatabaseBackend,
    column: C,
    values: impl IntoIterator<Item = V>,
) -> Expr {
    among(backend, column, values, |array| Expr::col(column.as_column_ref()).eq(PgFunc::any(array)))
}

/// [`one_of`] in a [`long_read`]: one look-up for each value.
pub fn looked_up<C: ColumnTrait, V: Into<Value>>(
    backend: DatabaseBackend,
    column: C,
    values: impl IntoIterator<Item = V>,
) -> Expr {
    let these = format!("{} in (select unnest($1))", column.unquoted());
    among(backend, column, values, |array| Expr::cust_with_values(these, [array]))
}

fn among<C: ColumnTrait, V: Into<Value>>(
    backend: DatabaseBackend,
    column: C,
    values: impl IntoIterator<Item = V>,
    in_array: impl FnOnce(Value) -> Expr,
) -> Expr {
    let values: Vec<Value> = values.into_iter().map(Into::into).collect();
    match (backend, values.first()) {
        (DatabaseBackend::Postgres, Some(first)) => in_array(list(first.array_type(), values)),
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

/// A list of values as one parameter of PostgreSQL.
pub fn list<V: Into<Value>>(kind: ArrayType, values: Vec<V>) -> Value {
    Value::Array(kind, Some(Box::new(values.into_iter().map(Into::into).collect())))
}

/// A list of byte strings as one parameter: an array in PostgreSQL, JSON of hex in SQLite.
pub fn byte_list<'a>(backend: DatabaseBackend, items: impl Iterator<Item = &'a [u8]>) -> Value {
    match backend {
        DatabaseBackend::Postgres => list(ArrayType::Bytes, items.map(<[u8]>::to_vec).collect()),
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

/// Lets one server at a time register the installation's keys, until its transaction ends. SQLite
/// has one writer, which the transaction is.
pub async fn lock_registry(tx: &DatabaseTransaction) -> Result<(), Error> {
    if tx.get_database_backend() == DatabaseBackend::Postgres {
        tx.execute_unprepared("lock table signing_key in share row exclusive mode").await?;
    }
    Ok(())
}
