//! The register: signed statements about a site that are not records (a notice put in force, a
//! visitor forgotten, records retired, a log reconciled). Each is signed by the site's log key over
//! the hash of the one before, so that none can be changed, dropped or slipped in.

use super::log_keys::{LogKey, Statement};
use crate::error::Error;
use crate::storage::entity::register;
use crate::storage::register as rows;
use ouinon_domain::canonical::{canonical, from_hex, hex, sha256};
use ouinon_domain::ids::SiteId;
use ouinon_domain::time::Timestamp;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A notice was put in force: `{seq, notice, secret_sha256}`.
    Publication,
    /// A visitor was forgotten on request: `{visitor_hmac, requested_by}`.
    Erasure,
    /// Records were retired at the end of their retention: `{before, positions, records, days}`.
    Retention,
    /// An operator accepted a log that its witness did not: `{who, why, held, accepted}`.
    Reconciliation,
}

impl Kind {
    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Publication => "publication",
            Self::Erasure => "erasure",
            Self::Retention => "retention",
            Self::Reconciliation => "reconciliation",
        }
    }
}

/// An entry, whole; its RFC 8785 JSON without `signature` is what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whose register.
    pub site: SiteId,
    /// Its place, from 0, without gaps.
    pub seq: u64,
    /// SHA-256 of the statement before, hex; zeros at the first.
    pub previous: String,
    /// What it is about.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// By kind.
    pub body: Value,
    /// Ed25519 by the site's log key, hex.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signature: String,
}

impl Entry {
    /// What is signed.
    pub fn statement(&self) -> Result<Vec<u8>, Error> {
        let unsigned = Self { signature: String::new(), ..self.clone() };
        canonical(&unsigned).map_err(|error| Error::internal("register", error.0))
    }

    /// What the next entry names as the one before.
    pub fn hash(&self) -> Result<[u8; 32], Error> {
        Ok(sha256(&self.statement()?))
    }

    /// Whether `key` signed it.
    pub fn is_signed(&self, key: &LogKey) -> Result<bool, Error> {
        let signature = from_hex::<64>(&self.signature).unwrap_or([0; 64]);
        Ok(key.signed(Statement::Register, &self.statement()?, &signature))
    }

    /// The entry of a row.
    pub fn read(row: &register::Model) -> Result<Self, Error> {
        let unreadable = || Error::Internal(format!("register entry {} cannot be read", row.seq));
        Ok(Self {
            site: SiteId::parse(&row.site).ok_or_else(unreadable)?,
            seq: u64::try_from(row.seq).map_err(|_| unreadable())?,
            previous: hex(&row.previous),
            kind: row.kind.clone(),
            at: Timestamp(row.at),
            body: serde_json::from_str(&row.body).map_err(|_| unreadable())?,
            signature: hex(&row.signature),
        })
    }
}

/// Whether the database holds an entry as it is, in its place.
pub async fn holds(db: &impl ConnectionTrait, entry: &Entry) -> Result<bool, Error> {
    let rows = rows::from(db, &entry.site, entry.seq, 1).await?;
    let same = |row| Entry::read(row).is_ok_and(|stored| stored == *entry);
    Ok(rows.first().is_some_and(same))
}

/// Appends a statement about a site, in the caller's transaction.
pub async fn append(
    db: &impl ConnectionTrait,
    key: &LogKey,
    site: &SiteId,
    kind: Kind,
    at: Timestamp,
    body: Value,
) -> Result<(), Error> {
    let end = rows::lock_end(db, site).await?.ok_or(Error::NotFound("no such site"))?;
    let unreadable = |_| Error::Internal("the register's size cannot be read".into());
    let entry = Entry {
        site: site.clone(),
        seq: u64::try_from(end.size).map_err(unreadable)?,
        previous: hex(&end.hash),
        kind: kind.as_str().into(),
        at,
        body,
        signature: String::new(),
    };
    let statement = entry.statement()?;
    let row = register::Model {
        site: site.as_str().into(),
        seq: end.size,
        previous: end.hash.to_vec(),
        kind: entry.kind,
        at: at.0,
        body: entry.body.to_string(),
        signature: key.sign(Statement::Register, &statement).to_vec(),
    };
    rows::append(db, row, &statement).await
}
