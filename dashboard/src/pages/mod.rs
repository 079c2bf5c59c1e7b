//! One file per page: its typed context, and samples of it for the tests.

mod api_docs;
mod check;
mod error;
mod install;
mod keys;
mod login;
mod notice;
mod notices;
mod overview;
mod preferences;
mod problem;
mod record;
mod records;
mod sites;
mod users;

#[cfg(test)]
mod samples;

pub use api_docs::{ApiDocs, Operation, Parameter, Prose, Tag};
pub use check::{Answer, Asked, Check, CheckForm, Evidence};
pub use error::ErrorPage;
pub use install::{Install, Recipe};
pub use keys::{KeyForm, KeyRow, Keys, NewKey};
pub use login::{Login, LoginError};
pub use notice::{NoticeCookie, NoticePage, NoticePurpose, NoticeVendor};
pub use notices::{Colour, LookChoice, LookForm, NoticeRow, Notices};
pub use overview::{
    Breakdown, BreakdownRow, Bucket, Counted, Filter, Headline, Overview, PurposeRow, Totals,
};
pub use preferences::Preferences;
pub use problem::{PROBLEMS, Problem};
pub use record::{Leaf, Personal, Record};
pub use records::{RecordRow, Records, RecordsForm};
pub use sites::{SiteRow, Sites};
pub use users::{UserRow, Users};

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

/// The site a page belongs to.
#[derive(Debug, Clone, Serialize)]
pub struct SiteRef {
    /// Its id, as in addresses.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it answers visitors and decisions.
    pub enabled: bool,
}

/// One option of a select: the value sent and the words shown.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What people read; for built-in purposes, countries and languages the page translates.
    pub label: String,
}

/// One answer to a purpose or vendor inside a record.
#[derive(Debug, Clone, Serialize)]
pub struct Said {
    /// The key of the purpose or vendor.
    pub key: String,
    /// Its title in the notice.
    pub title: String,
    /// Whether it was allowed.
    pub granted: bool,
}

/// A notice as other pages refer to it.
#[derive(Debug, Clone, Serialize)]
pub struct NoticeRef {
    /// `sha256:` and 64 hex digits.
    pub hash: String,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
}

/// What was wrong with the fields of a form: field → the KEY of `error.KEY` in the texts.
pub type FieldErrors = BTreeMap<&'static str, &'static str>;
