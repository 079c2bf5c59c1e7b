//! "Can I target this visitor?": one question, answered in words first, then with its reason and
//! its evidence.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Choice, FieldErrors, SiteRef};
use crate::Page;

/// The form, and the answer once it was asked.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// The site.
    pub site: SiteRef,
    /// Purposes of the current notice.
    pub purposes: Vec<Choice>,
    /// Vendors of the current notice.
    pub vendors: Vec<Choice>,
    /// What was asked.
    pub form: CheckForm,
    /// What was wrong with it.
    pub errors: FieldErrors,
    /// The answer; `None` before the question and where it could not be asked.
    pub answer: Option<Answer>,
}

/// The question as typed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CheckForm {
    /// A visitor id, 22 characters.
    pub visitor: String,
    /// A purpose's key.
    pub purpose: String,
    /// A vendor's key, or empty for the site itself.
    pub vendor: String,
    /// A past moment, or empty for now.
    pub at: String,
    /// A country or region such as `US-TX`, or empty.
    pub place: String,
}

/// A decision, ready to be read.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    /// Whether the visitor may be used.
    pub allowed: bool,
    /// The reason's code, which names `reason.CODE.why`.
    pub reason: String,
    /// The sentence of [`crate::explain`] in the page's language.
    pub sentence: String,
    /// The moment the answer is about.
    pub as_of: DateTime<Utc>,
    /// When to ask again.
    pub recheck_after: Option<DateTime<Utc>>,
    /// Such as `consent`; names `basis.KEY`.
    pub legal_basis: Option<String>,
    /// `opt-in`, `opt-out` or `notice`; names `regime.KEY`.
    pub regime: Option<String>,
    /// The law's name.
    pub law: Option<String>,
    /// ISO 3166-1.
    pub country: Option<String>,
    /// ISO 3166-2.
    pub region: Option<String>,
    /// Where the place comes from: `record` or `query`; names `place_source.KEY`.
    pub place_source: Option<String>,
    /// The record behind it.
    pub evidence: Option<Evidence>,
    /// Who asked about the visitor before, as far as it is logged, the newest first.
    pub asked: Vec<Asked>,
    /// The whole decision as the API gives it, indented.
    pub json: String,
}

/// A question that was asked before, and its answer.
#[derive(Debug, Clone, Serialize)]
pub struct Asked {
    /// When it was answered.
    pub at: DateTime<Utc>,
    /// The API key that asked; `None`: a person in the dashboard.
    pub key: Option<String>,
    /// The purpose, as people know it.
    pub purpose: String,
    /// The vendor, as people know it.
    pub vendor: Option<String>,
    /// The answer.
    pub allowed: bool,
    /// Its reason's code.
    pub reason: String,
}

/// What a decision stands on.
#[derive(Debug, Clone, Serialize)]
pub struct Evidence {
    /// The record's id.
    pub record: String,
    /// The visitor's version it made.
    pub version: u64,
    /// What the visitor did; names `action.KEY`.
    pub action: String,
    /// When.
    pub given_at: DateTime<Utc>,
    /// Until when it holds.
    pub expires_at: Option<DateTime<Utc>>,
    /// The notice shown.
    pub notice: String,
    /// The language it was shown in.
    pub language: Option<String>,
    /// The leaf's place in the evidence log, once sequenced.
    pub log_index: Option<u64>,
}

impl Page for Check {
    const TEMPLATE: &'static str = "pages/check.html";
    const NAV: &'static str = "check";
}
