//! One append-only consent event: the proof. Holds what was asked, what holds since, what was
//! shown and how the choice was made; the answer given to the visitor is a view of it.

mod ordered;

use self::ordered::Ordered;
use crate::canonical::NotCanonical;
use crate::choice::{Action, Assurance, Choices, Method, Vendors};
use crate::ids::{NoticeHash, RecordId, SiteId, Subject, VisitorId};
use crate::regime::{Place, Regime};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The part of a record that can be forgotten without touching the proof (GDPR art. 17).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Personal {
    /// The browser that chose.
    pub visitor: VisitorId,
    /// The rules of its place at that moment.
    pub regime: Regime,
    /// Where it was, as far as its cut address tells.
    #[serde(flatten)]
    pub place: Place,
    /// Language of the texts shown.
    pub language: String,
    /// Address of the page, query and fragment cut.
    pub page: Option<String>,
    /// `desktop`, `mobile`, `tablet` or `other`.
    pub device: String,
    /// Whether the client called itself a robot; left out of rates.
    pub bot: bool,
    /// The browser's own P-256 key (JWK text) and its signature, where it made one.
    pub browser_key: Option<String>,
    /// Base64url.
    pub browser_signature: Option<String>,
    /// What it signed: the RFC 8785 JSON of the body without `signature` and `visitor_secret`, and
    /// with `visitor`. Left out of the canonical form where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser_message: Option<String>,
}

/// One consent event, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Made by the browser; unique in the site.
    pub id: RecordId,
    /// The site it belongs to.
    pub site: SiteId,
    /// Surrogate of the visitor.
    pub subject: Subject,
    /// Grows by one with each record of a visitor.
    pub version: u64,
    /// The version the visitor's browser knew.
    pub base_version: u64,
    /// What was done.
    pub action: Action,
    /// What was asked, per non-required purpose.
    pub asked: Choices,
    /// What was asked, per vendor.
    pub asked_vendors: Vendors,
    /// What holds since.
    pub choices: Choices,
    /// What holds since.
    pub vendors: Vendors,
    /// The notice that was shown.
    pub notice: NoticeHash,
    /// The way it was made.
    pub method: Method,
    /// Whether the request carried `Sec-GPC: 1`.
    pub gpc: bool,
    /// How far the browser vouched for a person's act.
    pub assurance: Assurance,
    /// Grows with each record of a visitor, whatever clocks do.
    pub given_at: Timestamp,
    /// When yes and no lapse.
    pub expires_at: Timestamp,
    /// SHA-256 of the raw request body, lower-case hex.
    pub body_hash: String,
    /// The forgettable part; `None` once forgotten.
    pub personal: Option<Personal>,
}

/// The `201` answer without `receipt`: exactly what the receipt signs, in this order.
#[derive(Clone, Debug, Serialize)]
pub struct Answer<'a> {
    id: RecordId,
    site: &'a SiteId,
    visitor: VisitorId,
    version: u64,
    action: Action,
    choices: &'a Choices,
    vendors: &'a Vendors,
    notice: NoticeHash,
    language: &'a str,
    regime: &'a Regime,
    country: Option<&'a str>,
    region: Option<&'a str>,
    method: Method,
    gpc: bool,
    assurance: Assurance,
    given_at: Timestamp,
    expires_at: Timestamp,
}

impl Record {
    /// What the leaf commits to: RFC 8785 JSON of the whole record.
    pub fn canonical(&self) -> Result<Vec<u8>, NotCanonical> {
        let written = serde_json::to_vec(&Ordered::from(self));
        written.map_err(|error| NotCanonical(error.to_string()))
    }

    /// What the visitor is told; `None` once the personal part is forgotten.
    pub fn answer(&self) -> Option<Answer<'_>> {
        let personal = self.personal.as_ref()?;
        Some(Answer {
            id: self.id,
            site: &self.site,
            visitor: personal.visitor,
            version: self.version,
            action: self.action,
            choices: &self.choices,
            vendors: &self.vendors,
            notice: self.notice,
            language: &personal.language,
            regime: &personal.regime,
            country: personal.place.country.as_deref(),
            region: personal.place.region.as_deref(),
            method: self.method,
            gpc: self.gpc,
            assurance: self.assurance,
            given_at: self.given_at,
            expires_at: self.expires_at,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::canonical::canonical;
    use crate::key::Key;
    use crate::regime::Model;
    use proptest::prelude::*;

    pub(crate) fn choices(pairs: &[(&str, bool)]) -> Choices {
        pairs.iter().map(|(key, yes)| (Key::parse(key).unwrap(), *yes)).collect()
    }

    pub(crate) fn record(version: u64, action: Action, given: &[(&str, bool)]) -> Record {
        Record {
            id: RecordId::from_u128(u128::from(version)),
            site: SiteId::parse("abcdefgh2345").unwrap(),
            subject: Subject::from_u128(7),
            version,
            base_version: version - 1,
            action,
            asked: choices(given),
            asked_vendors: Vendors::new(),
            choices: choices(given),
            vendors: Vendors::new(),
            notice: NoticeHash([1; 32]),
            method: Method::Banner,
            gpc: false,
            assurance: Assurance::Gesture,
            given_at: Timestamp(1_000_000 * i64::try_from(version).unwrap()),
            expires_at: Timestamp(1_000_000 * i64::try_from(version).unwrap()).plus_days(180),
            body_hash: "00".repeat(32),
            personal: Some(Personal {
                visitor: VisitorId([9; 16]),
                regime: Regime {
                    model: Model::OptIn,
                    law: Some("GDPR".into()),
                    gpc_honoured: false,
                },
                place: Place { country: Some("FR".into()), region: None },
                language: "fr".into(),
                page: Some("https://shop.example/".into()),
                device: "desktop".into(),
                bot: false,
                browser_key: None,
                browser_signature: None,
                browser_message: None,
            }),
        }
    }

    #[test]
    fn the_canonical_form_covers_every_field() {
        let one = record(1, Action::AcceptAll, &[("analytics", true)]);
        let bytes = one.canonical().unwrap();
        assert_eq!(serde_json::from_slice::<Record>(&bytes).unwrap(), one);
        let mut two = one.clone();
        two.personal.as_mut().unwrap().page = None;
        assert_ne!(two.canonical().unwrap(), bytes);
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_that_of_rfc_8785(
            said in proptest::collection::vec(("[a-z0-9_-]{1,12}", any::<bool>()), 0..6),
            texts in proptest::array::uniform4(any::<String>()),
            maybe in proptest::array::uniform5(any::<bool>()),
        ) {
            let said: Vec<_> = said.iter().map(|(key, yes)| (key.as_str(), *yes)).collect();
            let mut one = record(3, Action::Save, &said);
            one.asked_vendors = choices(&said);
            if let Some(personal) = one.personal.as_mut() {
                let [language, page, law, message] = texts;
                personal.language = language;
                personal.page = maybe[0].then_some(page);
                personal.regime.law = maybe[1].then_some(law);
                personal.browser_message = maybe[2].then_some(message);
                personal.place.region = maybe[3].then(|| "IDF".into());
            }
            if maybe[4] {
                one.personal = None;
            }
            prop_assert_eq!(one.canonical().unwrap(), canonical(&one).unwrap());
        }
    }

    #[test]
    fn the_answer_goes_with_the_personal_part() {
        let mut one = record(1, Action::AcceptAll, &[("analytics", true)]);
        assert!(one.answer().is_some());
        one.personal = None;
        assert!(one.answer().is_none());
    }
}
