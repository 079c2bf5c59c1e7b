//! The body of a submitted choice: read once, checked against the site's notices, and from then on
//! a `Submission` that cannot be malformed.

use super::browser_key::{self, Signed};
use crate::error::Error;
use crate::sites::{Published, Site};
use ouinon_domain::canonical::{hex, sha256};
use ouinon_domain::choice::{Action, Assurance, Choices, Method, Vendors, agrees, refuses};
use ouinon_domain::ids::{RecordId, VisitorId, VisitorSecret};
use ouinon_domain::notice::Finding;
use ouinon_domain::regime::{Model, Place, Regime};
use serde::Deserialize;
use serde_json::Number;
use serde_path_to_error::Segment;
use std::sync::Arc;
use url::Url;

/// Most bytes of a body.
pub const MAX_BYTES: usize = 16 * 1024;
const MAX_PAGE: usize = 2_000;

/// The body as it arrives (contract, `POST …/consents`).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    id: RecordId,
    visitor_secret: VisitorSecret,
    action: Action,
    notice: Option<ouinon_domain::ids::NoticeHash>,
    base_version: Option<Number>,
    choices: Option<Choices>,
    vendors: Option<Vendors>,
    language: Option<String>,
    method: Option<Method>,
    page: Option<String>,
    gesture: Option<Gesture>,
    signature: Option<String>,
    public_key: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gesture {
    trusted: bool,
    visible: bool,
}

/// What the request around the body tells.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// Where the caller is, from its cut address.
    pub place: Place,
    /// The rules of that place.
    pub regime: Regime,
    /// `desktop`, `mobile`, `tablet` or `other`.
    pub device: &'static str,
    /// Whether the client calls itself a robot.
    pub bot: bool,
    /// Whether `Sec-GPC` was exactly `1`.
    pub gpc: bool,
}

/// A choice ready to be written.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The record's id.
    pub id: RecordId,
    /// Who chose.
    pub visitor: VisitorId,
    /// What was done.
    pub action: Action,
    /// What was asked per purpose; empty on a withdrawal.
    pub asked: Choices,
    /// What was asked per vendor.
    pub asked_vendors: Vendors,
    /// The notice that was shown.
    pub notice: Arc<Published>,
    /// The version the browser knew; `None` on a withdrawal that names none there can be: it needs none.
    pub base_version: Option<u64>,
    /// The way it was made.
    pub method: Method,
    /// How far the browser vouched for a person's act.
    pub assurance: Assurance,
    /// SHA-256 of the raw body, hex.
    pub body_hash: String,
    /// Language of the texts shown; `None` on a withdrawal that does not say.
    pub language: Option<String>,
    /// Address of the page, cut.
    pub page: Option<String>,
    /// The browser's own signature, checked.
    pub signed: Option<Signed>,
    /// What the request told.
    pub circumstances: Circumstances,
}

/// Reads JSON. Not JSON at all is malformed (400); a wrong, missing or unknown field is invalid
/// (422) and named.
pub fn read_json<'de, T: Deserialize<'de>>(raw: &'de [u8]) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_slice(raw);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let pointer: String = error.path().iter().map(pointer_part).collect();
        let inner = error.into_inner();
        match inner.classify() {
            serde_json::error::Category::Data => Error::field(&pointer, inner.to_string()),
            _ => Error::Malformed(format!("the body is not JSON: {inner}")),
        }
    })?;
    // A list of the right length would do for the reader, but not for whoever documents the API.
    if !raw.trim_ascii_start().starts_with(b"{") {
        return Err(Error::field("", "the body must be an object"));
    }
    json.end().map_err(|error| Error::Malformed(format!("the body is not JSON: {error}")))?;
    Ok(value)
}

/// A visitor's version: a whole number that every reader of JSON takes for the same (RFC 7493).
pub fn version(number: &Number) -> Option<u64> {
    number.as_u64().filter(|version| *version < 1 << 53)
}

/// One step of a JSON pointer (RFC 6901).
fn pointer_part(part: &Segment) -> String {
    match part {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { variant } => format!("/{variant}"),
        Segment::Unknown => String::new(),
    }
}

/// Whether a yes said in this way, in such a place, is nobody's word here.
pub fn unproved(site: &Site, method: Method, regime: &Regime) -> bool {
    let takes = |current: &Arc<Published>| {
        current.notice.import.as_ref().is_some_and(|import| import.grants)
    };
    let granted = site.current().is_some_and(takes);
    method == Method::Import && regime.model == Model::OptIn && !granted
}

impl Body {
    /// Reads the raw body.
    pub fn read(raw: &[u8]) -> Result<Self, Error> {
        read_json(raw)
    }

    /// The secret the visitor speaks with.
    pub fn secret(&self) -> &VisitorSecret {
        &self.visitor_secret
    }

    /// What was done.
    pub fn action(&self) -> Action {
        self.action
    }

    /// The way the choice says it was made.
    pub fn method(&self) -> Option<Method> {
        self.method
    }

    /// Checks the body against the site's notices.
    pub fn check(
        &self,
        raw: &[u8],
        site: &Site,
        circumstances: Circumstances,
    ) -> Result<Submission, Error> {
        let withdraws = self.action == Action::Withdraw;
        let notice = self.shown(site)?;
        let mut wrong = Vec::new();
        let language = self.language(notice, withdraws, &mut wrong);
        if !withdraws {
            self.check_answers(notice, &mut wrong);
            self.check_import(site, &circumstances.regime, &mut wrong);
        }
        let page = self.page(&mut wrong);
        let signed = self.signed(raw, page.as_deref(), &mut wrong);
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        let asked = self.choices.clone().unwrap_or_default();
        let asked_vendors = self.vendors.clone().unwrap_or_default();
        if !agrees(self.action, &asked, &asked_vendors) {
            return Err(Error::ActionMismatch);
        }
        let gesture = self.gesture.as_ref().map(|g| (g.trusted, g.visible));
        Ok(Submission {
            id: self.id,
            visitor: self.visitor_secret.visitor(),
            action: self.action,
            asked,
            asked_vendors,
            notice: Arc::clone(notice),
            base_version: self.base_version.as_ref().and_then(version),
            method: self.method.unwrap_or(Method::Preferences),
            assurance: Assurance::from_gesture(gesture),
            body_hash: hex(&sha256(raw)),
            language,
            page,
            signed,
            circumstances,
        })
    }

    /// The notice that was shown; a withdrawal needs to name none.
    fn shown<'s>(&self, site: &'s Site) -> Result<&'s Arc<Published>, Error> {
        match &self.notice {
            Some(hash) => site
                .notice(hash)
                .ok_or_else(|| Error::field("/notice", "this site never published that notice")),
            None if self.action == Action::Withdraw => site.in_force(),
            None => Err(Error::field("/notice", "is missing: name the notice that was shown")),
        }
    }

    /// What another tool kept proves nothing: a yes counts where the site takes it, or where the law
    /// asks for none. Then there is nothing to record unless something was refused.
    fn check_import(&self, site: &Site, regime: &Regime, wrong: &mut Vec<Finding>) {
        let unproved = self.method.is_some_and(|method| unproved(site, method, regime));
        if unproved && self.choices.as_ref().is_some_and(|choices| !refuses(choices)) {
            let detail = "refuses nothing: the site takes no yes from elsewhere (`import.grants`)";
            wrong.push(Finding { pointer: "#/choices".into(), detail: detail.into() });
        }
    }

    /// A yes or no for every purpose that leaves a choice, and nothing else.
    fn check_answers(&self, notice: &Published, wrong: &mut Vec<Finding>) {
        let mut note = |pointer: String, detail: &str| {
            wrong.push(Finding { pointer, detail: detail.to_owned() });
        };
        match self.base_version.as_ref().map(version) {
            Some(Some(_)) => {}
            Some(None) => note("#/base_version".into(), "is no version that there can be"),
            None => note(
                "#/base_version".into(),
                "is missing: the version the choice was made on, 0 for none",
            ),
        }
        if self.method.is_none() {
            note("#/method".into(), "is missing");
        }
        let Some(choices) = &self.choices else {
            return note("#/choices".into(), "is missing: a yes or no for every purpose");
        };
        for purpose in notice.terms.optional().filter(|key| !choices.contains_key(key)) {
            note(format!("#/choices/{purpose}"), "is missing: every purpose needs a yes or no");
        }
        for key in choices.keys() {
            if !notice.terms.has(key) {
                note(format!("#/choices/{key}"), "is not a purpose of the notice");
            } else if notice.terms.required(key) {
                note(format!("#/choices/{key}"), "is required and leaves no choice");
            }
        }
        for key in self.vendors.iter().flat_map(|vendors| vendors.keys()) {
            if !notice.terms.has_vendor(key) {
                note(format!("#/vendors/{key}"), "is not a vendor of the notice");
            }
        }
    }

    fn language(
        &self,
        notice: &Published,
        withdraws: bool,
        wrong: &mut Vec<Finding>,
    ) -> Option<String> {
        let detail = match &self.language {
            Some(language) if notice.notice.languages.contains(language) => {
                return Some(language.clone());
            }
            Some(_) => format!("must be one of {}", notice.notice.languages.join(", ")),
            None if withdraws => return None,
            None => "is missing: the language of the texts shown".into(),
        };
        wrong.push(Finding { pointer: "#/language".into(), detail });
        None
    }

    /// The page's address without query and fragment, which may hold what is nobody's business.
    fn page(&self, wrong: &mut Vec<Finding>) -> Option<String> {
        let text = self.page.as_deref()?;
        let page = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some(mut page) = page.filter(|_| text.len() <= MAX_PAGE) else {
            let detail = format!("must be a http(s) address of at most {MAX_PAGE} characters");
            wrong.push(Finding { pointer: "#/page".into(), detail });
            return None;
        };
        page.set_query(None);
        page.set_fragment(None);
        let _ = page.set_username("");
        let _ = page.set_password(None);
        Some(page.into())
    }

    /// What is signed is stored as it stands, so it may not hold what is cut from the page.
    fn signed(&self, raw: &[u8], page: Option<&str>, wrong: &mut Vec<Finding>) -> Option<Signed> {
        let checked = match (&self.public_key, &self.signature) {
            (None, None) => return None,
            (Some(_), Some(_)) if self.page.as_deref() != page => {
                let detail = "must be written without user, query and fragment where it is signed";
                wrong.push(Finding { pointer: "#/page".into(), detail: detail.into() });
                return None;
            }
            (Some(key), Some(signature)) => {
                browser_key::check(raw, self.visitor_secret.visitor(), key, signature)
            }
            _ => Err("`signature` and `public_key` come together".to_owned()),
        };
        checked.map_err(|detail| wrong.push(Finding { pointer: "#/signature".into(), detail })).ok()
    }
}
