//! All records of a site, person by person: each subject with its records in order and everything
//! that belongs to them.

use super::report::Findings;
use crate::error::Error;
use crate::storage::entity::{
    forgotten_subject, leaf_queue, log_index, record, record_key, record_personal, state, subject,
};
use crate::storage::snapshot::{self, Rare};
use ouinon_domain::ids::{SiteId, Subject};
use ouinon_domain::leaf::hmac_sha256;
use ouinon_domain::time::Timestamp;
use sea_orm::ConnectionTrait;
use std::collections::{HashMap, HashSet};

/// Records read at once.
const PAGE: u64 = 1_000;

/// A record and what belongs to it.
#[derive(Debug)]
pub struct Row {
    /// The record.
    pub record: record::Model,
    /// Its forgettable part.
    pub personal: Option<record_personal::Model>,
    /// What its id names.
    pub key: Option<record_key::Model>,
    /// Its place in the log.
    pub place: Option<log_index::Model>,
    /// Its leaf, while it waits for a place.
    pub queued: Option<leaf_queue::Model>,
}

/// A subject and what belongs to it.
#[derive(Debug)]
pub struct Person {
    /// The surrogate.
    pub subject: Subject,
    /// Who it is, until it is forgotten.
    pub link: Option<subject::Model>,
    /// Whether a visitor who was erased is linked again.
    pub erased: bool,
    /// What holds.
    pub state: Option<state::Model>,
    /// What stayed of it.
    pub forgotten: Option<forgotten_subject::Model>,
    /// Its records in the order of their versions.
    pub records: Vec<Row>,
}

/// Some subjects, in the order of their surrogates.
#[derive(Debug)]
pub struct Page {
    /// They.
    pub persons: Vec<Person>,
    /// Rows that could not be read.
    pub findings: Findings,
    /// Where the next page begins; `None` after the last.
    pub last: Option<Subject>,
}

/// Reads a site's records.
pub struct Reader<'a, C> {
    db: &'a C,
    site: &'a SiteId,
    /// For the register of erasures.
    secret: [u8; 32],
    rare: Rare,
}

impl<'a, C: ConnectionTrait> Reader<'a, C> {
    /// Reads a site's records; `secret` is the site's.
    pub async fn new(db: &'a C, site: &'a SiteId, secret: [u8; 32]) -> Result<Self, Error> {
        Ok(Self { db, site, secret, rare: snapshot::rare(db, site).await? })
    }

    /// Reads the subjects after one.
    pub async fn page(&self, after: Option<Subject>) -> Result<Page, Error> {
        let mut findings = Findings::default();
        let rows = snapshot::records(self.db, self.site, after, PAGE).await?;
        let full = (rows.read.len() + rows.unread.len()) as u64 == PAGE;
        let mut records = findings.readable(rows);
        let mut last = records.last().map(|record| record.subject).filter(|_| full);
        if let Some(open) = last {
            // More records of the last subject may follow: it is left to the next page, or read alone.
            let whole = records.partition_point(|record| record.subject < open);
            records.truncate(whole);
            last = records.last().map(|record| record.subject);
            if last.is_none() {
                let rows = snapshot::records_of(self.db, self.site, open).await?;
                records = findings.readable(rows);
                last = Some(open);
            }
        }
        let persons = self.persons(records, &mut findings).await?;
        Ok(Page { persons, findings, last })
    }

    async fn persons(
        &self,
        records: Vec<record::Model>,
        findings: &mut Findings,
    ) -> Result<Vec<Person>, Error> {
        let slots = records.iter().map(|record| (Timestamp(record.given_at), record.id));
        let slots: Vec<_> = slots.collect();
        let mut subjects: Vec<_> = records.iter().map(|record| record.subject).collect();
        subjects.dedup();
        let beside = snapshot::beside(self.db, self.site, &slots, &subjects, self.rare).await?;
        let mut personal = by(findings.readable(beside.personal), |row| row.record);
        let mut keys = by(findings.readable(beside.keys), |row| row.id);
        let mut places = by(findings.readable(beside.places), |row| row.record);
        let mut queued = by(findings.readable(beside.queued), |row| row.record);
        let mut links = by(findings.readable(beside.links), |row| row.subject);
        let mut forgotten = by(findings.readable(beside.forgotten), |row| row.subject);
        let mut states = by(findings.readable(beside.states), |row| row.visitor.clone());
        let erased = self.erased(links.values(), findings).await?;
        let mut persons: Vec<Person> = Vec::with_capacity(subjects.len());
        for record in records {
            if persons.last().is_none_or(|person| person.subject != record.subject) {
                let link = links.remove(&record.subject);
                persons.push(Person {
                    subject: record.subject,
                    erased: link.as_ref().is_some_and(|link| erased.contains(&link.visitor)),
                    state: link.as_ref().and_then(|link| states.remove(&link.visitor)),
                    link,
                    forgotten: forgotten.remove(&record.subject),
                    records: Vec::new(),
                });
            }
            let row = Row {
                personal: personal.remove(&record.id),
                key: keys.remove(&record.id),
                place: places.remove(&record.id),
                queued: queued.remove(&record.id),
                record,
            };
            if let Some(person) = persons.last_mut() {
                person.records.push(row);
            }
        }
        Ok(persons)
    }

    /// Which of these visitors were erased.
    async fn erased(
        &self,
        links: impl Iterator<Item = &subject::Model>,
        findings: &mut Findings,
    ) -> Result<HashSet<Vec<u8>>, Error> {
        if !self.rare.erased {
            return Ok(HashSet::new());
        }
        let hash = |visitor: &Vec<u8>| hmac_sha256(&self.secret, &[b"erasure", visitor]).to_vec();
        let visitors: HashMap<_, _> =
            links.map(|link| (hash(&link.visitor), link.visitor.clone())).collect();
        let hashes = visitors.keys().cloned().collect();
        let rows = snapshot::erasures(self.db, self.site, hashes).await?;
        let rows = findings.readable(rows).into_iter();
        Ok(rows.filter_map(|row| visitors.get(&row.visitor_hmac).cloned()).collect())
    }
}

fn by<K: std::hash::Hash + Eq, M>(rows: Vec<M>, key: impl Fn(&M) -> K) -> HashMap<K, M> {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}
