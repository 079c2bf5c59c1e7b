//! The words of a notice: filling in the defaults at publishing, and which languages are whole
//! enough to be shown.
//!
//! A screen is in one language, all of it: a visitor who is asked in two at once is not informed in
//! either (GDPR art. 12(1)). So a language is shown only where the notice has every word in it, and
//! a default translation is taken only for what is itself a default.

use crate::language;
use crate::notice::{Finding, Localized, Notice, Texts};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a purpose is called by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurposeWords {
    /// Its short name.
    pub title: String,
    /// What it does.
    pub description: String,
    /// How long its data is kept.
    pub retention: String,
}

/// The default words of one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The interface, and what art. 13 asks for.
    pub texts: Texts,
    /// The built-in purposes, by key.
    pub purposes: BTreeMap<String, PurposeWords>,
}

/// The default words of all languages.
#[derive(Clone, Debug, Default)]
pub struct Defaults(pub BTreeMap<String, Words>);

impl Defaults {
    /// The words that serve a language: its own, or those of the language it is a form of.
    pub fn of(&self, tag: &str) -> Option<&Words> {
        let exact = self.0.get(tag);
        let near = || {
            let table = language::table(self.0.keys().map(String::as_str));
            self.0.get(language::find(&table, tag)?)
        };
        exact.or_else(near)
    }

    /// The names every language needs a text for.
    fn names(&self) -> impl Iterator<Item = &String> {
        self.0.get("en").into_iter().flat_map(|words| words.texts.keys())
    }
}

impl Notice {
    /// Copies in every default text the notice does not give itself, so that its id covers every
    /// word shown. Only the default language takes English ones where there are none: something
    /// must be shown.
    pub fn complete(&mut self, defaults: &Defaults) {
        for language in &self.languages {
            let own = self.texts.entry(language.clone()).or_default();
            let last = || defaults.0.get("en").filter(|_| *language == self.default_language);
            for (name, text) in
                defaults.of(language).or_else(last).iter().flat_map(|words| &words.texts)
            {
                own.entry(name.clone()).or_insert_with(|| text.clone());
            }
        }
        for purpose in &mut self.purposes {
            let words = |tag: &str| defaults.of(tag)?.purposes.get(purpose.key.as_str());
            translate(&mut purpose.title, &self.languages, |tag| words(tag).map(|own| &own.title));
            translate(&mut purpose.description, &self.languages, |tag| {
                words(tag).map(|own| &own.description)
            });
            translate(&mut purpose.retention, &self.languages, |tag| {
                words(tag).map(|own| &own.retention)
            });
        }
    }

    /// Gives every purpose its default words in the notice's languages: for the default notice,
    /// which has no others.
    pub fn name_purposes(&mut self, defaults: &Defaults) {
        for purpose in &mut self.purposes {
            for language in &self.languages {
                let words = defaults.of(language);
                let Some(own) = words.and_then(|words| words.purposes.get(purpose.key.as_str()))
                else {
                    continue;
                };
                for (text, word) in [
                    (&mut purpose.title, &own.title),
                    (&mut purpose.description, &own.description),
                    (&mut purpose.retention, &own.retention),
                ] {
                    text.0.insert(language.clone(), word.clone());
                }
            }
        }
    }

    /// The languages visitors are shown, in the notice's order: those with every text there is, and
    /// with whatever is said of a purpose. The default language is always among them.
    pub fn spoken(&self, defaults: &Defaults) -> Vec<&str> {
        let whole = |language: &str| {
            let has = |text: &Localized| {
                text.0.is_empty() || [language, "*"].iter().any(|tag| text.0.contains_key(*tag))
            };
            self.unsaid(language, defaults).is_empty()
                && self.purposes.iter().all(|own| has(&own.title) && has(&own.description))
        };
        let shown = |language: &&str| *language == self.default_language || whole(language);
        self.languages.iter().map(String::as_str).filter(shown).collect()
    }

    /// The names of the texts the default language has and this one does not. A notice from before
    /// a text existed misses it in no language.
    fn unsaid(&self, language: &str, defaults: &Defaults) -> Vec<String> {
        let has = |tag: &str, name: &String| {
            self.texts
                .get(tag)
                .and_then(|texts| texts.get(name))
                .is_some_and(|text| !text.is_empty())
        };
        let unsaid = |name: &&String| has(&self.default_language, name) && !has(language, name);
        defaults.names().filter(unsaid).cloned().collect()
    }

    /// The languages nobody will see for want of texts.
    pub fn silent(&self, defaults: &Defaults) -> Vec<Finding> {
        let silent = self.languages.iter().enumerate().filter_map(|(i, language)| {
            let unsaid = self.unsaid(language, defaults);
            let first = unsaid.first()?;
            let why = format!(
                "visitors are shown `{}` instead of `{language}`, for which there are no default \
                 texts: give `texts/{language}/{first}` and {} more",
                self.default_language,
                unsaid.len() - 1,
            );
            Some(Finding::new(format!("/languages/{i}"), why))
        });
        silent.collect()
    }
}

/// Adds our words in further languages to a text that is ours in all languages it has. A site's own
/// words have no translation but the site's.
fn translate<'a>(
    text: &mut Localized,
    languages: &[String],
    words: impl Fn(&str) -> Option<&'a String>,
) {
    let ours = text.0.iter().all(|(tag, own)| words(tag) == Some(own));
    if text.0.is_empty() || !ours {
        return;
    }
    for language in languages {
        if let Some(word) = words(language) {
            text.0.entry(language.clone()).or_insert_with(|| word.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::tests::notice;

    fn words(save: &str, audience: &str) -> Words {
        let title = audience.to_owned();
        let purpose = PurposeWords { title, ..PurposeWords::default() };
        Words {
            texts: Texts::from([
                ("save".into(), save.into()),
                ("close".into(), format!("{save} x")),
            ]),
            purposes: BTreeMap::from([("analytics".into(), purpose)]),
        }
    }

    fn defaults() -> Defaults {
        Defaults(BTreeMap::from([
            ("en".into(), words("Save", "Audience")),
            ("fr".into(), words("Enregistrer", "Audience")),
            ("nb".into(), words("Lagre", "Publikum")),
        ]))
    }

    fn in_languages(languages: &[&str]) -> Notice {
        let mut own = notice();
        own.languages = languages.iter().map(|tag| (*tag).to_owned()).collect();
        own.complete(&defaults());
        own
    }

    #[test]
    fn our_words_are_translated_and_a_sites_own_are_not() {
        let own = in_languages(&["en", "fr", "no"]);
        assert_eq!(own.texts["no"]["save"], "Lagre");
        assert_eq!(own.purposes[1].title.0["no"], "Publikum");
        assert_eq!(own.spoken(&defaults()), ["en", "fr", "no"]);
        let mut changed = notice();
        changed.languages.push("nb".into());
        changed.purposes[1].title.0.insert("fr".into(), "Mesure et vente".into());
        changed.complete(&defaults());
        assert!(!changed.purposes[1].title.0.contains_key("nb"));
        assert_eq!(changed.spoken(&defaults()), ["en", "fr"], "no banner in two languages");
    }

    #[test]
    fn a_language_without_words_is_not_shown_until_the_site_gives_them_all() {
        let mut own = in_languages(&["en", "ca"]);
        own.purposes[1].title.0.insert("ca".into(), "Audiència".into());
        assert_eq!(own.texts["ca"].len(), 0, "no English in between");
        assert_eq!(own.spoken(&defaults()), ["en"]);
        assert_eq!(own.silent(&defaults())[0].pointer, "#/languages/1");
        for name in ["save", "close"] {
            own.texts.get_mut("ca").unwrap().insert(name.into(), "Desa".into());
        }
        assert_eq!(own.spoken(&defaults()), ["en", "ca"]);
        assert!(own.silent(&defaults()).is_empty());
        let mut only = notice();
        (only.languages, only.default_language) = (vec!["ca".into()], "ca".into());
        only.complete(&defaults());
        assert_eq!(only.texts["ca"]["save"], "Save", "something must be shown");
    }

    #[test]
    fn a_text_that_came_later_silences_no_older_notice() {
        let mut own = in_languages(&["en", "fr"]);
        for texts in own.texts.values_mut() {
            texts.remove("close");
        }
        own.texts.get_mut("en").unwrap().insert("own".into(), "one".into());
        assert_eq!(own.spoken(&defaults()), ["en", "fr"]);
    }
}
