//! What records amount to in the rates: alike ones are counted where they stand, so that only
//! their number is sent.

use crate::error::Error;
use crate::storage::dialect::{byte_list, list};
use crate::storage::records::{fixed, from_json, unreadable};
use ouinon_domain::choice::{Action, Choices, Vendors};
use ouinon_domain::ids::{NoticeHash, RecordId, SiteId};
use sea_orm::sea_query::ArrayType;
use sea_orm::{ConnectionTrait, DatabaseBackend, QueryResult, Statement};

/// Records of one hour that are counted alike.
#[derive(Clone, Debug)]
pub struct Alike {
    /// How many.
    pub records: i64,
    /// Hours since 1970.
    pub hour: i64,
    /// The notice that was shown.
    pub notice: NoticeHash,
    /// What was done.
    pub action: Action,
    /// What holds since.
    pub choices: Choices,
    /// What holds since.
    pub vendors: Vendors,
    /// Language of the texts shown.
    pub language: String,
    /// Where that is known.
    pub country: Option<String>,
    /// The class of device.
    pub device: String,
}

/// Left joins, each by key: see `meet`.
macro_rules! alike {
    ($ids:literal) => {
        concat!(
            "select count(*) as records, r.given_at / 3600000000 as hour, r.notice, r.action, \
             r.choices, r.vendors, p.language, p.country, p.device from ",
            $ids,
            " left join record_key k on k.site = $1 and k.id = q.id \
             left join record r on r.site = $1 and r.given_at = k.given_at and r.id = q.id \
             left join record_personal p on p.site = $1 and p.given_at = k.given_at \
             and p.record = q.id and not p.bot \
             group by 2, 3, 4, 5, 6, 7, 8, 9"
        )
    };
}

const POSTGRES: &str = alike!("unnest($2::uuid[]) q(id)");
const SQLITE: &str = alike!("(select unhex(value) as id from json_each($2)) q");

/// Counts records by what they have in common. Robots are left out, and who was forgotten.
pub async fn alike(
    db: &impl ConnectionTrait,
    site: &SiteId,
    records: &[RecordId],
) -> Result<Vec<Alike>, Error> {
    let backend = db.get_database_backend();
    let (sql, ids) = match backend {
        DatabaseBackend::Postgres => (POSTGRES, list(ArrayType::Uuid, records.to_vec())),
        _ => (SQLITE, byte_list(backend, records.iter().map(|id| id.as_bytes().as_slice()))),
    };
    let values = [site.as_str().into(), ids];
    let rows = db.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

/// `None`: robots, and who was forgotten.
fn read(row: &QueryResult) -> Result<Option<Alike>, Error> {
    let text = |column: &str| row.try_get::<String>("", column);
    let Some(language) = row.try_get("", "language")? else { return Ok(None) };
    Ok(Some(Alike {
        records: row.try_get("", "records")?,
        hour: row.try_get("", "hour")?,
        notice: NoticeHash(fixed(row.try_get("", "notice")?, "notice")?),
        action: Action::parse(&text("action")?).ok_or_else(|| unreadable("action"))?,
        choices: from_json(&text("choices")?, "choices")?,
        vendors: from_json(&text("vendors")?, "vendors")?,
        language,
        country: row.try_get("", "country")?,
        device: text("device")?,
    }))
}
