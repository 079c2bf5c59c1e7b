//! What a browser sees where there is no page, or where the server failed.

use serde::Serialize;

use crate::Page;

/// An error for people; programs get problem+json instead.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ErrorPage {
    status: u16,
    words: &'static str,
}

impl ErrorPage {
    /// The page for a status. Some have their own words, all others share.
    pub fn new(status: u16) -> ErrorPage {
        let words = match status {
            403 => "forbidden",
            404 | 410 => "not_found",
            429 => "too_many",
            503 => "unavailable",
            400..=499 => "request",
            _ => "failed",
        };
        ErrorPage { status, words }
    }
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "pages/error.html";
}
