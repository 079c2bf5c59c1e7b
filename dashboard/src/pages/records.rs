//! The records of a site, newest first, by filters that live in the address.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Choice, Said, SiteRef};
use crate::Page;

/// One page of records.
#[derive(Debug, Clone, Serialize)]
pub struct Records {
    /// The site.
    pub site: SiteRef,
    /// The filters as typed.
    pub form: RecordsForm,
    /// Whether any filter is set.
    pub filtered: bool,
    /// Purposes to filter by.
    pub purposes: Vec<Choice>,
    /// The records of this page.
    pub items: Vec<RecordRow>,
    /// The next page, where there is one.
    pub next_href: Option<String>,
    /// The first page, where this is another one.
    pub first_href: Option<String>,
    /// The same records as CSV.
    pub export_href: String,
}

/// The filters.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RecordsForm {
    /// A visitor id.
    pub visitor: String,
    /// An action.
    pub action: String,
    /// A method.
    pub method: String,
    /// A purpose that was allowed.
    pub purpose: String,
    /// A country code.
    pub country: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
}

/// One record in the list.
#[derive(Debug, Clone, Serialize)]
pub struct RecordRow {
    /// Its id.
    pub id: String,
    /// When it was made.
    pub given_at: DateTime<Utc>,
    /// The visitor, unless erased.
    pub visitor: Option<String>,
    /// `accept_all`, `reject_all`, `save`, `withdraw`.
    pub action: String,
    /// `banner`, `preferences`, `gpc`, `link`, `import`, `operator`.
    pub method: String,
    /// What holds since.
    pub choices: Vec<Said>,
    /// ISO 3166-1, unless unknown or erased.
    pub country: Option<String>,
    /// The visitor's version it made.
    pub version: u64,
}

impl Page for Records {
    const TEMPLATE: &'static str = "pages/records.html";
    const NAV: &'static str = "records";
}
