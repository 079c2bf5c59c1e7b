//! Signing in: e-mail, password, and a code where the second factor is on.

use serde::Serialize;

use crate::Page;

/// The sign-in page, first shown or shown again after a failure.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Login {
    /// What was typed, so that it need not be typed again.
    pub email: String,
    /// Where to go afterwards; a path of this server.
    pub next: String,
    /// Whether the account asks for a second factor.
    pub code_needed: bool,
    /// Why it did not work.
    pub error: Option<LoginError>,
}

/// Why signing in failed. Names the text `login.error.KEY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginError {
    /// Unknown address or wrong password; which one is not said.
    Credentials,
    /// The second factor's code is wrong or was used already.
    Code,
    /// Too many tries; the server says when to come back with `Retry-After`.
    TooMany,
    /// The form is older than its token, or came from another site.
    Expired,
}

impl Page for Login {
    const TEMPLATE: &'static str = "pages/login.html";
}
