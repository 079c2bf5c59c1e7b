//! Where records stand in the log, noted where their visitors stand, with which subjects they are.

use crate::error::Error;
use crate::storage::dialect::list;
use crate::storage::log::Placed;
use ouinon_domain::canonical::hex;
use sea_orm::sea_query::ArrayType;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use serde_json::{Value, json};

/// Whoever writes for a visitor at this moment makes another record the last one: nobody waits for it
/// here, so nobody waits for this in a circle either.
const POSTGRES: &str = "\
with noted as (
  select st.ctid, q.position, su.subject
  from unnest($1::text[], $2::uuid[], $3::uuid[], $4::bigint[]) as q(site, subject, record, position)
  join subject su on su.site = q.site and su.subject = q.subject
  join state st on st.site = q.site and st.visitor = su.visitor and st.record = q.record
  for no key update of st skip locked)
update state set position = noted.position, position_of = state.version, noted_subject = noted.subject
from noted
where state.ctid = noted.ctid";

const SQLITE: &str = "\
update state set position = q.value ->> 3, position_of = state.version, noted_subject = su.subject
from json_each(?1) q, subject su
where su.site = q.value ->> 0 and su.subject = unhex(q.value ->> 1)
  and state.site = su.site and state.visitor = su.visitor and state.record = unhex(q.value ->> 2)";

/// Notes the places of records where they are their visitors' last ones.
pub async fn note_places(db: &impl ConnectionTrait, placed: &[Placed]) -> Result<(), Error> {
    let backend = db.get_database_backend();
    let statement = if backend == DatabaseBackend::Postgres {
        let lists = [
            list(ArrayType::String, placed.iter().map(|one| one.row.site.as_str()).collect()),
            list(ArrayType::Uuid, placed.iter().map(|one| one.subject).collect()),
            list(ArrayType::Uuid, placed.iter().map(|one| one.row.record).collect()),
            list(ArrayType::BigInt, placed.iter().map(|one| one.row.position).collect()),
        ];
        Statement::from_sql_and_values(backend, POSTGRES, lists)
    } else {
        let row = |Placed { row, subject }: &Placed| {
            json!([row.site, hex(subject.as_bytes()), hex(row.record.as_bytes()), row.position])
        };
        let rows = Value::from_iter(placed.iter().map(row));
        Statement::from_sql_and_values(backend, SQLITE, [rows.to_string().into()])
    };
    db.execute_raw(statement).await?;
    Ok(())
}
