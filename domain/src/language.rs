//! Language tags (BCP 47): which of the languages there are serves one that is asked for, and which
//! way it is written. Whoever asks lower-cases the tag and cuts it from its end until it is in the
//! table (RFC 4647, 3.4); the loader does the same in the browser.

use std::collections::BTreeMap;

/// What a tag may be taken for. Norwegian is read in both forms; `iw` is an old name; where Chinese
/// is written the traditional way, the place says so more often than the tag.
const ALIASES: [(&str, &str); 6] = [
    ("no", "nb"),
    ("nn", "nb"),
    ("iw", "he"),
    ("zh-tw", "zh-hant"),
    ("zh-hk", "zh-hant"),
    ("zh-mo", "zh-hant"),
];

/// Languages written from right to left.
const RIGHT_TO_LEFT: [&str; 8] = ["ar", "ckb", "fa", "he", "iw", "ps", "ur", "yi"];

/// The tags that are answered, lower case, each with the language that answers it: every language
/// by its own tag, then by other names, then by its first part, so that `pt` finds `pt-BR` where
/// there is nothing nearer.
pub fn table<'a>(languages: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, &'a str> {
    let languages: Vec<&str> = languages.into_iter().collect();
    let mut table = BTreeMap::new();
    for language in &languages {
        table.entry(language.to_ascii_lowercase()).or_insert(*language);
    }
    for (alias, known) in ALIASES {
        if let Some(language) = table.get(known).copied() {
            table.entry(alias.to_owned()).or_insert(language);
        }
    }
    for language in languages {
        table.entry(first_part(language).to_ascii_lowercase()).or_insert(language);
    }
    table
}

/// The entry of a [`table`] that serves `tag`.
pub fn find<'a>(table: &BTreeMap<String, &'a str>, tag: &str) -> Option<&'a str> {
    let tag = tag.to_ascii_lowercase();
    let mut rest = Some(tag.as_str());
    while let Some(tag) = rest {
        if let Some(language) = table.get(tag) {
            return Some(language);
        }
        rest = tag.rsplit_once('-').map(|(start, _)| start);
    }
    None
}

/// `rtl` or `ltr`.
pub fn direction(tag: &str) -> &'static str {
    let rtl = RIGHT_TO_LEFT.iter().any(|known| known.eq_ignore_ascii_case(first_part(tag)));
    if rtl { "rtl" } else { "ltr" }
}

fn first_part(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_language_serves() {
        let all = table(["en", "pt", "pt-BR", "zh", "zh-Hant", "nb", "he", "de"]);
        for (asked, served) in [
            ("pt-BR", Some("pt-BR")),
            ("PT-br", Some("pt-BR")),
            ("pt", Some("pt")),
            ("pt-AO", Some("pt")),
            ("zh-TW", Some("zh-Hant")),
            ("zh-HK", Some("zh-Hant")),
            ("zh-Hant-MO", Some("zh-Hant")),
            ("zh-CN", Some("zh")),
            ("zh-Hans-SG", Some("zh")),
            ("no", Some("nb")),
            ("nn-NO", Some("nb")),
            ("iw", Some("he")),
            ("de-CH-1996", Some("de")),
            ("ca", None),
            ("", None),
        ] {
            assert_eq!(find(&all, asked), served, "{asked}");
        }
    }

    #[test]
    fn a_relative_serves_where_there_is_nothing_nearer() {
        let few = table(["zh", "pt-BR", "no", "de-AT", "de-CH"]);
        for (asked, served) in
            [("zh-TW", "zh"), ("pt", "pt-BR"), ("pt-PT", "pt-BR"), ("no", "no"), ("de", "de-AT")]
        {
            assert_eq!(find(&few, asked), Some(served), "{asked}");
        }
        assert_eq!(find(&few, "nb"), None, "a site's own tag stays its own");
    }

    #[test]
    fn arabic_and_hebrew_run_from_right_to_left() {
        assert_eq!(
            ["ar", "ar-EG", "HE", "fr", "az-Latn"].map(direction),
            ["rtl", "rtl", "rtl", "ltr", "ltr"]
        );
    }
}
