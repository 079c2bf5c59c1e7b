//! A published notice for everyone to read, for good.

use chrono::{DateTime, Utc};
use ouinon_domain::key::Key;
use ouinon_domain::notice::{Cookie, LegalBasis, Localized, Notice, Party, Purpose, Vendor};
use serde::Serialize;

use super::Choice;
use crate::Page;

/// One notice in one of its languages.
#[derive(Debug, Clone, Serialize)]
pub struct NoticePage {
    /// `sha256:` and 64 hex digits.
    pub hash: String,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
    /// Whether visitors see it now.
    pub current: bool,
    /// The language its own words are shown in (BCP 47).
    pub shown_language: String,
    /// Links to its other languages: tag and address.
    pub other_languages: Vec<Choice>,
    /// Who is responsible.
    pub controller: String,
    /// How to reach them.
    pub contact: String,
    /// Postal address.
    pub address: Option<String>,
    /// The data protection officer.
    pub dpo: Option<String>,
    /// The full privacy policy.
    pub privacy_url: Option<String>,
    /// What data is used for.
    pub purposes: Vec<NoticePurpose>,
    /// Who receives it.
    pub vendors: Vec<NoticeVendor>,
    /// What is stored in the browser.
    pub cookies: Vec<NoticeCookie>,
    /// How long a choice is kept.
    pub expires_after_days: u32,
    /// Texts on rights, withdrawal, complaint and automated decisions, in this order.
    pub rights: Vec<String>,
    /// Every word the banner showed: name and text.
    pub texts: Vec<Choice>,
}

/// One purpose.
#[derive(Debug, Clone, Serialize)]
pub struct NoticePurpose {
    /// Its key.
    pub key: String,
    /// Its title.
    pub title: String,
    /// What it does.
    pub description: String,
    /// Runs without asking.
    pub required: bool,
    /// Names `basis.KEY`.
    pub legal_basis: String,
    /// Kinds of data.
    pub data_categories: Vec<String>,
    /// How long data is kept.
    pub retention: String,
    /// Names of the vendors under it.
    pub vendors: Vec<String>,
}

/// One vendor.
#[derive(Debug, Clone, Serialize)]
pub struct NoticeVendor {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Titles of its purposes.
    pub purposes: Vec<String>,
    /// ISO 3166-1.
    pub country: Option<String>,
    /// What protects a transfer.
    pub safeguard: Option<String>,
    /// Its policy.
    pub policy_url: Option<String>,
}

/// One cookie or storage entry.
#[derive(Debug, Clone, Serialize)]
pub struct NoticeCookie {
    /// Its name.
    pub name: String,
    /// The title of its purpose.
    pub purpose: String,
    /// How long it stays.
    pub duration: String,
    /// `first` or `third`; names `party.KEY`.
    pub party: String,
}

/// The texts art. 13 asks for, by their names in a notice, in the order shown.
const RIGHTS: [&str; 4] = ["rights", "withdrawal", "complaint", "automated_decisions"];

/// Reads a notice in one of its languages.
struct Words<'a> {
    notice: &'a Notice,
    language: &'a str,
}

impl NoticePage {
    /// The page of a notice in `language` where the notice has it, else in its default language.
    /// It is neither dated nor marked as current: the caller knows that.
    pub fn of(hash: &str, notice: &Notice, language: &str) -> NoticePage {
        let has = notice.languages.iter().any(|own| own == language);
        let language = if has { language } else { notice.default_language.as_str() };
        let words = Words { notice, language };
        let others = notice.languages.iter().filter(|own| *own != language);
        let texts = notice.texts.get(language);
        let controller = notice.controller.clone();
        NoticePage {
            hash: hash.to_owned(),
            published_at: None,
            current: false,
            shown_language: language.to_owned(),
            other_languages: others
                .map(|tag| Choice {
                    value: format!("/notices/{hash}?words={tag}"),
                    label: tag.clone(),
                })
                .collect(),
            controller: controller.name,
            contact: controller.contact,
            address: controller.address,
            dpo: controller.dpo,
            privacy_url: controller.privacy_url,
            purposes: notice.purposes.iter().map(|purpose| words.purpose(purpose)).collect(),
            vendors: words.vendors(),
            cookies: words.cookies(),
            expires_after_days: notice.expires_after_days,
            rights: RIGHTS
                .into_iter()
                .filter_map(|name| texts.and_then(|texts| texts.get(name)))
                .filter(|text| !text.trim().is_empty())
                .cloned()
                .collect(),
            texts: texts
                .into_iter()
                .flatten()
                .map(|(name, text)| Choice { value: name.clone(), label: text.clone() })
                .collect(),
        }
    }
}

impl Words<'_> {
    fn say(&self, text: &Localized) -> String {
        text.get(self.language, &self.notice.default_language).to_owned()
    }

    fn title(&self, key: &Key) -> String {
        let purpose = self.notice.purposes.iter().find(|purpose| purpose.key == *key);
        purpose.map_or_else(|| key.to_string(), |purpose| self.say(&purpose.title))
    }

    fn purpose(&self, purpose: &Purpose) -> NoticePurpose {
        let receives = |vendor: &&Vendor| vendor.purposes.contains(&purpose.key);
        NoticePurpose {
            key: purpose.key.to_string(),
            title: self.say(&purpose.title),
            description: self.say(&purpose.description),
            required: purpose.required,
            legal_basis: basis_word(purpose.legal_basis).to_owned(),
            data_categories: purpose.data_categories.iter().cloned().collect(),
            retention: self.say(&purpose.retention),
            vendors: self.notice.vendors.iter().filter(receives).map(|v| v.name.clone()).collect(),
        }
    }

    fn vendors(&self) -> Vec<NoticeVendor> {
        let one = |vendor: &Vendor| NoticeVendor {
            key: vendor.key.to_string(),
            name: vendor.name.clone(),
            purposes: vendor.purposes.iter().map(|key| self.title(key)).collect(),
            country: vendor.country.clone(),
            safeguard: vendor.safeguard.clone(),
            policy_url: vendor.policy_url.clone(),
        };
        self.notice.vendors.iter().map(one).collect()
    }

    fn cookies(&self) -> Vec<NoticeCookie> {
        let one = |cookie: &Cookie| NoticeCookie {
            name: cookie.name.clone(),
            purpose: self.title(&cookie.purpose),
            duration: self.say(&cookie.duration),
            party: match cookie.party {
                Party::First => "first",
                Party::Third => "third",
            }
            .to_owned(),
        };
        self.notice.cookies.iter().map(one).collect()
    }
}

fn basis_word(basis: LegalBasis) -> &'static str {
    match basis {
        LegalBasis::Consent => "consent",
        LegalBasis::Contract => "contract",
        LegalBasis::LegalObligation => "legal-obligation",
        LegalBasis::VitalInterests => "vital-interests",
        LegalBasis::PublicTask => "public-task",
        LegalBasis::LegitimateInterest => "legitimate-interest",
    }
}

impl Page for NoticePage {
    const TEMPLATE: &'static str = "pages/notice.html";
}
