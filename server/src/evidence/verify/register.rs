//! The register: a gapless chain of statements signed by the site's log key. What follows from it
//! must stand in the tables, and nothing else.

use super::erasures::{self, Erased as Erasures};
use super::report::{Finding, Findings};
use super::retired::{self, Retirement};
use super::witness::Memory;
use crate::error::Error;
use crate::evidence::log_keys::LogKey;
use crate::evidence::register::{Entry, Kind};
use crate::storage::entity::register;
use crate::storage::snapshot;
use ouinon_domain::canonical::{from_hex, hex, sha256};
use ouinon_domain::ids::{NoticeHash, SiteId};
use ouinon_domain::time::Timestamp;
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use std::collections::BTreeSet;

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
    /// The entries that say so, in order.
    pub retirements: Vec<Retirement>,
    /// How often an operator accepted a log that its witness did not.
    pub reconciliations: u64,
    /// SHA-256 of the site's secret, hex, wherever an entry names it.
    secrets: BTreeSet<String>,
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
    secret_sha256: Option<String>,
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
    days: Option<u32>,
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

    /// The site's secret must be the one that the entries name, as far as they name one.
    pub fn names_secret(&self, secret: &[u8; 32], findings: &mut Findings) {
        let own = hex(&sha256(secret));
        if self.secrets.iter().any(|named| *named != own) {
            let detail = "the site's secret is not the one that its register names: nobody who was \
                          erased would be known again";
            findings.add(Finding::new("site", detail).at("secret"));
        }
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
        let mut erased = Erasures::new();
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
        erasures::compare(db, site, erased, findings).await?;
    }
    memories.iter().for_each(|memory| memory.reaches(found.size, findings));
    retired::horizon(db, site, found.before, findings).await?;
    found.retired.sort_unstable();
    if found.retired.windows(2).any(|pair| pair[0].1 > pair[1].0) {
        findings.add(Finding::new("register", "it retires a place of the log twice").at("body"));
    }
    erasures::count(db, site, found.erasures, findings).await?;
    Ok(found)
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
    let written = entry.body.to_string();
    if written != row.body {
        return Err(("body", "is not written as it was signed"));
    }
    match entry.is_signed(key) {
        Ok(true) => Ok(entry),
        _ => Err(("signature", "is not what the site's log key signed")),
    }
}

/// Notes what an entry says.
fn read(entry: &Entry, found: &mut Register, erased: &mut Erasures, findings: &mut Findings) {
    let body = &entry.body;
    let known = match entry.kind.as_str() {
        kind if kind == Kind::Publication.as_str() => Published::deserialize(body).map(|it| {
            let publication = Publication { seq: it.seq, notice: it.notice, at: entry.at };
            found.publications.push(publication);
            found.secrets.extend(it.secret_sha256);
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
            let (published, days) = (found.publications.len(), it.days);
            let Entry { seq, at, .. } = *entry;
            found.retirements.push(Retirement { seq, at, days, published });
            found.before = found.before.max(it.before);
            found.retired.extend(it.positions.iter().filter(|(from, to)| from < to));
        }),
        kind if kind == Kind::Reconciliation.as_str() => {
            found.reconciliations += 1;
            Ok(())
        }
        _ => Ok(()),
    };
    if let Err(error) = known {
        let detail = format!("what entry {} says cannot be read: {error}", entry.seq);
        findings.add(Finding::new("register", detail).at("body"));
    }
}
