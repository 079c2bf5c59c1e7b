//! Moving in from another consent tool: what a site says about the choices that tool kept in browsers
//! (`import`) and about the elements marked for it (`markup`). How each tool keeps a choice is in
//! `banner-wasm/loader/imports/`, how elements are marked in `banner-wasm/loader/markup.ts`.

use crate::key::Key;
use crate::notice::Finding;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A tool whose choices can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tool {
    /// Axeptio, for brands: a yes or no for each vendor.
    Axeptio,
    /// Cookiebot by Usercentrics.
    Cookiebot,
    /// `CookieYes`.
    #[serde(rename = "cookieyes")]
    CookieYes,
    /// Didomi, its token of custom purposes.
    Didomi,
    /// Klaro: a yes or no for each service.
    Klaro,
    /// `OneTrust`.
    #[serde(rename = "onetrust")]
    OneTrust,
    /// tarteaucitron.js: a yes or no for each service.
    Tarteaucitron,
    /// vanilla-cookieconsent 3.
    VanillaCookieconsent,
}

impl Tool {
    /// The loader's part that reads it: a file of `banner-wasm/loader/imports/`.
    #[must_use]
    pub fn part(self) -> &'static str {
        match self {
            Self::Axeptio => "axeptio",
            Self::Cookiebot => "cookiebot",
            Self::CookieYes => "cookieyes",
            Self::Didomi => "didomi",
            Self::Klaro => "klaro",
            Self::OneTrust => "onetrust",
            Self::Tarteaucitron => "tarteaucitron",
            Self::VanillaCookieconsent => "vanilla-cookieconsent",
        }
    }

    /// What it calls our five purposes, where its names are not the site's own.
    fn usual(self) -> &'static [(&'static str, &'static [&'static str])] {
        const ADS: &[&str] = &["advertising", "retargeting"];
        match self {
            Self::Cookiebot => &[
                ("necessary", &["necessary"]),
                ("preferences", &["functional"]),
                ("statistics", &["analytics"]),
                ("marketing", ADS),
            ],
            Self::OneTrust => &[
                ("c0001", &["necessary"]),
                ("c0002", &["analytics"]),
                ("c0003", &["functional"]),
                ("c0004", ADS),
                ("c0005", ADS),
            ],
            Self::CookieYes => &[
                ("functional", &["functional"]),
                ("analytics", &["analytics"]),
                ("performance", &["analytics"]),
                ("advertisement", ADS),
            ],
            Self::VanillaCookieconsent => &[
                ("necessary", &["necessary"]),
                ("functionality", &["functional"]),
                ("analytics", &["analytics"]),
                ("marketing", ADS),
                ("ads", ADS),
            ],
            Self::Axeptio | Self::Didomi | Self::Klaro | Self::Tarteaucitron => &[],
        }
    }
}

/// One purpose, or several that a category of another tool stands for at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Purposes(pub Vec<Key>);

impl<'de> Deserialize<'de> for Purposes {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a purpose, or a list of purposes")]
        enum Form {
            One(Key),
            Many(Vec<Key>),
        }
        Ok(match Form::deserialize(from)? {
            Form::One(key) => Self(vec![key]),
            Form::Many(keys) => Self(keys),
        })
    }
}

/// What the other tool calls a kind of use → what this notice calls it. Adds to the usual names.
pub type Categories = BTreeMap<String, Purposes>;

/// Choices that another tool kept are taken over once; turned on by being there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// Whose.
    pub from: BTreeSet<Tool>,
    /// A yes counts too, though nothing proves it. Off: only what was refused does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub grants: bool,
    /// The tool's categories, services or vendors, case aside.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub purposes: Categories,
}

/// Elements marked for another tool (`data-category`, `data-cookieconsent`, `optanon-category-…`)
/// wait here as well; turned on by being there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Markup {
    /// The categories in the marks, case aside.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub purposes: Categories,
}

/// A category in lower case → the purposes of a notice it stands for.
pub type Named = BTreeMap<String, Vec<String>>;

impl Import {
    /// What `tool` calls the purposes of a notice.
    #[must_use]
    pub fn named(&self, tool: Tool, purposes: &BTreeSet<&Key>) -> Named {
        named([tool], &self.purposes, purposes)
    }

    /// What cannot be meant.
    pub(crate) fn errors(&self, purposes: &BTreeSet<&Key>) -> Vec<Finding> {
        let mut found = unknown("/import/purposes", &self.purposes, purposes);
        if self.from.is_empty() {
            found.push(Finding::new("/import/from", "name the tool the choices come from"));
        }
        if self.from.iter().any(|tool| self.named(*tool, purposes).is_empty()) {
            let why =
                "is missing: this tool keeps names of the site's own; say what each stands for";
            found.push(Finding::new("/import/purposes", why));
        }
        found
    }
}

impl Markup {
    /// What the marks of other tools call the purposes of a notice.
    #[must_use]
    pub fn named(&self, purposes: &BTreeSet<&Key>) -> Named {
        let marked = [Tool::VanillaCookieconsent, Tool::Cookiebot, Tool::OneTrust];
        named(marked, &self.purposes, purposes)
    }

    /// What cannot be meant.
    pub(crate) fn errors(&self, purposes: &BTreeSet<&Key>) -> Vec<Finding> {
        unknown("/markup/purposes", &self.purposes, purposes)
    }
}

/// The usual names of some tools for what a notice has, then the site's own.
fn named(
    tools: impl IntoIterator<Item = Tool>,
    own: &Categories,
    purposes: &BTreeSet<&Key>,
) -> Named {
    let here = |name: &&&str| purposes.iter().any(|key| key.as_str() == **name);
    let usual = tools.into_iter().flat_map(Tool::usual).map(|(category, all)| {
        let known = all.iter().filter(here).map(|name| (*name).to_owned());
        ((*category).to_owned(), known.collect::<Vec<_>>())
    });
    let keys = |Purposes(keys): &Purposes| keys.iter().map(Key::to_string).collect();
    let own = own.iter().map(|(category, purposes)| (category.to_lowercase(), keys(purposes)));
    usual.filter(|(_, known)| !known.is_empty()).chain(own).collect()
}

/// Categories that stand for nothing here.
fn unknown(at: &str, own: &Categories, purposes: &BTreeSet<&Key>) -> Vec<Finding> {
    let lost = |keys: &Vec<Key>| keys.is_empty() || keys.iter().any(|key| !purposes.contains(key));
    let lost = own.iter().filter(|(_, Purposes(keys))| lost(keys));
    lost.map(|(category, _)| {
        // A pointer names what holds a slash with `~1` (RFC 6901).
        let category = category.replace('~', "~0").replace('/', "~1");
        Finding::new(format!("{at}/{category}"), "must name one or more of the notice's purposes")
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn keys(names: &[&str]) -> Vec<Key> {
        names.iter().map(|name| Key::parse(name).unwrap()).collect()
    }

    #[test]
    fn usual_names_stand_for_what_the_notice_has_and_the_site_may_differ() {
        let import: Import = serde_json::from_value(json!({
            "from": ["cookiebot"], "purposes": {"Statistics": ["analytics", "functional"]}
        }))
        .unwrap();
        let here = keys(&["necessary", "functional", "analytics", "advertising"]);
        let named = import.named(Tool::Cookiebot, &here.iter().collect());
        assert_eq!(
            json!(named),
            json!({"necessary": ["necessary"], "preferences": ["functional"],
                "statistics": ["analytics", "functional"], "marketing": ["advertising"]})
        );
        assert!(!import.grants);
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        let here = keys(&["analytics"]);
        let here: BTreeSet<&Key> = here.iter().collect();
        let pointers = |import: serde_json::Value| {
            let import: Import = serde_json::from_value(import).unwrap();
            import.errors(&here).into_iter().map(|one| one.pointer).collect::<Vec<_>>()
        };
        assert!(pointers(json!({"from": ["onetrust"]})).is_empty());
        assert!(
            pointers(json!({"from": ["klaro"], "purposes": {"matomo": "analytics"}})).is_empty()
        );
        assert_eq!(pointers(json!({"from": []})), ["#/import/from"]);
        assert_eq!(pointers(json!({"from": ["klaro"]})), ["#/import/purposes"]);
        let wrong = json!({"from": ["onetrust"], "purposes": {"a/b": "ads", "c": []}});
        assert_eq!(pointers(wrong), ["#/import/purposes/a~1b", "#/import/purposes/c"]);
        let tool = |name: &str| serde_json::from_value::<Tool>(json!(name));
        assert!(tool("OneTrust").is_err());
        for name in ["axeptio", "cookiebot", "cookieyes", "didomi", "klaro", "onetrust"] {
            assert_eq!(tool(name).unwrap().part(), name);
        }
    }
}
