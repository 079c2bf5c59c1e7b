//! Which leaves wait for the sequencer, and whose.

use crate::error::Error;
use crate::storage::dialect::list;
use crate::storage::log::Placed;
use ouinon_domain::canonical::hex;
use ouinon_domain::ids::SiteId;
use sea_orm::sea_query::ArrayType;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use serde_json::{Value, json};

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

/// Each by its key. In a join, a queue that was empty when PostgreSQL last counted it would be read as a
/// whole, and the list of what is to be taken once for each leaf that waits.
const TAKE_POSTGRES: &str = "delete from leaf_queue where ctid = any(array(\
  select (select waits.ctid from leaf_queue waits \
          where waits.site = q.site and waits.queued_at = q.given_at and waits.record = q.record) \
  from unnest($1::text[], $2::bigint[], $3::uuid[]) as q(site, given_at, record)))";

const TAKE_SQLITE: &str = "delete from leaf_queue where (site, record) in (\
  select value ->> 0, unhex(value ->> 1) from json_each(?1))";

/// Takes the leaves of records that have their places out of the queue; answers how many were there.
pub async fn take(db: &impl ConnectionTrait, placed: &[Placed]) -> Result<u64, Error> {
    let backend = db.get_database_backend();
    let statement = if backend == DatabaseBackend::Postgres {
        let lists = [
            list(ArrayType::String, placed.iter().map(|one| one.row.site.as_str()).collect()),
            list(ArrayType::BigInt, placed.iter().map(|one| one.row.given_at).collect()),
            list(ArrayType::Uuid, placed.iter().map(|one| one.row.record).collect()),
        ];
        Statement::from_sql_and_values(backend, TAKE_POSTGRES, lists)
    } else {
        let rows = placed.iter().map(|one| json!([one.row.site, hex(one.row.record.as_bytes())]));
        let rows = Value::from_iter(rows).to_string();
        Statement::from_sql_and_values(backend, TAKE_SQLITE, [rows.into()])
    };
    Ok(db.execute_raw(statement).await?.rows_affected())
}
