//! What a write reads once it has locked its visitors: where each stands, whether its record's id
//! was used, and the site's epoch.

use crate::error::Error;
use crate::storage::dialect::{byte_list, list};
use crate::storage::entity::state;
use crate::storage::rows::{fixed, read_state};
use ouinon_domain::ids::{RecordId, SiteId, Subject, VisitorId};
use ouinon_domain::state::State;
use sea_orm::sea_query::ArrayType;
use sea_orm::{ConnectionTrait, DatabaseBackend, FromQueryResult, QueryResult, Statement};

/// Who is about to write what.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The visitor.
    pub visitor: VisitorId,
    /// Its hash in the register of erasures.
    pub erasure_hash: [u8; 32],
    /// The id of its record.
    pub id: RecordId,
}

/// Where a visitor stands.
#[derive(Clone, Debug)]
pub struct Met {
    /// The surrogate.
    pub subject: Subject,
    /// The key of its leaves.
    pub k: [u8; 32],
    /// The sum of its records so far.
    pub state: Option<State>,
    /// Forgotten: nothing may be written for it.
    pub erased: bool,
    /// The site has a record with this id.
    pub known: bool,
}

/// What both statements read. Left joins, each by key, are the only way PostgreSQL can take for
/// them, whatever it believed of the tables' sizes when it planned them.
macro_rules! columns {
    () => {
        "select s.epoch, q.n, su.subject, su.k, e.visitor_hmac is not null as erased, \
         rk.id is not null as known, st.* "
    };
}

const POSTGRES: &str = concat!(
    columns!(),
    "from unnest($2::bytea[], $3::bytea[], $4::uuid[]) with ordinality as q(visitor, hmac, id, n) \
     join site s on s.id = $1 \
     left join subject su on su.site = $1 and su.visitor = q.visitor \
     left join state st on st.site = $1 and st.visitor = q.visitor \
     left join erasure e on e.site = $1 and e.visitor_hmac = q.hmac \
     left join record_key rk on rk.site = $1 and rk.id = q.id \
     order by q.n"
);

/// All three in one list: lists joined by place would be read once for each other's entries.
const SQLITE: &str = concat!(
    columns!(),
    "from (select key as n, value from json_each(?2)) q \
     join site s on s.id = ?1 \
     left join subject su on su.site = ?1 and su.visitor = unhex(substr(q.value, 1, 32)) \
     left join state st on st.site = ?1 and st.visitor = unhex(substr(q.value, 1, 32)) \
     left join erasure e on e.site = ?1 and e.visitor_hmac = unhex(substr(q.value, 33, 64)) \
     left join record_key rk on rk.site = ?1 and rk.id = unhex(substr(q.value, 97)) \
     order by q.n"
);

/// Reads where locked visitors stand, with the site's epoch inside the transaction; `None` where
/// the site is gone.
pub async fn meet(
    db: &impl ConnectionTrait,
    site: &SiteId,
    asked: &[Asked],
) -> Result<Option<(i64, Vec<Met>)>, Error> {
    let backend = db.get_database_backend();
    let (sql, mut values) = match backend {
        DatabaseBackend::Postgres => {
            let visitors = byte_list(backend, asked.iter().map(|one| one.visitor.0.as_slice()));
            let hashes = byte_list(backend, asked.iter().map(|one| one.erasure_hash.as_slice()));
            let ids = list(ArrayType::Uuid, asked.iter().map(|one| one.id).collect());
            (POSTGRES, vec![visitors, hashes, ids])
        }
        _ => {
            let whole = |one: &Asked| {
                [one.visitor.0.as_slice(), &one.erasure_hash, one.id.as_bytes()].concat()
            };
            let whole: Vec<Vec<u8>> = asked.iter().map(whole).collect();
            (SQLITE, vec![byte_list(backend, whole.iter().map(Vec::as_slice))])
        }
    };
    values.insert(0, site.as_str().into());
    let rows = db.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let epoch = first.try_get("", "epoch")?;
    let met = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Some((epoch, met)))
}

fn read(row: &QueryResult) -> Result<Met, Error> {
    let state = match row.try_get::<Option<i64>>("", "version")? {
        Some(_) => Some(read_state(state::Model::from_query_result(row, "")?)?),
        None => None,
    };
    Ok(Met {
        subject: row.try_get("", "subject")?,
        k: fixed(row.try_get("", "k")?, "k")?,
        state,
        erased: row.try_get("", "erased")?,
        known: row.try_get("", "known")?,
    })
}
