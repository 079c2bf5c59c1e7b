//! The hosted preferences page: the widget's preferences for people who came from a site, an
//! explanation for everybody else.

use serde::Serialize;

use crate::{Page, Policy};

/// The hosted preferences page of one site.
#[derive(Debug, Clone, Serialize)]
pub struct Preferences {
    /// The site's id, for the loader's address.
    pub site_id: String,
    /// Who is responsible, as visitors know it.
    pub controller: String,
    /// Where the visitor came from, on one of the site's origins.
    pub return_url: Option<String>,
    /// The current notice's hash.
    pub notice: Option<String>,
}

impl Page for Preferences {
    const TEMPLATE: &'static str = "pages/preferences.html";
    const POLICY: Policy = Policy::Widget;
}
