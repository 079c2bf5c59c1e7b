//! The publications of a site's notice.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::SiteRef;
use crate::{Page, Policy};

/// The history of notices, newest first.
#[derive(Debug, Clone, Serialize)]
pub struct Notices {
    /// The site.
    pub site: SiteRef,
    /// All publications.
    pub items: Vec<NoticeRow>,
    /// The look of the notice in force, to try others on.
    pub look: Option<LookForm>,
}

/// What a look may be, beginning with what it is.
#[derive(Debug, Clone, Serialize)]
pub struct LookForm {
    /// Those the notice is shown in, first the one shown first.
    pub languages: Vec<String>,
    /// How many vendors the first layer counts.
    pub partners: u64,
    /// What is drawn in colour.
    pub colours: Vec<Colour>,
    /// The type; empty: the system's.
    pub font: String,
    /// How round corners are; empty: as usual.
    pub radius: String,
    /// The fields with few answers: each with all there are, the usual one first.
    pub choices: Vec<LookChoice>,
    /// Whether a modal keeps the page from scrolling.
    pub lock: bool,
    /// What the widget's build calls its own things: a JSON object from the names in its sources.
    pub short: String,
}

/// One colour, by day and by night; empty where the notice leaves it as usual.
#[derive(Debug, Clone, Serialize)]
pub struct Colour {
    /// Names `look.NAME`.
    pub name: String,
    /// By day.
    pub light: String,
    /// By day, where the notice says nothing.
    pub usual_light: String,
    /// By night.
    pub dark: String,
    /// By night, where the notice says nothing.
    pub usual_dark: String,
}

/// A field of the look with few answers.
#[derive(Debug, Clone, Serialize)]
pub struct LookChoice {
    /// Names `look.NAME`.
    pub name: &'static str,
    /// What the notice says.
    pub value: String,
    /// Each names `look.NAME.VALUE`.
    pub values: &'static [&'static str],
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
    const POLICY: Policy = Policy::Preview;
}
