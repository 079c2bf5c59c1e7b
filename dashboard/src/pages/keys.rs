//! The API keys of a site.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{FieldErrors, SiteRef};
use crate::Page;

/// The keys of a site, with the forms to make and revoke them.
#[derive(Debug, Clone, Serialize)]
pub struct Keys {
    /// The site.
    pub site: SiteRef,
    /// All keys, newest first.
    pub items: Vec<KeyRow>,
    /// Scopes a key can have.
    pub scopes: Vec<String>,
    /// Whether this user may make and revoke keys.
    pub may_edit: bool,
    /// The key just made, shown once.
    pub created: Option<NewKey>,
    /// What was typed, where something was wrong with it.
    pub form: KeyForm,
    /// What was wrong.
    pub errors: FieldErrors,
}

/// One key; the key itself is not kept.
#[derive(Debug, Clone, Serialize)]
pub struct KeyRow {
    /// Its id, part of the key itself.
    pub id: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// The networks it works from; none: all.
    pub networks: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it stops working by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// That moment has passed.
    pub expired: bool,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A key that was just made.
#[derive(Debug, Clone, Serialize)]
pub struct NewKey {
    /// Its id.
    pub id: String,
    /// The key.
    pub key: String,
    /// Until when the key in whose place it is works beside it.
    pub replaced_until: Option<DateTime<Utc>>,
}

/// The creation form.
#[derive(Debug, Clone, Default, Serialize)]
pub struct KeyForm {
    /// The day it stops working, or empty.
    pub expires: String,
    /// The networks it works from, as typed.
    pub networks: String,
    /// The scopes ticked.
    pub scopes: Vec<String>,
}

impl Page for Keys {
    const TEMPLATE: &'static str = "pages/keys.html";
    const NAV: &'static str = "keys";
}
