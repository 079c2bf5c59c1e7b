//! One stored record: whether its columns are what was committed to, signed, and merged.

use super::field;
use super::fingerprint::Fingerprint;
use super::keys::Signers;
use super::notices::Notices;
use super::reader::Row;
use super::receipts::{Receipt, Receipts};
use super::report::{Finding, Findings};
use super::signed;
use crate::error::Error;
use crate::evidence::log_keys::LogKey;
use crate::storage::rows::{self, Stored};
use ouinon_domain::choice::refuses;
use ouinon_domain::ids::{SiteId, VisitorId};
use ouinon_domain::leaf;
use ouinon_domain::record::Record;
use ouinon_domain::regime::Model;
use sea_orm::{Iden, Iterable, ModelTrait};

/// What every record is compared with.
#[derive(Debug)]
pub struct Facts {
    /// Whose records.
    pub site: SiteId,
    /// The site's log key.
    pub key: LogKey,
    /// The keys of receipts.
    pub signers: Signers,
    /// The notices.
    pub notices: Notices,
    /// Of the fingerprint.
    pub salt: [u8; 32],
    /// Whether visitors' own signatures are checked too.
    pub full: bool,
}

/// What was seen of some records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Rows of `record`.
    pub records: u64,
    /// Rows of `record_personal`.
    pub personal: u64,
    /// Rows of `record_key`.
    pub keys: u64,
    /// Rows of `log_index`.
    pub places: u64,
    /// Rows of `leaf_queue`.
    pub queued: u64,
    /// Rows of `subject`.
    pub links: u64,
    /// Rows of `state`.
    pub states: u64,
    /// Rows of `forgotten_subject`.
    pub forgotten: u64,
    /// Visitors' own signatures.
    pub signatures: u64,
    /// The leaves at their places.
    pub leaves: Fingerprint,
}

impl Seen {
    /// Adds what was seen elsewhere.
    pub fn merge(&mut self, other: &Self) {
        self.records += other.records;
        self.personal += other.personal;
        self.keys += other.keys;
        self.places += other.places;
        self.queued += other.queued;
        self.links += other.links;
        self.states += other.states;
        self.forgotten += other.forgotten;
        self.signatures += other.signatures;
        self.leaves.merge(other.leaves);
    }

    /// Notes a record's rows.
    pub fn note(&mut self, row: &Row) {
        self.records += 1;
        self.personal += u64::from(row.personal.is_some());
        self.keys += u64::from(row.key.is_some());
        self.places += u64::from(row.place.is_some());
        self.queued += u64::from(row.queued.is_some());
    }
}

/// Reads a record's rows as the server does, and sees that they are written as it writes them.
pub fn read(
    row: &Row,
    visitor: Option<VisitorId>,
    findings: &mut Findings,
) -> Result<Option<Stored>, Error> {
    let id = row.record.id;
    let read = rows::read_record(row.record.clone(), row.personal.clone(), visitor);
    let written = read.and_then(|stored| Ok((rows::record_rows(&stored)?, stored)));
    let ((record, personal), stored) = match written {
        Ok(both) => both,
        Err(error) => {
            findings.add(Finding::unreadable("record", error)?.of(id));
            return Ok(None);
        }
    };
    let other = differing(&record, &row.record).map(|field| ("record", field));
    let other = other.or_else(|| {
        let (own, stored) = personal.as_ref().zip(row.personal.as_ref())?;
        Some(("record_personal", differing(own, stored)?))
    });
    if let Some((what, field)) = other {
        let detail = format!("{field} is not written as the server writes it");
        findings.add(Finding::new(what, detail).of(id).at(&field));
    }
    Ok(Some(stored))
}

/// The first column in which two rows differ.
pub fn differing<M: ModelTrait + PartialEq>(one: &M, other: &M) -> Option<String> {
    if one == other {
        return None;
    }
    let mut columns = <M::Entity as sea_orm::EntityTrait>::Column::iter();
    let found = columns.find(|column| one.get(*column) != other.get(*column));
    found.map(|column| column.unquoted().to_string())
}

/// Checks a record whose person is known: leaf, receipt, and what follows from them. A receipt
/// that no finding hangs on is left for later.
pub fn check(
    stored: &Stored,
    k: &[u8; 32],
    facts: &Facts,
    seen: &mut Seen,
    (receipts, findings): (&mut Receipts, &mut Findings),
) -> Result<(), Error> {
    let record = &stored.record;
    if record.personal.is_none() {
        let detail = "its personal part is gone and nothing says why";
        findings.add(Finding::new("record_personal", detail).of(record.id));
        return Ok(());
    }
    let receipt = Receipt::of(stored, facts)?;
    if receipt.is_none() {
        let detail = "no registered key has this id";
        findings.add(Finding::new("receipt", detail).of(record.id).at("key_id"));
    }
    let own = leaf::commitment(k, record).map_err(|error| Error::internal("leaf", error.0))?;
    if own != stored.commitment {
        let holds = receipt.as_ref().is_some_and(Receipt::holds);
        findings.add(changed(stored, k, facts, holds));
    }
    receipt.into_iter().for_each(|receipt| receipts.push(receipt));
    if facts.full && record.personal.as_ref().is_some_and(|it| it.browser_key.is_some()) {
        seen.signatures += 1;
        if let Err((field, why)) = signed::check(record) {
            findings.add(Finding::new("signature", why).of(record.id).at(field));
        }
    }
    Ok(())
}

/// A record that its leaf does not commit to; with the field, where one value makes it right.
fn changed(stored: &Stored, k: &[u8; 32], facts: &Facts, receipt: bool) -> Finding {
    let found = field::changed(stored, k, &facts.notices);
    let detail = match (found, receipt) {
        (Some("k"), _) => "the record is not what its leaf commits to".to_owned(),
        (Some(field), _) => format!("{field} was changed: the leaf commits to another value"),
        (None, true) => "the record is not what its leaf commits to, though its receipt verifies: \
                         the subject's key, the commitment, or a column that receipts do not show \
                         was changed"
            .to_owned(),
        (None, false) => "the record is neither what its leaf commits to nor what its receipt \
                          says: a column that receipts show was changed"
            .to_owned(),
    };
    let what = if found.is_some_and(field::is_personal) { "record_personal" } else { "record" };
    let finding = Finding::new(what, detail).of(stored.record.id);
    match found {
        Some(field) => finding.at(field),
        None => finding,
    }
}

/// Whether a record ends when it ought to. A no of somebody who was forgotten may have been one that
/// binds for a year; before there was that rule, all ended when their notice said.
fn ends_in_time(record: &Record, days: u32) -> bool {
    let model = record.personal.as_ref().map_or(Model::OptOut, |personal| personal.regime.model);
    let lasting = model.days_kept(days, refuses(&record.choices));
    [days, lasting].iter().any(|days| record.given_at.plus_days(*days) == record.expires_at)
}

/// Checks what holds for every record, also of forgotten people: its notice and its place.
pub fn place(row: &Row, stored: &Stored, facts: &Facts, seen: &mut Seen, findings: &mut Findings) {
    let record = &stored.record;
    let mut add = |what: &str, field: &str, why: &str| {
        findings.add(Finding::new(what, why).of(record.id).at(field));
    };
    match facts.notices.get(&record.notice) {
        None => add("record", "notice", "it names a notice that the site never put in force"),
        Some(days) if !ends_in_time(record, *days) => {
            add("record", "expires_at", "it does not expire when its notice and its regime say");
        }
        Some(_) => {}
    }
    if !facts.signers.contains_key(&stored.key_id) && record.personal.is_none() {
        add("record", "key_id", "no registered key has this id");
    }
    if row.key.as_ref().is_none_or(|key| key.given_at != record.given_at.0) {
        add("record_key", "given_at", "its id does not name a record of its time");
    }
    let leaf = leaf::leaf(&stored.commitment);
    match (&row.place, &row.queued) {
        (Some(place), None) if place.given_at != record.given_at.0 => {
            add("log_index", "given_at", "its place in the log is of another time than its own");
        }
        (Some(place), None) => match u64::try_from(place.position) {
            Ok(position) => seen.leaves.add(&facts.salt, position, &leaf),
            Err(_) => add("log_index", "position", "it has no place in the log"),
        },
        (None, Some(queued)) => {
            if queued.leaf != leaf {
                add("leaf_queue", "leaf", "the leaf that waits is not what the record commits to");
            }
            if queued.queued_at != record.given_at.0 {
                add("leaf_queue", "queued_at", "its leaf waits since another time than its own");
            }
        }
        (None, None) => add(
            "log_index",
            "record",
            "no place in the log is of it and of its time, and it waits for none",
        ),
        (Some(_), Some(_)) => {
            add("leaf_queue", "record", "it has its place in the log and waits for one")
        }
    }
}
