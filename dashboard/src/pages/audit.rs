//! Who did what in the dashboard and on the command line.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::Page;

/// The audit log, newest first.
#[derive(Debug, Clone, Serialize)]
pub struct Audit {
    /// The entries of this page.
    pub items: Vec<AuditRow>,
    /// The next page.
    pub next_href: Option<String>,
}

/// One entry.
#[derive(Debug, Clone, Serialize)]
pub struct AuditRow {
    /// When.
    pub at: DateTime<Utc>,
    /// Who: an address, a key's prefix or the command line.
    pub actor: String,
    /// What, as a short code such as `key.revoke`.
    pub action: String,
    /// To what.
    pub subject: String,
}

impl Page for Audit {
    const TEMPLATE: &'static str = "pages/audit.html";
    const NAV: &'static str = "audit";
}
