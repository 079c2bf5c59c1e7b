//! Where records stand in the log, noted where their visitors stand.

use crate::error::Error;
use crate::storage::dialect::list;
use crate::storage::entity::log_index;
use ouinon_domain::canonical::hex;
use ouinon_domain::ids::Subject;
use sea_orm::sea_query::ArrayType;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use serde_json::{Value, json};

/// Whoever writes for a visitor at this moment makes another record the last one: nobody waits for it
/// here, so nobody waits for this in a circle either.
const POSTGRES: &str = "\
with noted as (
  select st.ctid, q.position
  from unnest($1::text[], $2::uuid[], $3::uuid[], $4::bigint[]) as q(site, subject, record, position)
  join subject su on su.site = q.site and su.subject = q.subject
  join state st on st.site = q.site and st.visitor = su.visitor and st.record = q.record
  for no key update of st skip locked)
update state set position = noted.position from noted
where state.ctid = noted.ctid";

const SQLITE: &str = "\
update state set position = q.value ->> 3 from json_each(?1) q, subject su
where su.site = q.value ->> 0 and su.subject = unhex(q.value ->> 1)
  and state.site = su.site and state.visitor = su.visitor and state.record = unhex(q.value ->> 2)";

/// Notes the places of records of these subjects, where they are the last ones.
pub async fn place(
    db: &impl ConnectionTrait,
    places: &[log_index::Model],
    subjects: &[Subject],
) -> Result<(), Error> {
    let backend = db.get_database_backend();
    let statement = if backend == DatabaseBackend::Postgres {
        let lists = [
            list(ArrayType::String, places.iter().map(|one| one.site.as_str()).collect()),
            list(ArrayType::Uuid, subjects.to_vec()),
            list(ArrayType::Uuid, places.iter().map(|one| one.record).collect()),
            list(ArrayType::BigInt, places.iter().map(|one| one.position).collect()),
        ];
        Statement::from_sql_and_values(backend, POSTGRES, lists)
    } else {
        let row = |(one, subject): (&log_index::Model, &Subject)| {
            json!([one.site, hex(subject.as_bytes()), hex(one.record.as_bytes()), one.position])
        };
        let rows = Value::from_iter(places.iter().zip(subjects).map(row));
        Statement::from_sql_and_values(backend, SQLITE, [rows.to_string().into()])
    };
    db.execute_raw(statement).await?;
    Ok(())
}
