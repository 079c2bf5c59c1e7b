//! What a verification found, in the words of whoever reads it: the table or document, the record
//! and the field, and a sentence.

use crate::error::Error;
use crate::storage::snapshot::{Rows, Unread};
use ouinon_domain::ids::{RecordId, SiteId};
use serde::Serialize;

/// Most findings that are listed; the rest are counted.
const LISTED: usize = 100;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A table, or `receipt`, `witness`, `signature`.
    pub what: String,
    /// The record it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordId>,
    /// The column or field, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// A sentence.
    pub detail: String,
}

impl Finding {
    /// About a table or document.
    pub fn new(what: &str, detail: impl Into<String>) -> Self {
        Self { what: what.to_owned(), record: None, field: None, detail: detail.into() }
    }

    /// About this record.
    pub fn of(self, record: RecordId) -> Self {
        Self { record: Some(record), ..self }
    }

    /// About this column or field.
    pub fn at(self, field: &str) -> Self {
        Self { field: Some(field.to_owned()), ..self }
    }

    /// A stored value that is not one; any other error stays an error.
    pub fn unreadable(what: &str, error: Error) -> Result<Self, Error> {
        match error {
            Error::Unreadable(column) => {
                let detail = format!("the value of {what}.{column} cannot be read");
                Ok(Self::new(what, detail).at(&column))
            }
            other => Err(other),
        }
    }
}

impl From<Unread> for Finding {
    fn from(row: Unread) -> Self {
        let detail = format!("a row of {} cannot be read: {}", row.table, row.detail);
        Self { what: row.table, record: row.record, field: row.column, detail }
    }
}

/// All that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    list: Vec<Finding>,
    more: u64,
}

impl Findings {
    /// One more.
    pub fn add(&mut self, finding: Finding) {
        match self.list.len() < LISTED {
            true => self.list.push(finding),
            false => self.more += 1,
        }
    }

    /// All of these too.
    pub fn extend(&mut self, other: Self) {
        other.list.into_iter().for_each(|finding| self.add(finding));
        self.more += other.more;
    }

    /// The rows that can be read; the others are findings.
    pub fn readable<M>(&mut self, rows: Rows<M>) -> Vec<M> {
        rows.unread.into_iter().for_each(|row| self.add(row.into()));
        rows.read
    }

    /// The row of which there is one, and how many there are: more are a finding.
    pub fn only<M>(&mut self, table: &str, rows: Rows<M>) -> (Option<M>, usize) {
        let all = rows.read.len() + rows.unread.len();
        if all > 1 {
            let detail = format!("{table} has {all} rows where one belongs");
            self.add(Finding::new(table, detail));
        }
        (self.readable(rows).pop(), all)
    }

    /// Those that are listed.
    pub fn into_list(self) -> Vec<Finding> {
        self.list
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// How the log stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Log {
    /// Leaves that have their place.
    pub size: u64,
    /// The root over them, hex, as recomputed.
    pub root: Option<String>,
    /// Leaves in the published checkpoint.
    pub published: Option<u64>,
    /// Leaves that wait for their place.
    pub waiting: u64,
    /// Places whose records were retired.
    pub retired: u64,
    /// Entries of the register.
    pub register: u64,
    /// How often an operator accepted a log that its witness did not.
    pub reconciliations: u64,
}

/// What one keeper of the witness holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Where.
    pub place: String,
    /// Leaves in its checkpoint; `null` where it has none of this site.
    pub size: Option<u64>,
    /// Entries of the register; `null` where it has none.
    pub register: Option<u64>,
}

/// The end of a verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whose log.
    pub site: SiteId,
    /// Whether everything is as it was written.
    pub sound: bool,
    /// Records read.
    pub records: u64,
    /// People of whom records stay and nothing else does.
    pub forgotten: u64,
    /// Visitors' own signatures checked; `null` where that was not asked for.
    pub signatures: Option<u64>,
    /// The log.
    pub log: Log,
    /// The witness.
    pub witness: Vec<Held>,
    /// What is not sound, the first hundred.
    pub findings: Vec<Finding>,
    /// Findings that are not listed.
    pub more_findings: u64,
}

impl Report {
    /// An empty report of a site.
    pub fn new(site: &SiteId) -> Self {
        Self {
            site: site.clone(),
            sound: false,
            records: 0,
            forgotten: 0,
            signatures: None,
            log: Log::default(),
            witness: Vec::new(),
            findings: Vec::new(),
            more_findings: 0,
        }
    }

    /// With all that was found.
    pub fn close(self, findings: Findings) -> Self {
        let (sound, more_findings) = (findings.is_empty(), findings.more);
        Self { sound, findings: findings.list, more_findings, ..self }
    }
}
