//! The publications of a site's notice.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::SiteRef;
use crate::Page;

/// The history of notices, newest first.
#[derive(Debug, Clone, Serialize)]
pub struct Notices {
    /// The site.
    pub site: SiteRef,
    /// All publications.
    pub items: Vec<NoticeRow>,
}

/// One publication.
#[derive(Debug, Clone, Serialize)]
pub struct NoticeRow {
    /// `sha256:` and 64 hex digits.
    pub hash: String,
    /// When.
    pub published_at: DateTime<Utc>,
    /// Whether visitors see it now.
    pub current: bool,
    /// Its languages.
    pub languages: Vec<String>,
    /// How many purposes it names.
    pub purposes: u64,
    /// How many vendors it names.
    pub vendors: u64,
    /// What art. 13 asks for and it does not say.
    pub findings: u64,
}

impl Page for Notices {
    const TEMPLATE: &'static str = "pages/notices.html";
    const NAV: &'static str = "notices";
}
