//! Why a decision is a yes or a no, in a sentence. The same words answer on the check page, in both
//! languages, and in the API's `explanation`, in English.

use chrono::{DateTime, Utc};

use crate::texts::{Texts, fill};
use crate::{Lang, format};

/// What a decision is about, as far as the sentence needs it.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The purpose's key.
    pub purpose: &'a str,
    /// The purpose's title in the notice, for purposes of the site's own.
    pub purpose_title: Option<&'a str>,
    /// The vendor's name, where the question named one.
    pub vendor: Option<&'a str>,
    /// When the deciding choice was made.
    pub given_at: Option<DateTime<Utc>>,
    /// Until when it holds.
    pub expires_at: Option<DateTime<Utc>>,
    /// The moment the decision is about; dates are written relative to it.
    pub as_of: DateTime<Utc>,
}

/// The answer in one sentence, such as "Yes, you may use this visitor for retargeting — consent
/// given 3 October, valid until 1 April." An unknown reason says that the answer cannot be
/// explained, so a newer server and an older page never contradict each other.
pub fn explain(reason: &str, lang: Lang, facts: &Facts<'_>) -> String {
    let texts = Texts::of(lang);
    let key = format!("reason.{reason}");
    let dated = facts.given_at.is_some().then(|| format!("{key}.dated"));
    let template = dated
        .and_then(|key| texts.get(&key, None))
        .or_else(|| texts.get(&key, None))
        .or_else(|| texts.get("reason.unknown", None))
        .unwrap_or_default();
    let day = |moment: Option<DateTime<Utc>>| {
        moment.map(|moment| format::near_date(moment, facts.as_of, lang)).unwrap_or_default()
    };
    let values = [
        ("use", subject(texts, lang, facts)),
        ("vendor", facts.vendor.unwrap_or_default().to_owned()),
        ("given", day(facts.given_at)),
        ("expires", day(facts.expires_at)),
    ];
    fill(template, &values)
}

/// "retargeting" or "retargeting with Criteo".
fn subject(texts: &Texts, lang: Lang, facts: &Facts<'_>) -> String {
    let purpose = purpose_phrase(facts.purpose, facts.purpose_title, lang);
    let Some(vendor) = facts.vendor else { return purpose };
    let template = texts.get("reason.use_with_vendor", None).unwrap_or("{purpose}");
    fill(template, &[("purpose", purpose), ("vendor", vendor.to_owned())])
}

/// How a purpose is named inside a sentence: the five built-in ones in plain words, a site's own by
/// its quoted title.
fn purpose_phrase(key: &str, title: Option<&str>, lang: Lang) -> String {
    if let Some(phrase) = Texts::of(lang).get(&format!("purpose.{key}"), None) {
        return phrase.to_owned();
    }
    let title = title.unwrap_or(key);
    match lang {
        Lang::En => format!("“{title}”"),
        Lang::Fr => format!("«\u{a0}{title}\u{a0}»"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use ouinon_domain::decision::Reason;

    use super::{Facts, explain};
    use crate::{Lang, texts::Texts};

    fn facts() -> Facts<'static> {
        Facts {
            purpose: "retargeting",
            purpose_title: None,
            vendor: None,
            given_at: Utc.with_ymd_and_hms(2026, 10, 3, 8, 0, 0).single(),
            expires_at: Utc.with_ymd_and_hms(2027, 4, 1, 8, 0, 0).single(),
            as_of: Utc.with_ymd_and_hms(2026, 11, 20, 8, 0, 0).unwrap(),
        }
    }

    #[test]
    fn every_reason_has_a_sentence_and_a_why() {
        for lang in Lang::ALL {
            for reason in Reason::ALL.iter().map(|reason| reason.as_str()) {
                for key in [format!("reason.{reason}"), format!("reason.{reason}.why")] {
                    assert!(Texts::of(lang).get(&key, None).is_some(), "{key} in {}", lang.code());
                }
                assert!(!explain(reason, lang, &facts()).contains('{'), "{reason}");
            }
        }
    }

    #[test]
    fn a_yes_says_since_when_and_until_when() {
        assert_eq!(
            explain("GRANTED", Lang::En, &facts()),
            "Yes, you may use this visitor for retargeting — consent given 3 October, valid until \
             1 April."
        );
        let own = Facts {
            purpose: "surveys",
            purpose_title: Some("Enquêtes"),
            vendor: Some("Sonda"),
            ..facts()
        };
        assert_eq!(
            explain("PURPOSE_DENIED", Lang::Fr, &own),
            "Non, vous ne pouvez pas utiliser ce visiteur pour «\u{a0}Enquêtes\u{a0}» avec Sonda — \
             refusé le 3 octobre."
        );
    }

    #[test]
    fn an_unknown_reason_is_not_explained_away() {
        assert!(explain("SOMETHING_NEW", Lang::En, &facts()).contains("cannot be explained"));
    }
}
