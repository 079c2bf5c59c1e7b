//! A published notice for everyone to read, for good.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Choice;
use crate::Page;

/// One notice in one of its languages.
#[derive(Debug, Clone, Serialize)]
pub struct NoticePage {
    /// `sha256:` and 64 hex digits.
    pub hash: String,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
    /// Whether visitors see it now.
    pub current: bool,
    /// The language its own words are shown in (BCP 47).
    pub shown_language: String,
    /// Links to its other languages: tag and address.
    pub other_languages: Vec<Choice>,
    /// Who is responsible.
    pub controller: String,
    /// How to reach them.
    pub contact: String,
    /// Postal address.
    pub address: Option<String>,
    /// The data protection officer.
    pub dpo: Option<String>,
    /// The full privacy policy.
    pub privacy_url: Option<String>,
    /// What data is used for.
    pub purposes: Vec<NoticePurpose>,
    /// Who receives it.
    pub vendors: Vec<NoticeVendor>,
    /// What is stored in the browser.
    pub cookies: Vec<NoticeCookie>,
    /// How long a choice is kept.
    pub expires_after_days: u32,
    /// Texts on rights, withdrawal, complaint and automated decisions, in this order.
    pub rights: Vec<String>,
    /// Every word the banner showed: name and text.
    pub texts: Vec<Choice>,
}

/// One purpose.
#[derive(Debug, Clone, Serialize)]
pub struct NoticePurpose {
    /// Its key.
    pub key: String,
    /// Its title.
    pub title: String,
    /// What it does.
    pub description: String,
    /// Runs without asking.
    pub required: bool,
    /// Names `basis.KEY`.
    pub legal_basis: String,
    /// Kinds of data.
    pub data_categories: Vec<String>,
    /// How long data is kept.
    pub retention: String,
    /// Names of the vendors under it.
    pub vendors: Vec<String>,
}

/// One vendor.
#[derive(Debug, Clone, Serialize)]
pub struct NoticeVendor {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Titles of its purposes.
    pub purposes: Vec<String>,
    /// ISO 3166-1.
    pub country: Option<String>,
    /// What protects a transfer.
    pub safeguard: Option<String>,
    /// Its policy.
    pub policy_url: Option<String>,
}

/// One cookie or storage entry.
#[derive(Debug, Clone, Serialize)]
pub struct NoticeCookie {
    /// Its name.
    pub name: String,
    /// The title of its purpose.
    pub purpose: String,
    /// How long it stays.
    pub duration: String,
    /// `first` or `third`; names `party.KEY`.
    pub party: String,
}

impl Page for NoticePage {
    const TEMPLATE: &'static str = "pages/notice.html";
}
