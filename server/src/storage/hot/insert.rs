//! The rows a write appends, many of a table with one statement.

use crate::error::Error;
use ouinon_domain::canonical::hex;
use sea_orm::sea_query::{Iden, OnConflict, Value};
use sea_orm::{
    ConnectionTrait, DatabaseBackend, EntityTrait, IntoActiveModel, Iterable, ModelTrait,
    PrimaryKeyToColumn, Statement,
};

/// What becomes of a row whose key is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The statement fails.
    Refuse,
    /// It stays as it is.
    Keep,
    /// It is replaced.
    Replace,
}

/// Inserts rows of one table with one statement.
pub async fn insert<E>(
    db: &impl ConnectionTrait,
    rows: Vec<E::Model>,
    known: Known,
) -> Result<(), Error>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    if rows.is_empty() {
        return Ok(());
    }
    let backend = db.get_database_backend();
    if backend == DatabaseBackend::Postgres {
        let rows = rows.iter().map(json_row).collect::<Result<Vec<_>, _>>()?;
        let json = serde_json::Value::Array(rows).to_string();
        let sql = insert_sql::<E>(known);
        db.execute_raw(Statement::from_sql_and_values(backend, sql, [json.into()])).await?;
        return Ok(());
    }
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    let insert = E::insert_many(rows);
    let key = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column);
    let mut conflict = OnConflict::columns(key);
    match known {
        Known::Refuse => insert.exec_without_returning(db).await?,
        Known::Keep => {
            conflict.do_nothing();
            insert.on_conflict(conflict).exec_without_returning(db).await?
        }
        Known::Replace => {
            conflict.update_columns(E::Column::iter());
            insert.on_conflict(conflict).exec_without_returning(db).await?
        }
    };
    Ok(())
}

/// PostgreSQL reads the rows out of one JSON parameter, by the table's own column types (taken from
/// the table: a type called `record` is PostgreSQL's own; `where false` opens none of its months).
fn insert_sql<E: EntityTrait>(known: Known) -> String {
    let table = E::default().table_name().to_owned();
    let key: Vec<String> =
        E::PrimaryKey::iter().map(|key| key.into_column().unquoted().to_string()).collect();
    let key = key.join(", ");
    let then = match known {
        Known::Refuse => String::new(),
        Known::Keep => format!(" on conflict ({key}) do nothing"),
        Known::Replace => {
            let set = E::Column::iter().map(|column| column.unquoted().to_string());
            let set: Vec<_> = set.map(|name| format!("{name} = excluded.{name}")).collect();
            format!(" on conflict ({key}) do update set {}", set.join(", "))
        }
    };
    format!(
        "insert into {table} select * from json_populate_recordset((select t from {table} t where false), \
         $1::text::json){then}"
    )
}

/// A row as JSON that PostgreSQL casts to the column types; bytes in its own hex form.
fn json_row<M: ModelTrait>(model: &M) -> Result<serde_json::Value, Error> {
    let mut row = serde_json::Map::new();
    for column in <M::Entity as EntityTrait>::Column::iter() {
        let value = match model.get(column) {
            Value::Bytes(Some(bytes)) => format!("\\x{}", hex(&bytes)).into(),
            Value::Uuid(Some(id)) => id.to_string().into(),
            Value::String(Some(text)) => text.into(),
            Value::BigInt(Some(number)) => number.into(),
            Value::Bool(Some(yes)) => yes.into(),
            Value::Bytes(None)
            | Value::Uuid(None)
            | Value::String(None)
            | Value::BigInt(None)
            | Value::Bool(None) => serde_json::Value::Null,
            other => return Err(Error::Internal(format!("no JSON form of {other:?}"))),
        };
        row.insert(column.unquoted().to_string(), value);
    }
    Ok(row.into())
}
