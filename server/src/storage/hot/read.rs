//! What a decision reads: where visitors stand, asked of the primary, and nothing that was not.

use crate::error::Error;
use crate::storage::dialect::byte_list;
use crate::storage::entity::state;
use crate::storage::records::read_state;
use ouinon_domain::ids::{SiteId, VisitorId};
use ouinon_domain::state::State;
use sea_orm::{ConnectionTrait, DatabaseBackend, FromQueryResult, QueryResult, Statement};
use std::collections::HashMap;

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
    /// In the order asked.
    pub standings: Vec<Standing>,
}

const STANDINGS_POSTGRES: &str = "\
select s.epoch, q.n, e.visitor_hmac is not null as erased, li.position, st.*
from unnest($2::bytea[], $3::bytea[]) with ordinality as q(visitor, hmac, n)
join site s on s.id = $1 and not pg_is_in_recovery()
left join state st on st.site = $1 and st.visitor = q.visitor
left join log_index li on li.site = $1 and li.record = st.record
left join erasure e on e.site = $1 and e.visitor_hmac = q.hmac";

/// Visitor and hash in one list: two lists joined by place would be read once for each of the
/// other's entries.
const STANDINGS_SQLITE: &str = "\
select s.epoch, q.key + 1 as n, e.visitor_hmac is not null as erased, li.position, st.*
from json_each(?2) q
join site s on s.id = ?1
left join state st on st.site = ?1 and st.visitor = unhex(substr(q.value, 1, 32))
left join log_index li on li.site = ?1 and li.record = st.record
left join erasure e on e.site = ?1 and e.visitor_hmac = unhex(substr(q.value, 33))";

/// Asks the primary about visitors of a site, given with their hashes in the register of
/// erasures. `None` where the site is gone or the database is a replica.
pub async fn standings(
    db: &impl ConnectionTrait,
    site: &SiteId,
    visitors: &[(VisitorId, [u8; 32])],
) -> Result<Option<Standings>, Error> {
    let backend = db.get_database_backend();
    let (sql, values) = match backend {
        DatabaseBackend::Postgres => {
            let ids = byte_list(backend, visitors.iter().map(|(id, _)| id.0.as_slice()));
            let hashes = byte_list(backend, visitors.iter().map(|(_, hash)| hash.as_slice()));
            (STANDINGS_POSTGRES, vec![site.as_str().into(), ids, hashes])
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
    let mut epoch = None;
    for row in rows {
        epoch = Some(row.try_get::<i64>("", "epoch")?);
        by_place.insert(row.try_get::<i64>("", "n")?, standing(&row)?);
    }
    let in_order = (1..).map_while(|n| by_place.remove(&n)).collect::<Vec<_>>();
    Ok(epoch
        .filter(|_| in_order.len() == visitors.len())
        .map(|epoch| Standings { epoch, standings: in_order }))
}

fn standing(row: &QueryResult) -> Result<Standing, Error> {
    let known = row.try_get::<Option<i64>>("", "version")?.is_some();
    let state = match known {
        true => Some(read_state(state::Model::from_query_result(row, "")?)?),
        false => None,
    };
    let position: Option<i64> = row.try_get("", "position")?;
    let log_index = position.and_then(|position| u64::try_from(position).ok());
    Ok(Standing { state, erased: row.try_get("", "erased")?, log_index })
}
