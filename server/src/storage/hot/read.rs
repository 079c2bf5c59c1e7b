//! What a decision reads: where visitors stand, asked of the primary, and nothing that was not.
//! The statement goes straight to the driver and its columns are read by their place: this runs
//! for every question there is.

use crate::error::Error;
use crate::known_bad::read_statement;
use crate::storage::rows::{from_json, number, unreadable};
use ouinon_domain::canonical::hex;
use ouinon_domain::choice::{Action, Method};
use ouinon_domain::ids::{NoticeHash, SiteId, Subject, VisitorId};
use ouinon_domain::state::State;
use ouinon_domain::time::Timestamp;
use sea_orm::sqlx::{ColumnIndex, Decode, Row, Type, query, types::Uuid};
use sea_orm::{DatabaseBackend, DatabaseConnection};

/// A visitor and its hash in the register of erasures.
pub type Hashed = (VisitorId, [u8; 32]);

/// What the primary said about one visitor after it was asked. Only this file makes one, from a
/// row; a decision cannot be computed from anything else (trust.md, "why the cache never says
/// yes").
#[derive(Debug)]
pub struct Standing {
    state: Option<State>,
    erased: bool,
    log_index: Option<u64>,
    link: Option<Link>,
}

/// A visitor's link to its subject, as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The subject.
    pub subject: Subject,
    /// The number of its site's forgettings: while it stands, the visitor is this one still.
    pub forgettings: i64,
}

impl Standing {
    /// The sum of the visitor's records.
    pub fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// The sum of the visitor's records, to keep.
    pub fn into_state(self) -> Option<State> {
        self.state
    }

    /// Whether the visitor stands in the register of erasures.
    pub fn erased(&self) -> bool {
        self.erased
    }

    /// Where the last record stands in the evidence log, once it does.
    pub fn log_index(&self) -> Option<u64> {
        self.log_index
    }

    /// Which subject it is, once that was noted.
    pub fn link(&self) -> Option<Link> {
        self.link
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

/// What `placed` reads, by these places. The log's own index is asked only until the sequencer has
/// noted the place with the state.
macro_rules! columns {
    () => {
        "select s.epoch, q.n, e.visitor_hmac is not null, \
         coalesce(case when st.position_of = st.version then st.position end, \
         (select li.position from log_index li where li.site = s.id \
         and li.given_at = st.given_at and li.record = st.record)), st.version, st.record, \
         st.action, st.method, st.gpc, st.notice, st.choices, st.vendors, st.taken_back, \
         st.given_at, st.expires_at, st.personal, st.noted_subject, s.forgettings, "
    };
}

const STANDINGS_POSTGRES: &str = concat!(
    columns!(),
    "exists (select from lease where mark = $4) \
     from unnest($2::bytea[], $3::bytea[]) with ordinality as q(visitor, hmac, n) \
     join site s on s.id = $1 and not pg_is_in_recovery() \
     left join state st on st.site = $1 and st.visitor = q.visitor \
     left join erasure e on e.site = $1 and e.visitor_hmac = q.hmac"
);

/// Visitor and hash in one list: two lists joined by place would be read once for each of the
/// other's entries.
const STANDINGS_SQLITE: &str = concat!(
    columns!(),
    "true \
     from (select key + 1 as n, value from json_each(?2)) q \
     join site s on s.id = ?1 \
     left join state st on st.site = ?1 and st.visitor = unhex(substr(q.value, 1, 32)) \
     left join erasure e on e.site = ?1 and e.visitor_hmac = unhex(substr(q.value, 33))"
);

/// Asks the primary about visitors of a site, given with their hashes in the register of
/// erasures, and whether it has a mark. `None` where the site is gone or the database is a replica.
pub async fn standings(
    db: &DatabaseConnection,
    site: &SiteId,
    visitors: &[Hashed],
    mark: Option<Uuid>,
) -> Result<Option<Standings>, Error> {
    let placed: Vec<_> = if db.get_database_backend() == DatabaseBackend::Postgres {
        let ids: Vec<&[u8]> = visitors.iter().map(|(id, _)| id.0.as_slice()).collect();
        let hashes: Vec<&[u8]> = visitors.iter().map(|(_, hash)| hash.as_slice()).collect();
        let asked = query(read_statement(STANDINGS_POSTGRES))
            .bind(site.as_str())
            .bind(ids)
            .bind(hashes)
            .bind(mark);
        let rows = asked.fetch_all(db.get_postgres_connection_pool()).await?;
        rows.iter().map(placed).collect::<Result<_, _>>()?
    } else {
        let pair = |(id, hash): &Hashed| hex(&id.0) + &hex(hash);
        let pairs = serde_json::Value::from_iter(visitors.iter().map(pair));
        let asked = query(STANDINGS_SQLITE).bind(site.as_str()).bind(pairs.to_string());
        let rows = asked.fetch_all(db.get_sqlite_connection_pool()).await?;
        rows.iter().map(placed).collect::<Result<_, _>>()?
    };
    in_order(placed, visitors.len())
}

/// A standing, with the site's epoch and the place of its visitor among those asked about.
struct Placed {
    epoch: i64,
    marked: bool,
    place: i64,
    standing: Standing,
}

fn in_order(found: Vec<Placed>, asked: usize) -> Result<Option<Standings>, Error> {
    let of_site = found.first().map(|placed| (placed.epoch, placed.marked));
    let mut standings: Vec<Option<Standing>> = Vec::new();
    standings.resize_with(asked, || None);
    for Placed { place, standing, .. } in found {
        let place = usize::try_from(place).ok().and_then(|n| standings.get_mut(n.checked_sub(1)?));
        let stranger = || Error::Internal("a visitor nobody asked about".into());
        *place.ok_or_else(stranger)? = Some(standing);
    }
    let standings: Option<Vec<_>> = standings.into_iter().collect();
    let both = of_site.zip(standings);
    Ok(both.map(|((epoch, marked), standings)| Standings { epoch, marked, standings }))
}

/// Reads a row of either database.
fn placed<'r, R: Row>(row: &'r R) -> Result<Placed, Error>
where
    usize: ColumnIndex<R>,
    bool: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    Uuid: Decode<'r, R::Database> + Type<R::Database>,
    &'r str: Decode<'r, R::Database> + Type<R::Database>,
    &'r [u8]: Decode<'r, R::Database> + Type<R::Database>,
{
    let state = |version: i64| -> Result<State, Error> {
        let notice: &[u8] = row.try_get(9)?;
        Ok(State {
            version: number(version, "version")?,
            record: row.try_get(5)?,
            action: Action::parse(row.try_get(6)?).ok_or_else(|| unreadable("action"))?,
            method: Method::parse(row.try_get(7)?).ok_or_else(|| unreadable("method"))?,
            gpc: row.try_get(8)?,
            notice: NoticeHash(notice.try_into().map_err(|_| unreadable("notice"))?),
            choices: from_json(row.try_get(10)?, "choices")?,
            vendors: from_json(row.try_get(11)?, "vendors")?,
            taken_back: from_json(row.try_get(12)?, "taken_back")?,
            given_at: Timestamp(row.try_get(13)?),
            expires_at: Timestamp(row.try_get(14)?),
            personal: from_json(row.try_get(15)?, "personal")?,
        })
    };
    let position: Option<i64> = row.try_get(3)?;
    let version: Option<i64> = row.try_get(4)?;
    let subject: Option<Subject> = row.try_get(16)?;
    let forgettings = row.try_get(17)?;
    let standing = Standing {
        state: version.map(state).transpose()?,
        erased: row.try_get(2)?,
        log_index: position.and_then(|position| u64::try_from(position).ok()),
        link: subject.map(|subject| Link { subject, forgettings }),
    };
    Ok(Placed {
        epoch: row.try_get(0)?,
        marked: row.try_get(18)?,
        place: row.try_get(1)?,
        standing,
    })
}
