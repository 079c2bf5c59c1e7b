//! The register: a gapless chain of statements signed by the site's log key. What follows from it
//! must stand in the tables, and nothing else.

use super::report::{Finding, Findings};
use super::witness::Memory;
use crate::error::Error;
use crate::evidence::log_keys::LogKey;
use crate::evidence::register::{Entry, Kind};
use crate::storage::entity::{erasure, register, retention};
use crate::storage::snapshot;
use ouinon_domain::canonical::{from_hex, hex};
use ouinon_domain::ids::{NoticeHash, SiteId};
use ouinon_domain::time::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::Deserialize;
use std::collections::HashMap;

/// Entries read at once.
const PAGE: u64 = 1_000;

/// What the register says.
#[derive(Debug, Default)]
pub struct Register {
    /// Entries.
    pub size: u64,
    /// SHA-256 of the last statement.
    pub hash: Option<[u8; 32]>,
    /// Which notice came into force when, by its number.
    pub publications: Vec<Publication>,
    /// Places in the log whose records were retired: ranges in order, apart from each other.
    pub retired: Vec<(u64, u64)>,
    /// Records given before this may have been retired.
    before: Timestamp,
    erasures: u64,
}

/// A notice came into force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The how manieth of the site.
    pub seq: i64,
    /// Which.
    pub notice: NoticeHash,
    /// When.
    pub at: Timestamp,
}

#[derive(Deserialize)]
struct Published {
    seq: i64,
    notice: NoticeHash,
}

#[derive(Deserialize)]
struct Erased {
    visitor_hmac: String,
    requested_by: String,
}

#[derive(Deserialize)]
struct Retired {
    before: Timestamp,
    positions: Vec<(u64, u64)>,
    records: u64,
}

impl Register {
    /// Whether the record at this place was retired.
    pub fn is_retired(&self, position: u64) -> bool {
        let after = self.retired.partition_point(|(from, _)| *from <= position);
        after > 0 && position < self.retired[after - 1].1
    }

    /// How many places were retired.
    pub fn places_retired(&self) -> u64 {
        self.retired.iter().map(|(from, to)| to - from).sum()
    }
}

/// Reads and checks all entries.
pub async fn check(
    db: &impl ConnectionTrait,
    site: &SiteId,
    key: &LogKey,
    memories: &[Memory],
    findings: &mut Findings,
) -> Result<Register, Error> {
    use register::Column as R;
    let mut found = Register::default();
    let mut last = None;
    loop {
        let page =
            snapshot::after::<register::Entity, _>(db, (R::Site, site), R::Seq, last, PAGE).await?;
        let rows = findings.readable(page);
        let Some(end) = rows.last().map(|row| row.seq) else { break };
        last = Some(end);
        let mut erased = HashMap::new();
        for row in rows {
            match entry(&row, &mut found, key) {
                Ok(entry) => {
                    memories.iter().for_each(|memory| memory.compare(&entry, findings));
                    read(&entry, &mut found, &mut erased, findings);
                }
                Err((field, why)) => {
                    let detail = format!("entry {} of the register {why}", row.seq);
                    findings.add(Finding::new("register", detail).at(field));
                }
            }
        }
        compare_erasures(db, site, erased, findings).await?;
    }
    memories.iter().for_each(|memory| memory.reaches(found.size, findings));
    horizon(db, site, found.before, findings).await?;
    found.retired.sort_unstable();
    if found.retired.windows(2).any(|pair| pair[0].1 > pair[1].0) {
        findings.add(Finding::new("register", "it retires a place of the log twice").at("body"));
    }
    let stored = snapshot::count::<erasure::Entity>(db, (erasure::Column::Site, site)).await?;
    if stored != found.erasures {
        let detail = format!(
            "{stored} visitors are marked as erased, the register names {}",
            found.erasures
        );
        findings.add(Finding::new("erasure", detail));
    }
    Ok(found)
}

/// The database lets records go up to the time that the register says, and no further.
async fn horizon(
    db: &impl ConnectionTrait,
    site: &SiteId,
    said: Timestamp,
    findings: &mut Findings,
) -> Result<(), Error> {
    let query = retention::Entity::find().filter(retention::Column::Site.eq(site.as_str()));
    let row = findings.readable(snapshot::rows(db, query).await?).pop();
    if row.is_none_or(|row| row.records_before != said.0) {
        let detail =
            format!("records may be deleted up to another time than {said}, which is signed");
        findings.add(Finding::new("retention", detail).at("records_before"));
    }
    Ok(())
}

/// The entry of a row, in its place of the chain and signed.
fn entry(
    row: &register::Model,
    found: &mut Register,
    key: &LogKey,
) -> Result<Entry, (&'static str, &'static str)> {
    let place = found.size;
    let previous = found.hash.unwrap_or([0; 32]);
    found.size += 1;
    let unreadable = |_| ("body", "cannot be read");
    let entry = Entry::read(row).map_err(unreadable)?;
    found.hash = Some(entry.hash().map_err(unreadable)?);
    if entry.seq != place {
        return Err(("seq", "does not follow the one before"));
    }
    if entry.previous != hex(&previous) {
        return Err((
            "previous",
            "does not name the hash of the one before: one of both was changed",
        ));
    }
    let body = entry.body.to_string();
    if body != row.body {
        return Err(("body", "is not written as it was signed"));
    }
    match entry.is_signed(key) {
        Ok(true) => Ok(entry),
        _ => Err(("signature", "is not what the site's log key signed")),
    }
}

/// Notes what an entry says.
fn read(
    entry: &Entry,
    found: &mut Register,
    erased: &mut HashMap<Vec<u8>, (Timestamp, String)>,
    findings: &mut Findings,
) {
    let body = &entry.body;
    let known = match entry.kind.as_str() {
        kind if kind == Kind::Publication.as_str() => Published::deserialize(body).map(|it| {
            let publication = Publication { seq: it.seq, notice: it.notice, at: entry.at };
            found.publications.push(publication);
        }),
        kind if kind == Kind::Erasure.as_str() => Erased::deserialize(body).map(|it| {
            let hash = from_hex::<32>(&it.visitor_hmac).unwrap_or_default();
            erased.insert(hash.to_vec(), (entry.at, it.requested_by));
            found.erasures += 1;
        }),
        kind if kind == Kind::Retention.as_str() => Retired::deserialize(body).map(|it| {
            let places: u64 = it.positions.iter().map(|(from, to)| to.saturating_sub(*from)).sum();
            if places != it.records {
                let detail = format!(
                    "entry {} retires {places} places and {} records",
                    entry.seq, it.records
                );
                findings.add(Finding::new("register", detail).at("body"));
            }
            found.before = found.before.max(it.before);
            found.retired.extend(it.positions.iter().filter(|(from, to)| from < to));
        }),
        _ => Ok(()),
    };
    if let Err(error) = known {
        let detail = format!("what entry {} says cannot be read: {error}", entry.seq);
        findings.add(Finding::new("register", detail).at("body"));
    }
}

/// The rows of erased visitors are what the register says of them.
async fn compare_erasures(
    db: &impl ConnectionTrait,
    site: &SiteId,
    mut said: HashMap<Vec<u8>, (Timestamp, String)>,
    findings: &mut Findings,
) -> Result<(), Error> {
    let hashes = said.keys().cloned().collect();
    for row in findings.readable(snapshot::erasures(db, site, hashes).await?) {
        let Some((at, by)) = said.remove(&row.visitor_hmac) else { continue };
        let who = hex(&row.visitor_hmac);
        for (field, same) in
            [("erased_at", row.erased_at == at.0), ("requested_by", row.requested_by == by)]
        {
            if !same {
                let detail = format!("the erasure {who} is not as the register says");
                findings.add(Finding::new("erasure", detail).at(field));
            }
        }
    }
    for who in said.keys() {
        let detail = format!("the visitor {} was erased and is no longer marked so", hex(who));
        findings.add(Finding::new("erasure", detail).at("visitor_hmac"));
    }
    Ok(())
}
