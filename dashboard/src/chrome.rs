//! What surrounds every page: language, address, the signed-in user and the token that protects
//! forms. Built by the server for each request.

use serde::Serialize;

use crate::{Lang, Query};

/// What a user may do, as shown in the header. The server decides; this is for display.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything, users and sites included.
    Admin,
    /// Everything about evidence and people's rights.
    Dpo,
    /// Figures and checks.
    Marketer,
    /// Figures alone.
    Viewer,
}

/// The signed-in user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignedIn {
    /// The e-mail address they sign in with.
    pub email: String,
    /// Their role.
    pub role: Role,
}

/// What every page is rendered with besides its own context.
#[derive(Debug, Clone, Default)]
pub struct Chrome {
    /// The language of the page.
    pub lang: Lang,
    /// The path of this request below the base path, such as `/dashboard/sites`.
    pub path: String,
    /// The query of this request without `?`; the language switch and filters keep it.
    pub query: String,
    /// Nobody on public pages and on the sign-in page.
    pub user: Option<SignedIn>,
    /// The token every form carries as `csrf`.
    pub csrf: String,
    /// Shown on error pages so that a report can be matched with the log.
    pub request_id: String,
}

/// One entry of the language switch.
#[derive(Debug, Serialize)]
pub(crate) struct LangLink {
    code: &'static str,
    name: &'static str,
    current: bool,
    href: String,
}

impl Chrome {
    pub(crate) fn languages(&self) -> Vec<LangLink> {
        let query = Query::parse(&self.query);
        Lang::ALL
            .into_iter()
            .map(|lang| LangLink {
                code: lang.code(),
                name: lang.name(),
                current: lang == self.lang,
                href: query.with("lang", lang.code()).on(&self.path),
            })
            .collect()
    }
}
