//! Erasures that the registers name and the table of erasures does not: the hash stands inside an
//! entry's JSON, and each database takes it out in its own way. Not parsed, so that an entry that is
//! no JSON fails nothing; whoever reads the rows checks them.

use crate::error::Error;
use crate::storage::entity::register;
use sea_orm::{ConnectionTrait, DatabaseBackend, FromQueryResult, Statement};

const POSTGRES: &str = "\
select r.* from register r
where r.kind = 'erasure' and (r.site, r.seq) > ($1, $2) and not exists (
  select from erasure e where e.site = r.site and encode(e.visitor_hmac, 'hex')
    = substr(r.body, strpos(r.body, '\"visitor_hmac\":\"') + 16, 64))
order by r.site, r.seq limit $3";

const SQLITE: &str = "\
select r.* from register r
where r.kind = 'erasure' and (r.site, r.seq) > (?1, ?2) and not exists (
  select 1 from erasure e where e.site = r.site and e.visitor_hmac
    = unhex(substr(r.body, instr(r.body, '\"visitor_hmac\":\"') + 16, 64)))
order by r.site, r.seq limit ?3";

/// An entry of a register.
#[derive(Clone, Debug)]
pub struct After {
    /// Of this site.
    pub site: String,
    /// Its place.
    pub seq: i64,
}

/// Such entries after one, in order; of all sites.
pub async fn erasures(
    db: &impl ConnectionTrait,
    after: Option<&After>,
    most: u64,
) -> Result<Vec<register::Model>, Error> {
    let backend = db.get_database_backend();
    let sql = if backend == DatabaseBackend::Postgres { POSTGRES } else { SQLITE };
    let (site, seq) = after.map_or(("", -1), |after| (after.site.as_str(), after.seq));
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let values = [site.into(), seq.into(), most.into()];
    let rows = db.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    let rows = rows.iter().map(|row| register::Model::from_query_result(row, ""));
    Ok(rows.collect::<Result<_, _>>()?)
}
