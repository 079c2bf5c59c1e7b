//! The people who may sign in.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{Page, Role};

/// All users, by address.
#[derive(Debug, Clone, Serialize)]
pub struct Users {
    /// The users.
    pub items: Vec<UserRow>,
}

/// One user.
#[derive(Debug, Clone, Serialize)]
pub struct UserRow {
    /// The address.
    pub email: String,
    /// The role.
    pub role: Role,
    /// Whether they may sign in.
    pub active: bool,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
}

impl Page for Users {
    const TEMPLATE: &'static str = "pages/users.html";
    const NAV: &'static str = "users";
}
