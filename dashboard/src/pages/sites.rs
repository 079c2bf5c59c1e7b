//! All sites the user may see.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::Page;
use crate::rate::Rate;

/// The list of sites, with a search by name, origin or id.
#[derive(Debug, Clone, Serialize)]
pub struct Sites {
    /// What was searched for.
    pub search: String,
    /// The sites found, by name.
    pub items: Vec<SiteRow>,
    /// Whether there are more than shown.
    pub more: bool,
}

/// One site.
#[derive(Debug, Clone, Serialize)]
pub struct SiteRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The origins it may be used on.
    pub origins: Vec<String>,
    /// Whether it is switched on.
    pub enabled: bool,
    /// Opt-in among choices of the last 30 days.
    pub rate: Rate,
    /// When the last choice was recorded.
    pub last_choice: Option<DateTime<Utc>>,
}

impl Page for Sites {
    const TEMPLATE: &'static str = "pages/sites.html";
    const NAV: &'static str = "sites";
}
