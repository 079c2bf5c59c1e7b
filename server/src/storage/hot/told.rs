//! What decisions told, in bulk. A visitor becomes its subject in the statement that stores the
//! row: the one that was read with the answer, where its site has forgotten nobody since; else it is
//! looked up. Whoever was forgotten meanwhile, or never seen, is nobody in it; who was forgotten and
//! came back since is somebody new.

use super::Link;
use crate::error::Error;
use crate::storage::dialect::list;
use ouinon_domain::canonical::hex;
use ouinon_domain::decision::Reason;
use ouinon_domain::ids::{RecordId, SiteId, VisitorId};
use ouinon_domain::key::Key;
use ouinon_domain::time::Timestamp;
use sea_orm::sea_query::{ArrayType, Value};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use serde_json::json;
use uuid::Uuid;

/// What one request asked, and what it was told.
#[derive(Debug)]
pub struct Inquiry {
    /// Of this site.
    pub site: SiteId,
    /// Who asked.
    pub asked_by: String,
    /// For this use,
    pub purpose: Key,
    /// by this vendor,
    pub vendor: Option<Key>,
    /// at this moment.
    pub as_of: Timestamp,
    /// When it was answered.
    pub decided_at: Timestamp,
    /// Its id in the server's log.
    pub request: Uuid,
    /// About each visitor.
    pub told: Vec<Told>,
}

/// What was told about one visitor.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// The answer's id.
    pub id: Uuid,
    /// About this one.
    pub visitor: VisitorId,
    /// who was this subject;
    pub link: Option<Link>,
    /// yes or no, and why.
    pub reason: Reason,
    /// What it was decided from.
    pub record: Option<RecordId>,
}

/// One select for both: what is asked about nobody names no record either. Where the link holds (`same`),
/// no visitor is looked up.
macro_rules! insert {
    ($rows:literal) => {
        concat!(
            "insert into decision (site, decided_at, id, subject, asked_by, purpose, vendor, \
             allowed, reason, record, as_of, request) \
             select q.site, q.decided_at, q.id, \
             case when same.id is not null then q.subject else s.subject end, q.asked_by, q.purpose, \
             nullif(q.vendor, ''), q.allowed, q.reason, \
             case when q.record <> q.id and (same.id is not null or s.subject is not null) \
             then q.record end, q.as_of, q.request from ",
            $rows,
            " left join site same on same.id = q.site and same.forgettings = q.forgettings \
             and q.subject <> q.id \
             left join subject s on s.site = q.site \
             and s.visitor = case when same.id is null then q.visitor end \
             and s.created_at <= q.decided_at where true on conflict do nothing"
        )
    };
}

const POSTGRES: &str = insert!(
    "unnest($1::text[], $2::bigint[], $3::uuid[], $4::bytea[], $5::text[], $6::text[], $7::text[], \
     $8::boolean[], $9::text[], $10::uuid[], $11::bigint[], $12::uuid[], $13::uuid[], $14::bigint[]) \
     as q(site, decided_at, id, visitor, asked_by, purpose, vendor, allowed, reason, record, as_of, \
     request, subject, forgettings)"
);

const SQLITE: &str = insert!(
    "(select value ->> 0 as site, value ->> 1 as decided_at, unhex(value ->> 2) as id, \
     unhex(value ->> 3) as visitor, value ->> 4 as asked_by, value ->> 5 as purpose, \
     value ->> 6 as vendor, value ->> 7 as allowed, value ->> 8 as reason, \
     unhex(value ->> 9) as record, value ->> 10 as as_of, unhex(value ->> 11) as request, \
     unhex(value ->> 12) as subject, value ->> 13 as forgettings \
     from json_each($1)) q"
);

/// Stores them; those that are there already stay as they are.
pub async fn tell<'a>(
    db: &impl ConnectionTrait,
    inquiries: impl Iterator<Item = &'a Inquiry>,
) -> Result<(), Error> {
    let all = inquiries.flat_map(|one| one.told.iter().map(move |told| (one, told)));
    let backend = db.get_database_backend();
    let statement = match backend {
        DatabaseBackend::Postgres => {
            Statement::from_sql_and_values(backend, POSTGRES, columns(all))
        }
        _ => {
            let rows = serde_json::Value::from_iter(all.map(row)).to_string();
            Statement::from_sql_and_values(backend, SQLITE, [rows.into()])
        }
    };
    db.execute_raw(statement).await?;
    Ok(())
}

/// In arrays nothing is null: no vendor is empty, and no record and no subject are the answer itself.
fn columns<'a>(all: impl Iterator<Item = (&'a Inquiry, &'a Told)>) -> [Value; 14] {
    use ArrayType::{BigInt, Bool, Bytes, String, Uuid};
    let kinds = [
        String, BigInt, Uuid, Bytes, String, String, String, Bool, String, Uuid, BigInt, Uuid,
        Uuid, BigInt,
    ];
    let mut lists = kinds.map(|kind| (kind, Vec::new()));
    for (one, told) in all {
        let (subject, forgettings) = linked(told);
        let values: [Value; 14] = [
            one.site.as_str().into(),
            one.decided_at.0.into(),
            told.id.into(),
            told.visitor.0.to_vec().into(),
            one.asked_by.as_str().into(),
            one.purpose.as_str().into(),
            one.vendor.as_ref().map_or("", Key::as_str).into(),
            told.reason.allows().into(),
            told.reason.as_str().into(),
            told.record.unwrap_or(told.id).into(),
            one.as_of.0.into(),
            one.request.into(),
            subject.into(),
            forgettings.into(),
        ];
        lists.iter_mut().zip(values).for_each(|((_, list), value)| list.push(value));
    }
    lists.map(|(kind, values)| list(kind, values))
}

/// The subject that was read, with the number of its site's forgettings; no subject is the answer itself.
fn linked(told: &Told) -> (Uuid, i64) {
    told.link.map_or((told.id, 0), |link| (link.subject, link.forgettings))
}

/// The same as one list, with bytes in hex.
fn row((one, told): (&Inquiry, &Told)) -> serde_json::Value {
    let (subject, forgettings) = linked(told);
    json!([
        one.site,
        one.decided_at.0,
        hex(told.id.as_bytes()),
        hex(&told.visitor.0),
        one.asked_by,
        one.purpose,
        one.vendor.as_ref().map_or("", Key::as_str),
        told.reason.allows(),
        told.reason.as_str(),
        hex(told.record.unwrap_or(told.id).as_bytes()),
        one.as_of.0,
        hex(one.request.as_bytes()),
        hex(subject.as_bytes()),
        forgettings,
    ])
}
