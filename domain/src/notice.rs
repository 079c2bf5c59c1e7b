//! A notice: one immutable version of what visitors are shown. This file holds its parts, its id
//! and the structural rules; what it ought to say besides (GDPR art. 13) is in `lint`, what each
//! purpose stands on is in `basis`, its languages are in `words`.

use crate::automatic::Automatic;
use crate::basis::Basis;
use crate::canonical::{NotCanonical, canonical, sha256};
use crate::exemption::Exemption;
use crate::ids::NoticeHash;
use crate::key::Key;
use crate::look::{self, Look};
use crate::moving::{Import, Markup};
use crate::policy::Policy;
use crate::signals::Signals;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A text in several languages, by BCP 47 tag; `*` stands for all of them. JSON may give one string.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Localized(pub BTreeMap<String, String>);

impl Localized {
    /// The text in `language`, else in `fallback`, else in any language, else nothing.
    pub fn get(&self, language: &str, fallback: &str) -> &str {
        let by = |tag: &str| self.0.get(tag);
        by(language)
            .or_else(|| by("*"))
            .or_else(|| by(fallback))
            .or_else(|| self.0.values().next())
            .map_or("", String::as_str)
    }
}

impl<'de> Deserialize<'de> for Localized {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a text, or an object from language to text")]
        enum Form {
            One(String),
            Many(BTreeMap<String, String>),
        }
        Ok(match Form::deserialize(from)? {
            Form::One(text) => Self(BTreeMap::from([("*".to_owned(), text)])),
            Form::Many(texts) => Self(texts),
        })
    }
}

/// Who decides what data is used for (GDPR art. 4(7)).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Controller {
    /// Name of the organisation.
    pub name: String,
    /// How to reach it: e-mail, telephone or form.
    #[serde(default)]
    pub contact: String,
    /// Postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The data protection officer's contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpo: Option<String>,
    /// Address of the full privacy policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_url: Option<String>,
}

/// GDPR art. 6(1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LegalBasis {
    /// (a)
    #[default]
    Consent,
    /// (b)
    Contract,
    /// (c)
    LegalObligation,
    /// (d)
    VitalInterests,
    /// (e)
    PublicTask,
    /// (f)
    LegitimateInterest,
}

/// What data is used for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// Its name in records, markup and the API.
    pub key: Key,
    /// Runs without asking (strictly necessary); never on consent.
    #[serde(default)]
    pub required: bool,
    /// What makes it lawful.
    #[serde(default)]
    pub legal_basis: LegalBasis,
    /// Declares that it is audience measurement that needs no consent; then it is `required`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exemption: Option<Exemption>,
    /// What kinds of data it uses.
    #[serde(default)]
    pub data_categories: BTreeSet<String>,
    /// How long data is kept, in words.
    #[serde(default)]
    pub retention: Localized,
    /// Its short name.
    pub title: Localized,
    /// What it does, in plain words.
    #[serde(default)]
    pub description: Localized,
}

/// A third party that receives data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vendor {
    /// Its name in markup and the API.
    pub key: Key,
    /// Its name for people.
    pub name: String,
    /// What it uses data for.
    pub purposes: BTreeSet<Key>,
    /// Where it processes data, ISO 3166-1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// What protects a transfer outside the EEA (GDPR chapter V).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safeguard: Option<String>,
    /// Address of its privacy policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_url: Option<String>,
}

/// One cookie or storage entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cookie {
    /// Its name; `*` stands for any ending.
    pub name: String,
    /// What it serves.
    pub purpose: Key,
    /// Who reads it, where it is a vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<Key>,
    /// How long it stays, in words.
    #[serde(default)]
    pub duration: Localized,
    /// `first` or `third`.
    #[serde(default)]
    pub party: Party,
}

/// Whose cookie it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Party {
    /// The site's own.
    #[default]
    First,
    /// Another domain's.
    Third,
}

/// All texts of the interface in one language, by name.
pub type Texts = BTreeMap<String, String>;

/// One immutable published version of what visitors are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Who is responsible.
    pub controller: Controller,
    /// Shown where the visitor's language is not among `languages`.
    pub default_language: String,
    /// BCP 47 tags.
    pub languages: Vec<String>,
    /// In the order shown.
    pub purposes: Vec<Purpose>,
    /// In the order shown.
    #[serde(default)]
    pub vendors: Vec<Vendor>,
    /// In the order shown.
    #[serde(default)]
    pub cookies: Vec<Cookie>,
    /// What the tools on the site's pages are told of a choice.
    #[serde(default)]
    pub signals: Signals,
    /// Language → texts; what is missing is filled from the defaults at publishing.
    #[serde(default)]
    pub texts: BTreeMap<String, Texts>,
    /// Colours, corners and type, by the names of the widget's custom properties.
    #[serde(default)]
    pub theme: look::Theme,
    /// The rest of how the banner looks.
    #[serde(default, skip_serializing_if = "look::is_default")]
    pub look: Look,
    /// Days a choice is kept, yes and no alike.
    #[serde(default = "default_expiry")]
    pub expires_after_days: u32,
    /// Holds known third parties back that no markup names; off without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic: Option<Automatic>,
    /// Takes over the choices another consent tool kept; none without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Import>,
    /// Reads the marks of other tools on elements; not without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub markup: Option<Markup>,
    /// A choice that takes something back loads the page anew, so that scripts stop at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reload_on_withdrawal: bool,
    /// A choice goes along when a visitor follows a link to another origin of the site.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub handover: bool,
    /// Robots are not asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hide_from_bots: bool,
    /// What the content security policy of the site's pages asks for.
    #[serde(default, skip_serializing_if = "look::is_default")]
    pub policy: Policy,
}

fn default_expiry() -> u32 {
    180
}

/// Something wrong or missing in a notice, at a JSON pointer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `#/purposes/1/title`
    pub pointer: String,
    /// What is wrong and what to do.
    pub detail: String,
}

impl Finding {
    pub(crate) fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: format!("#{}", pointer.into()), detail: detail.into() }
    }
}

impl Notice {
    /// Longest life of a choice, in days.
    pub const MAX_EXPIRY_DAYS: u32 = 395;

    /// The canonical bytes (RFC 8785) and the id made from them.
    pub fn seal(&self) -> Result<(NoticeHash, Vec<u8>), NotCanonical> {
        let bytes = canonical(self)?;
        Ok((NoticeHash(sha256(&bytes)), bytes))
    }

    /// What each purpose stands on, in the order shown.
    pub fn bases(&self) -> Vec<(&Purpose, Basis)> {
        self.purposes.iter().map(|purpose| (purpose, Basis::of(self, purpose))).collect()
    }

    /// What makes the notice unusable. Empty means it can be published.
    pub fn errors(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut wrong = |pointer: String, detail: &str| found.push(Finding::new(pointer, detail));
        if self.controller.name.trim().is_empty() {
            wrong("/controller/name".into(), "name the organisation that is responsible");
        }
        if !self.languages.contains(&self.default_language) {
            wrong("/default_language".into(), "must be one of `languages`");
        }
        for (i, language) in self.languages.iter().enumerate() {
            let plain = language.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if !plain || !(2..=35).contains(&language.len()) {
                wrong(format!("/languages/{i}"), "is not a language tag such as `fr` or `pt-BR`");
            }
        }
        if !(1..=Self::MAX_EXPIRY_DAYS).contains(&self.expires_after_days) {
            wrong("/expires_after_days".into(), "must be 1 to 395 days");
        }
        if !self.purposes.iter().any(|purpose| !purpose.required) {
            wrong("/purposes".into(), "at least one purpose must leave a choice");
        }
        let mut keys = BTreeSet::new();
        for (i, purpose) in self.purposes.iter().enumerate() {
            if !keys.insert(&purpose.key) {
                wrong(format!("/purposes/{i}/key"), "stands twice");
            }
            if purpose.required && purpose.legal_basis == LegalBasis::Consent {
                let why = "a required purpose cannot stand on consent: nobody is asked";
                wrong(format!("/purposes/{i}/legal_basis"), why);
            }
            if let Some(exemption) = &purpose.exemption {
                if !purpose.required {
                    let why = "exempts what runs without asking: set `required`";
                    wrong(format!("/purposes/{i}/exemption"), why);
                }
                for (field, why) in exemption.errors() {
                    wrong(format!("/purposes/{i}/exemption/{field}"), why);
                }
            }
        }
        found.extend(self.reference_errors(&keys));
        found
    }

    fn reference_errors(&self, purposes: &BTreeSet<&Key>) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut vendors = BTreeSet::new();
        for (i, vendor) in self.vendors.iter().enumerate() {
            let at = format!("/vendors/{i}");
            if !vendors.insert(&vendor.key) {
                found.push(Finding::new(format!("{at}/key"), "stands twice"));
            }
            if vendor.purposes.is_empty() || !vendor.purposes.iter().all(|p| purposes.contains(p)) {
                let why = "must name one or more of the notice's purposes";
                found.push(Finding::new(format!("{at}/purposes"), why));
            }
            if vendor.policy_url.as_deref().is_some_and(|url| !is_web(url)) {
                found.push(Finding::new(format!("{at}/policy_url"), "must be a http(s) address"));
            }
        }
        for (i, cookie) in self.cookies.iter().enumerate() {
            if !purposes.contains(&cookie.purpose) {
                found.push(Finding::new(format!("/cookies/{i}/purpose"), "is not a purpose here"));
            }
            let required = |purpose: &Purpose| purpose.required && purpose.key == cookie.purpose;
            if is_own(&cookie.name) && !self.purposes.iter().any(required) {
                let why = "stands for what keeps the choice itself, which would go with a refusal";
                found.push(Finding::new(format!("/cookies/{i}/name"), why));
            }
            if cookie.vendor.as_ref().is_some_and(|vendor| !vendors.contains(vendor)) {
                found.push(Finding::new(format!("/cookies/{i}/vendor"), "is not a vendor here"));
            }
        }
        found.extend(self.look.errors(&self.theme));
        found.extend(self.signals.errors(purposes, &vendors));
        for (host, why) in self.automatic.iter().flat_map(|automatic| automatic.errors(purposes)) {
            // A pointer names what holds a slash with `~1` (RFC 6901).
            let at = host.replace('~', "~0").replace('/', "~1");
            found.push(Finding::new(format!("/automatic/hosts/{at}"), why));
        }
        found.extend(self.import.iter().flat_map(|import| import.errors(purposes)));
        found.extend(self.markup.iter().flat_map(|markup| markup.errors(purposes)));
        if self.controller.privacy_url.as_deref().is_some_and(|url| !is_web(url)) {
            found.push(Finding::new("/controller/privacy_url", "must be a http(s) address"));
        }
        found
    }
}

/// Whether a name, or a pattern with a final `*`, is one of those a choice is kept under.
fn is_own(name: &str) -> bool {
    let own = ["ouinon", "ouinon_s", "ouinon_c", "ouinon_o"];
    name.strip_suffix('*')
        .map_or(own.contains(&name), |start| own.iter().any(|own| own.starts_with(start)))
}

fn is_web(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn notice() -> Notice {
        serde_json::from_value(serde_json::json!({
            "controller": {"name": "Shop", "contact": "privacy@shop.example"},
            "default_language": "en", "languages": ["en", "fr"],
            "purposes": [
                {"key": "necessary", "required": true, "legal_basis": "legitimate-interest", "title": "Necessary"},
                {"key": "analytics", "title": {"en": "Audience", "fr": "Audience"}, "data_categories": ["pages"]},
                {"key": "retargeting", "title": "Retargeting"}
            ],
            "vendors": [{"key": "matomo", "name": "Matomo", "purposes": ["analytics"], "country": "FR"},
                        {"key": "adco", "name": "AdCo", "purposes": ["retargeting"]}]
        }))
        .unwrap()
    }

    #[test]
    fn the_id_covers_every_word() {
        let one = notice();
        assert!(one.errors().is_empty(), "{:?}", one.errors());
        let mut two = one.clone();
        two.texts.insert("fr".into(), Texts::from([("save".into(), "Enregistrer".into())]));
        assert_ne!(one.seal().unwrap().0, two.seal().unwrap().0);
        let again: Notice = serde_json::from_slice(&two.seal().unwrap().1).unwrap();
        assert_eq!(again.seal().unwrap(), two.seal().unwrap());
    }

    #[test]
    fn structural_errors_point_at_their_place() {
        let mut bad = notice();
        bad.purposes[0].legal_basis = LegalBasis::Consent;
        bad.purposes[2].key = bad.purposes[1].key.clone();
        bad.vendors[0].policy_url = Some("javascript:alert(1)".into());
        bad.default_language = "de".into();
        bad.expires_after_days = 4000;
        bad.automatic =
            Some(Automatic { hosts: BTreeMap::from([("https://x.example".into(), None)]) });
        let own = |name: &str| serde_json::json!({"name": name, "purpose": "analytics"});
        let cookies = ["ou*", "ouinon_s", "ouinon_other", "o"].map(own);
        bad.cookies = cookies.map(|cookie| serde_json::from_value(cookie).unwrap()).into();
        bad.purposes[1].exemption = Some(Exemption {
            own_audience_only: true,
            anonymous_statistics: false,
            tracker_months: 13,
            data_months: 26,
        });
        let pointers: Vec<_> = bad.errors().into_iter().map(|f| f.pointer).collect();
        for pointer in [
            "#/purposes/0/legal_basis",
            "#/purposes/2/key",
            "#/vendors/0/policy_url",
            "#/vendors/1/purposes",
            "#/default_language",
            "#/expires_after_days",
            "#/automatic/hosts/https:~1~1x.example",
            "#/cookies/0/name",
            "#/cookies/1/name",
            "#/purposes/1/exemption",
            "#/purposes/1/exemption/anonymous_statistics",
            "#/purposes/1/exemption/data_months",
        ] {
            assert!(pointers.iter().any(|p| p == pointer), "{pointer} in {pointers:?}");
        }
        for fine in ["#/cookies/2/name", "#/cookies/3/name"] {
            assert!(!pointers.iter().any(|p| p == fine), "{fine} in {pointers:?}");
        }
    }
}
