//! The rows a transaction appends, of one table or of several: in PostgreSQL all of them with one
//! statement, each column of a table one array.

use crate::error::Error;
use crate::storage::dialect::list;
use sea_orm::sea_query::{ArrayType, Iden, OnConflict, Query, Value};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, Iterable, ModelTrait,
    PrimaryKeyToColumn, Statement,
};
use std::borrow::Borrow;

/// What becomes of a row whose key is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The statement fails.
    Refuse,
    /// It stays as it is, and nobody else may touch it until the transaction ends.
    Lock,
    /// It is replaced.
    Replace,
}

/// Rows of one table.
#[derive(Debug)]
pub struct Rows {
    table: String,
    key: Vec<String>,
    columns: Vec<String>,
    /// Which columns may be null.
    nullable: Vec<bool>,
    rows: Vec<Vec<Value>>,
    known: Known,
}

impl Rows {
    /// Rows to insert.
    pub fn of<E: EntityTrait>(
        rows: impl IntoIterator<Item: Borrow<E::Model>>,
        known: Known,
    ) -> Self {
        let name = |column: E::Column| column.unquoted().to_owned();
        let values = |row: &E::Model| E::Column::iter().map(|column| row.get(column)).collect();
        Self {
            table: E::default().table_name().to_owned(),
            key: E::PrimaryKey::iter().map(|key| name(key.into_column())).collect(),
            columns: E::Column::iter().map(name).collect(),
            nullable: E::Column::iter().map(|column| column.def().is_null()).collect(),
            rows: rows.into_iter().map(|row| values(row.borrow())).collect(),
            known,
        }
    }

    fn rest(&self) -> impl Iterator<Item = &String> {
        self.columns.iter().filter(|column| !self.key.contains(column))
    }

    /// The statement in PostgreSQL; its parameters are added to those of the statements before it.
    fn arrays(self, parameters: &mut Vec<Value>) -> Result<String, Error> {
        let (then, columns) = (self.then(), self.columns.join(", "));
        let mut lists = vec![Vec::with_capacity(self.rows.len()); self.columns.len()];
        for row in self.rows {
            lists.iter_mut().zip(row).for_each(|(list, value)| list.push(value));
        }
        let (mut values, mut names, mut arrays) = (Vec::new(), Vec::new(), Vec::new());
        for ((name, list), nullable) in self.columns.iter().zip(lists).zip(self.nullable) {
            let mut add = |name: String, list: Vec<Value>| {
                arrays.push(array(parameters, list)?);
                names.push(name);
                Ok::<_, Error>(())
            };
            if nullable {
                // The driver's arrays hold no nulls, so another one says which values there are.
                let there = |value: &Value| (*value != value.as_null()).into();
                add(format!("has_{name}"), list.iter().map(there).collect())?;
                let or_any = |value: Value| match value == value.as_null() {
                    true => value.dummy_value(),
                    false => value,
                };
                add(name.clone(), list.into_iter().map(or_any).collect())?;
                values.push(format!("case when has_{name} then {name} end"));
            } else {
                add(name.clone(), list)?;
                values.push(name.clone());
            }
        }
        let [values, names, arrays] = [values, names, arrays].map(|list| list.join(", "));
        Ok(format!(
            "insert into {} ({columns}) select {values} from unnest({arrays}) as q({names}){then}",
            self.table
        ))
    }

    fn then(&self) -> String {
        let key = self.key.join(", ");
        match self.known {
            Known::Refuse => String::new(),
            Known::Lock => {
                let (table, any) = (&self.table, &self.key[0]);
                format!(" on conflict ({key}) do update set {any} = {table}.{any} where false")
            }
            Known::Replace => {
                let set: Vec<_> =
                    self.rest().map(|name| format!("{name} = excluded.{name}")).collect();
                format!(" on conflict ({key}) do update set {}", set.join(", "))
            }
        }
    }

    /// Inserts them in SQLite, whose one writer is the lock.
    async fn insert(self, db: &impl ConnectionTrait) -> Result<(), Error> {
        let mut conflict = OnConflict::columns(self.key.iter().cloned());
        match self.known {
            Known::Refuse => {}
            Known::Lock => drop(conflict.do_nothing()),
            Known::Replace => drop(conflict.update_columns(self.rest().cloned())),
        }
        let mut query = Query::insert();
        query.into_table(self.table).columns(self.columns);
        for row in self.rows {
            let row = row.into_iter().map(Into::into);
            query.values(row).map_err(|error| Error::internal("a row to insert", error))?;
        }
        if self.known != Known::Refuse {
            query.on_conflict(conflict);
        }
        db.execute(&query).await?;
        Ok(())
    }
}

/// A list as a parameter, and what it is called in the statement.
fn array(parameters: &mut Vec<Value>, values: Vec<Value>) -> Result<String, Error> {
    let kind = values.first().map_or(ArrayType::String, Value::array_type);
    let name = match kind {
        ArrayType::Bytes => "bytea",
        ArrayType::Uuid => "uuid",
        ArrayType::String => "text",
        ArrayType::BigInt => "bigint",
        ArrayType::Bool => "boolean",
        other => return Err(Error::Internal(format!("no column is of {other:?}"))),
    };
    parameters.push(list(kind, values));
    Ok(format!("${}::{name}[]", parameters.len()))
}

/// Inserts rows.
pub async fn insert(
    db: &impl ConnectionTrait,
    tables: impl IntoIterator<Item = Rows>,
) -> Result<(), Error> {
    let tables = tables.into_iter().filter(|table| !table.rows.is_empty());
    let backend = db.get_database_backend();
    if backend != DatabaseBackend::Postgres {
        for table in tables {
            table.insert(db).await?;
        }
        return Ok(());
    }
    let mut parameters = Vec::new();
    let mut inserts = Vec::new();
    for table in tables {
        inserts.push(table.arrays(&mut parameters)?);
    }
    let Some(last) = inserts.pop() else { return Ok(()) };
    let before: Vec<_> = (1..).zip(inserts).map(|(n, one)| format!("t{n} as ({one})")).collect();
    let with =
        if before.is_empty() { String::new() } else { format!("with {} ", before.join(", ")) };
    db.execute_raw(Statement::from_sql_and_values(backend, with + &last, parameters)).await?;
    Ok(())
}
