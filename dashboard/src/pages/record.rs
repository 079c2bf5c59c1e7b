//! One record: everything it proves, and what it proves it with.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{NoticeRef, Said, SiteRef};
use crate::Page;

/// One record, whole.
#[derive(Debug, Clone, Serialize)]
pub struct Record {
    /// The site.
    pub site: SiteRef,
    /// Its id.
    pub id: String,
    /// The visitor, unless erased.
    pub visitor: Option<String>,
    /// The visitor's version it made.
    pub version: u64,
    /// The version the visitor's browser knew.
    pub base_version: u64,
    /// Whether it is the visitor's latest record.
    pub latest: bool,
    /// What the visitor did.
    pub action: String,
    /// How.
    pub method: String,
    /// When.
    pub given_at: DateTime<Utc>,
    /// Until when the choice holds.
    pub expires_at: DateTime<Utc>,
    /// The answer to each purpose.
    pub choices: Vec<Said>,
    /// Vendors that differ from their purposes.
    pub vendors: Vec<Said>,
    /// The notice that was shown.
    pub notice: NoticeRef,
    /// `opt-in`, `opt-out`, `notice`, where known.
    pub regime: Option<String>,
    /// The law's name.
    pub law: Option<String>,
    /// Whether the browser sent Global Privacy Control.
    pub gpc: bool,
    /// What the browser reported about the gesture; names `assurance.KEY`.
    pub assurance: String,
    /// The part that can be forgotten; `None` after erasure.
    pub personal: Option<Personal>,
    /// The signed receipt.
    pub receipt: Option<String>,
    /// Its leaf in the evidence log.
    pub leaf: Leaf,
    /// The record as the API gives it, indented.
    pub json: String,
}

/// The forgettable part of a record.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Personal {
    /// ISO 3166-1.
    pub country: Option<String>,
    /// ISO 3166-2.
    pub region: Option<String>,
    /// Language of the texts shown.
    pub language: Option<String>,
    /// The page, query and fragment cut.
    pub page: Option<String>,
    /// Names `device.KEY`.
    pub device: Option<String>,
}

/// A record's place in the evidence log.
#[derive(Debug, Clone, Serialize)]
pub struct Leaf {
    /// The leaf hash in hex.
    pub hash: String,
    /// Its index, once sequenced.
    pub index: Option<u64>,
}

impl Page for Record {
    const TEMPLATE: &'static str = "pages/record.html";
    const NAV: &'static str = "records";
}
