//! The notice a new site begins with: five purposes, nobody named but the site, in languages whose
//! default words are built in.

use crate::assets;
use crate::error::Error;
use ouinon_domain::notice::Notice;

const NOTICE: &str = include_str!("../../data/default-notice.json");

/// The default notice of `controller`, in its own languages (French and English) where none are
/// given; the first one given is shown to whoever reads none of them.
pub fn default_notice(controller: &str, languages: &[String]) -> Result<Notice, Error> {
    let mut notice: Notice = serde_json::from_str(NOTICE)
        .map_err(|error| Error::internal("the default notice", error))?;
    notice.controller.name = controller.to_owned();
    if let Some(first) = languages.first() {
        notice.default_language.clone_from(first);
        notice.languages = languages.to_vec();
    }
    let defaults = assets::defaults()?;
    notice.name_purposes(defaults);
    notice.complete(defaults);
    Ok(notice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_whole_in_every_language() {
        let defaults = assets::defaults().unwrap();
        let all: Vec<String> = defaults.0.keys().cloned().collect();
        let notice = default_notice("Shop", &all).unwrap();
        assert!(notice.errors().is_empty(), "{:?}", notice.errors());
        assert_eq!(notice.spoken(defaults), all);
        assert!(notice.silent(defaults).is_empty());
        let own = default_notice("Shop", &[]).unwrap();
        assert_eq!((own.default_language.as_str(), own.spoken(defaults)), ("fr", vec!["fr", "en"]));
        let polish = default_notice("Sklep", &["pl".into()]).unwrap();
        assert_eq!(polish.purposes[0].title.0.keys().collect::<Vec<_>>(), ["pl"]);
    }
}
