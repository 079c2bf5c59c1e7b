//! Names of countries and languages by their codes, from CLDR. Codes without a name are shown as
//! they are.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::Lang;

/// The names of one language.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Names {
    countries: BTreeMap<String, String>,
    languages: BTreeMap<String, String>,
}

static ENGLISH: LazyLock<Names> = LazyLock::new(|| read(include_str!("../texts/names.en.json")));
static FRENCH: LazyLock<Names> = LazyLock::new(|| read(include_str!("../texts/names.fr.json")));

fn read(source: &str) -> Names {
    serde_json::from_str(source).unwrap_or_default()
}

impl Names {
    /// The names in a language. An unreadable file would show codes; a test reads both.
    pub(crate) fn of(lang: Lang) -> &'static Names {
        match lang {
            Lang::En => &ENGLISH,
            Lang::Fr => &FRENCH,
        }
    }

    /// The name of an ISO 3166-1 alpha-2 code.
    pub(crate) fn country<'a>(&'a self, code: &'a str) -> &'a str {
        self.countries.get(code).map_or(code, String::as_str)
    }

    /// The name of a language tag, by its primary part.
    pub(crate) fn language<'a>(&'a self, tag: &'a str) -> &'a str {
        let primary = tag.split('-').next().unwrap_or(tag);
        self.languages.get(primary).map_or(tag, String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::Names;
    use crate::Lang;

    #[test]
    fn codes_have_names_and_unknown_codes_stay() {
        assert_eq!(Names::of(Lang::Fr).country("DE"), "Allemagne");
        assert_eq!(Names::of(Lang::En).language("pt-BR"), "Portuguese");
        assert_eq!(Names::of(Lang::En).country("??"), "??");
    }
}
