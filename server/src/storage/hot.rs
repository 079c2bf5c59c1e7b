//! The raw statements of the two paths that must be fast: what a decision reads, the lock a write
//! takes, and the rows it appends. Each keeps its text whatever the number of rows, so PostgreSQL
//! plans it once.

use super::dialect::byte_list;
use super::entity::state;
use crate::error::Error;
use ouinon_domain::canonical::hex;
use ouinon_domain::ids::{SiteId, VisitorId};
use ouinon_domain::state::State;
use sea_orm::sea_query::{Iden, OnConflict, Value};
use sea_orm::{
    ConnectionTrait, DatabaseBackend, EntityTrait, FromQueryResult, IntoActiveModel, Iterable,
    ModelTrait, PrimaryKeyToColumn, QueryResult, Statement,
};
use std::collections::HashMap;
use uuid::Uuid;

/// What the primary said about one visitor after it was asked. Only this file makes one, from a
/// row; a decision cannot be computed from anything else (trust.md, "why the cache never says
/// yes").
#[derive(Debug)]
pub struct Standing {
    state: Option<State>,
    erased: bool,
    log_index: Option<u64>,
}

impl Standing {
    /// The sum of the visitor's records.
    pub fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// Whether the visitor stands in the register of erasures.
    pub fn erased(&self) -> bool {
        self.erased
    }

    /// Where the last record stands in the evidence log, once it does.
    pub fn log_index(&self) -> Option<u64> {
        self.log_index
    }
}

/// The answer to one statement: the site's epoch and a standing per visitor, in the order asked.
#[derive(Debug)]
pub struct Standings {
    /// The site's epoch at that moment.
    pub epoch: i64,
    /// Whether the mark was there (`consent/lease`); always in SQLite, which needs none.
    pub marked: bool,
    /// In the order asked.
    pub standings: Vec<Standing>,
}

const STANDINGS_POSTGRES: &str = "\
select s.epoch, exists (select from lease where mark = $4) as marked,
  q.n, e.visitor_hmac is not null as erased, li.position, st.*
from unnest($2::bytea[], $3::bytea[]) with ordinality as q(visitor, hmac, n)
join site s on s.id = $1 and not pg_is_in_recovery()
left join state st on st.site = $1 and st.visitor = q.visitor
left join log_index li on li.site = $1 and li.record = st.record
left join erasure e on e.site = $1 and e.visitor_hmac = q.hmac";

/// Visitor and hash in one list: two lists joined by place would be read once for each of the
/// other's entries.
const STANDINGS_SQLITE: &str = "\
select s.epoch, true as marked, q.key + 1 as n, e.visitor_hmac is not null as erased, li.position, st.*
from json_each(?2) q
join site s on s.id = ?1
left join state st on st.site = ?1 and st.visitor = unhex(substr(q.value, 1, 32))
left join log_index li on li.site = ?1 and li.record = st.record
left join erasure e on e.site = ?1 and e.visitor_hmac = unhex(substr(q.value, 33))";

/// Asks the primary about visitors of a site, given with their hashes in the register of
/// erasures, and whether it has a mark. `None` where the site is gone or the database is a replica.
pub async fn standings(
    db: &impl ConnectionTrait,
    site: &SiteId,
    visitors: &[(VisitorId, [u8; 32])],
    mark: Option<Uuid>,
) -> Result<Option<Standings>, Error> {
    let backend = db.get_database_backend();
    let (sql, values) = match backend {
        DatabaseBackend::Postgres => {
            let ids = byte_list(backend, visitors.iter().map(|(id, _)| id.0.as_slice()));
            let hashes = byte_list(backend, visitors.iter().map(|(_, hash)| hash.as_slice()));
            (STANDINGS_POSTGRES, vec![site.as_str().into(), ids, hashes, Value::Uuid(mark)])
        }
        _ => {
            let both = visitors.iter().map(|(id, hash)| [id.0.as_slice(), hash].concat());
            let both: Vec<Vec<u8>> = both.collect();
            let pairs = byte_list(backend, both.iter().map(Vec::as_slice));
            (STANDINGS_SQLITE, vec![site.as_str().into(), pairs])
        }
    };
    let rows = db.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    let mut by_place = HashMap::with_capacity(rows.len());
    let mut of_site = None;
    for row in rows {
        of_site = Some((row.try_get::<i64>("", "epoch")?, row.try_get("", "marked")?));
        by_place.insert(row.try_get::<i64>("", "n")?, standing(&row)?);
    }
    let in_order = (1..).map_while(|n| by_place.remove(&n)).collect::<Vec<_>>();
    Ok(of_site.filter(|_| in_order.len() == visitors.len()).map(|(epoch, marked)| Standings {
        epoch,
        marked,
        standings: in_order,
    }))
}

fn standing(row: &QueryResult) -> Result<Standing, Error> {
    let known = row.try_get::<Option<i64>>("", "version")?.is_some();
    let state = match known {
        true => Some(super::records::read_state(state::Model::from_query_result(row, "")?)?),
        false => None,
    };
    let position: Option<i64> = row.try_get("", "position")?;
    let log_index = position.and_then(|position| u64::try_from(position).ok());
    Ok(Standing { state, erased: row.try_get("", "erased")?, log_index })
}

/// Locks the visitors' subject rows in the order of their ids, so that two batches never wait for
/// each other in a circle. SQLite has one writer: the transaction's first write was its lock.
pub async fn lock_subjects(
    db: &impl ConnectionTrait,
    site: &SiteId,
    visitors: &[VisitorId],
) -> Result<(), Error> {
    let backend = db.get_database_backend();
    if backend == DatabaseBackend::Postgres {
        let sql = "select 1 from subject where site = $1 and visitor = any($2::bytea[]) \
                   order by visitor for update";
        let ids = byte_list(backend, visitors.iter().map(|id| id.0.as_slice()));
        let values = [site.as_str().into(), ids];
        db.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    }
    Ok(())
}

/// The sites with leaves that wait for their index, found without reading the whole queue: each
/// step asks for the next site after the last.
pub async fn sites_with_leaves(db: &impl ConnectionTrait) -> Result<Vec<SiteId>, Error> {
    let sql = "with recursive next(site) as (select min(site) from leaf_queue union all \
               select (select min(q.site) from leaf_queue q where q.site > next.site) from next \
               where next.site is not null) select site from next where site is not null";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    let mut sites = Vec::with_capacity(rows.len());
    for row in rows {
        sites.extend(SiteId::parse(&row.try_get::<String>("", "site")?));
    }
    Ok(sites)
}

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
