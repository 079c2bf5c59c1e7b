//! The page behind the `type` of every problem the API answers with.

use serde::Serialize;

use crate::Page;

/// Every problem that has a page: `problem.SLUG.title`, `.meaning` and `.action` in the texts.
pub const PROBLEMS: [&str; 18] = [
    "malformed",
    "unauthorized",
    "insufficient-scope",
    "foreign-origin",
    "not-found",
    "not-merged",
    "method-not-allowed",
    "id-reused",
    "stale-version",
    "notice-superseded",
    "visitor-erased",
    "body-too-large",
    "unsupported-media-type",
    "invalid-fields",
    "action-mismatch",
    "too-many-requests",
    "internal",
    "unavailable",
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
