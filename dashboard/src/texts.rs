//! The words of the pages, by key and language, with plural forms. Keys are flat; a plural has the
//! two keys `KEY.one` and `KEY.other`. Both languages have the same keys (tested).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::Lang;

/// The texts of one language.
#[derive(Debug)]
pub(crate) struct Texts {
    lang: Lang,
    by_key: BTreeMap<String, String>,
}

static ENGLISH: LazyLock<Texts> = LazyLock::new(|| {
    let sources = [include_str!("../texts/en.json"), include_str!("../texts/problems.en.json")];
    Texts::read(Lang::En, sources)
});
static FRENCH: LazyLock<Texts> = LazyLock::new(|| {
    let sources = [include_str!("../texts/fr.json"), include_str!("../texts/problems.fr.json")];
    Texts::read(Lang::Fr, sources)
});

impl Texts {
    /// The texts of a language.
    pub(crate) fn of(lang: Lang) -> &'static Texts {
        match lang {
            Lang::En => &ENGLISH,
            Lang::Fr => &FRENCH,
        }
    }

    /// The embedded files are read by a test, so an unreadable one never ships.
    fn read(lang: Lang, sources: [&str; 2]) -> Texts {
        let read = |source| serde_json::from_str::<BTreeMap<_, _>>(source).unwrap_or_default();
        Texts { lang, by_key: sources.into_iter().flat_map(read).collect() }
    }

    /// The text of a key, or `None`. Where there is a count, its plural form is preferred.
    pub(crate) fn get(&self, key: &str, count: Option<u64>) -> Option<&str> {
        let plural = count.and_then(|count| {
            let form = if self.is_singular(count) { "one" } else { "other" };
            self.by_key.get(&format!("{key}.{form}"))
        });
        plural.or_else(|| self.by_key.get(key)).map(String::as_str)
    }

    /// French counts zero as singular, English does not (CLDR).
    fn is_singular(&self, count: u64) -> bool {
        match self.lang {
            Lang::En => count == 1,
            Lang::Fr => count <= 1,
        }
    }

    #[cfg(test)]
    pub(crate) fn all(&self) -> &BTreeMap<String, String> {
        &self.by_key
    }
}

/// Puts values in place of `{name}`. Unknown names stay as they are, values are not scanned again.
pub(crate) fn fill(template: &str, values: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, from_open) = rest.split_at(open);
        out.push_str(before);
        let found = from_open.find('}').and_then(|close| {
            let value = values.iter().find(|(name, _)| *name == &from_open[1..close])?;
            Some((close, value.1.as_str()))
        });
        match found {
            Some((close, value)) => {
                out.push_str(value);
                rest = &from_open[close + 1..];
            }
            None => {
                out.push('{');
                rest = &from_open[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::{Texts, fill};
    use crate::Lang;

    #[test]
    fn both_languages_say_the_same_things() {
        let english = Texts::of(Lang::En);
        let french = Texts::of(Lang::Fr);
        let placeholders = |text: &str| {
            let mut names: Vec<String> = text
                .split('{')
                .skip(1)
                .filter_map(|part| part.split_once('}').map(|(name, _)| name.to_owned()))
                .collect();
            names.sort();
            names
        };
        let keys = |texts: &Texts| texts.all().keys().cloned().collect::<Vec<_>>();
        assert!(!english.all().is_empty());
        assert_eq!(keys(english), keys(french));
        for (key, text) in english.all() {
            let other = &french.all()[key];
            assert!(!text.trim().is_empty() && !other.trim().is_empty(), "{key} is empty");
            assert_eq!(placeholders(text), placeholders(other), "placeholders of {key}");
        }
    }

    #[test]
    fn french_punctuation_never_starts_a_line() {
        let french = Texts::of(Lang::Fr);
        for (key, text) in french.all() {
            for sign in [" ?", " !", " :", " ;", " »", "« ", " %"] {
                assert!(!text.contains(sign), "{key} has a plain space at {sign:?}: {text}");
            }
            assert!(!text.contains('\''), "{key} has a straight apostrophe: {text}");
        }
    }

    #[test]
    fn values_are_put_in_place_once() {
        let values = [("a", "{b}".to_owned()), ("b", "x".to_owned())];
        assert_eq!(fill("{a}{b}{c}{", &values), "{b}x{c}{");
    }
}
