//! How to put Ouinon on a website.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::SiteRef;
use crate::Page;

/// The install page. All code on it is text to be copied.
#[derive(Debug, Clone, Serialize)]
pub struct Install {
    /// The site.
    pub site: SiteRef,
    /// The origins it may be used on.
    pub origins: Vec<String>,
    /// The inline part and the async tag.
    pub snippet: String,
    /// The plain tag alone.
    pub tag: String,
    /// What a strict content policy must allow.
    pub csp: String,
    /// The link to the preferences.
    pub preferences_link: String,
    /// A script that waits for consent.
    pub gated_example: String,
    /// How it is done with the tools a site is made with.
    pub recipes: Vec<Recipe>,
    /// When a page last showed the banner.
    pub last_shown: Option<DateTime<Utc>>,
    /// When a choice was last recorded.
    pub last_choice: Option<DateTime<Utc>>,
}

/// What to do in one such tool.
#[derive(Debug, Clone, Serialize)]
pub struct Recipe {
    /// Names its words: `install.recipe.KEY` and `install.recipe.KEY.text`.
    pub key: &'static str,
    /// What to paste, in order.
    pub codes: Vec<String>,
}

impl Page for Install {
    const TEMPLATE: &'static str = "pages/install.html";
    const NAV: &'static str = "install";
}
