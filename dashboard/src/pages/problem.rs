//! The page behind the `type` of every problem the API answers with.

use serde::Serialize;

use crate::Page;

/// Every problem that has a page: `problem.SLUG.title`, `.meaning` and `.action` in the texts.
pub const PROBLEMS: [&str; 27] = [
    "action-mismatch",
    "bad-request",
    "body-too-large",
    "conflict",
    "foreign-origin",
    "forbidden",
    "id-reused",
    "internal",
    "invalid-body",
    "invalid-parameter",
    "malformed-json",
    "method-not-allowed",
    "missing-scope",
    "not-found",
    "notice-superseded",
    "origin-missing",
    "site-disabled",
    "stale-version",
    "too-many-requests",
    "unauthorized",
    "unavailable",
    "unknown-field",
    "unknown-purpose",
    "unknown-vendor",
    "unsupported-media-type",
    "uri-too-long",
    "visitor-erased",
];

/// One problem's page; the slug must be one of [`PROBLEMS`].
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    slug: &'static str,
}

impl Problem {
    /// The page of a slug, or `None` where there is none.
    pub fn of(slug: &str) -> Option<Problem> {
        PROBLEMS.into_iter().find(|known| *known == slug).map(|slug| Problem { slug })
    }
}

impl Page for Problem {
    const TEMPLATE: &'static str = "pages/problem.html";
}
