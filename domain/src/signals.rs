//! What a site's pages tell the tools on them about each choice: which signals stand for which
//! purposes, and which tools are told. Part of the notice. How a tool is told is the loader's.

use crate::key::Key;
use crate::notice::Finding;
use crate::regime::Place;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Purpose → the consent types it stands for, such as Google's `analytics_storage`.
pub type Mapping = BTreeMap<Key, Vec<String>>;

/// The notice's `signals`. JSON may give the mapping alone: then Google's tags are told by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Signals {
    /// The mapping, for Google.
    Google(Mapping),
    /// The mapping, and who is told by it.
    Tools(Box<Tools>),
}

/// The mapping, and who is told by it. What is left out is not told, but the data layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tools {
    /// Read by every tool: UET and Clarity by `ad_storage` and `analytics_storage`, Meta by all
    /// that begins with `ad_`.
    pub purposes: Mapping,
    /// Google Consent Mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub google: Option<Google>,
    /// Microsoft Advertising's Universal Event Tracking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uet: Option<Tool>,
    /// Microsoft Clarity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clarity: Option<Tool>,
    /// Meta's pixel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Tool>,
    /// Events in `dataLayer`, for Google Tag Manager and its like.
    #[serde(default = "yes")]
    pub data_layer: bool,
}

fn yes() -> bool {
    true
}

/// A tool that is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// The vendor it belongs to: refused by name, it is denied whatever its purposes are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<Key>,
}

/// How Google's tags are told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Google {
    /// The vendor they belong to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<Key>,
    /// Where the snippet's defaults are `granted`, ISO 3166 (`US`, `CA-ON`); left out: wherever
    /// nobody needs to be asked. Only such places are written into the snippet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions: Option<BTreeSet<String>>,
    /// Milliseconds the tags wait for the first update; left out: 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_for_update: Option<u16>,
    /// Takes identifiers out of what is sent while `ad_storage` is denied.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ads_data_redaction: bool,
    /// Carries click identifiers in the addresses of links while cookies are denied.
    #[serde(default, skip_serializing_if = "is_false")]
    pub url_passthrough: bool,
}

impl Google {
    /// What is set to `true` before the tags run, by the names Google gives it.
    #[must_use]
    pub fn set(&self) -> Vec<&'static str> {
        let all = [
            ("ads_data_redaction", self.ads_data_redaction),
            ("url_passthrough", self.url_passthrough),
        ];
        all.into_iter().filter_map(|(name, on)| on.then_some(name)).collect()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls it with")]
fn is_false(on: &bool) -> bool {
    !on
}

impl Default for Signals {
    fn default() -> Self {
        Self::Google(Mapping::new())
    }
}

impl<'de> Deserialize<'de> for Signals {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        // A purpose may be named `purposes` too: then a list stands there.
        Ok(match value.get("purposes") {
            Some(Value::Object(_)) => {
                Self::Tools(Box::new(serde_json::from_value(value).map_err(D::Error::custom)?))
            }
            _ => Self::Google(serde_json::from_value(value).map_err(D::Error::custom)?),
        })
    }
}

impl Signals {
    /// Purpose → consent types.
    #[must_use]
    pub fn mapping(&self) -> &Mapping {
        match self {
            Self::Google(mapping) => mapping,
            Self::Tools(tools) => &tools.purposes,
        }
    }

    /// How Google's tags are told, where they are.
    #[must_use]
    pub fn google(&self) -> Option<Google> {
        match self {
            Self::Google(mapping) => (!mapping.is_empty()).then(Google::default),
            Self::Tools(tools) => tools.google.clone(),
        }
    }

    /// The loader's parts that tell: the files of `banner-wasm/loader/signals/`.
    #[must_use]
    pub fn parts(&self) -> BTreeSet<&'static str> {
        let (tools, data_layer) = match self {
            Self::Google(_) => (None, true),
            Self::Tools(tools) => (Some(tools), tools.data_layer),
        };
        let has = |tool: fn(&Tools) -> &Option<Tool>| tools.is_some_and(|t| tool(t).is_some());
        let parts = [
            ("clarity", has(|tools| &tools.clarity)),
            ("data-layer", data_layer),
            ("google", self.google().is_some()),
            ("meta", has(|tools| &tools.meta)),
            ("uet", has(|tools| &tools.uet)),
        ];
        parts.into_iter().filter_map(|(part, used)| used.then_some(part)).collect()
    }

    /// The vendor of each part, where one is named.
    #[must_use]
    pub fn vendors(&self) -> BTreeMap<&'static str, &Key> {
        let Self::Tools(tools) = self else { return BTreeMap::new() };
        let google = tools.google.as_ref().and_then(|google| google.vendor.as_ref());
        let rest = [("clarity", &tools.clarity), ("meta", &tools.meta), ("uet", &tools.uet)];
        let rest = rest
            .into_iter()
            .filter_map(|(part, tool)| Some((part, tool.as_ref()?.vendor.as_ref()?)));
        rest.chain(google.map(|key| ("google", key))).collect()
    }

    /// What names something that the notice does not have, or is no place.
    pub(crate) fn errors(
        &self,
        purposes: &BTreeSet<&Key>,
        vendors: &BTreeSet<&Key>,
    ) -> Vec<Finding> {
        let at = if matches!(self, Self::Tools(_)) { "/signals/purposes" } else { "/signals" };
        let strange = self.mapping().keys().filter(|key| !purposes.contains(key));
        let mut found: Vec<_> = strange
            .map(|key| Finding::new(format!("{at}/{key}"), "is not a purpose here"))
            .collect();
        let strange = self.vendors().into_iter().filter(|(_, key)| !vendors.contains(key));
        found.extend(strange.map(|(part, _)| {
            Finding::new(format!("/signals/{part}/vendor"), "is not a vendor here")
        }));
        let regions = self.google().and_then(|google| google.regions).unwrap_or_default();
        found.extend(regions.iter().filter(|code| !is_place(code)).map(|code| {
            let why = format!("`{code}` is not a place such as `US` or `CA-ON`");
            Finding::new("/signals/google/regions", why)
        }));
        found
    }
}

/// A place as it is written everywhere: in capitals.
fn is_place(code: &str) -> bool {
    Place::parse(code).is_ok_and(|place| place.to_string() == code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::tests::notice;
    use serde_json::json;

    fn signals(value: &Value) -> Signals {
        serde_json::from_value(value.clone()).unwrap()
    }

    #[test]
    fn the_mapping_alone_is_googles() {
        let value = json!({"analytics": ["analytics_storage"]});
        let plain = signals(&value);
        assert_eq!(serde_json::to_value(&plain).unwrap(), value, "as it was written");
        assert_eq!(plain.parts(), BTreeSet::from(["data-layer", "google"]));
        assert_eq!(signals(&json!({})).parts(), BTreeSet::from(["data-layer"]));
        assert_eq!(signals(&json!({"purposes": ["x"]})).mapping().len(), 1, "a purpose's name");
    }

    #[test]
    fn each_tool_is_switched_by_itself() {
        let full = json!({
            "purposes": {"analytics": ["analytics_storage"]},
            "google": {"regions": ["US"], "url_passthrough": true}, "uet": {}, "clarity": {},
            "meta": {"vendor": "adco"}, "data_layer": false
        });
        let all = signals(&full);
        assert_eq!(serde_json::to_value(&all).unwrap(), full);
        assert_eq!(all.parts(), BTreeSet::from(["clarity", "google", "meta", "uet"]));
        assert_eq!(all.vendors()["meta"].as_str(), "adco");
        assert_eq!(signals(&json!({"purposes": {}})).parts(), BTreeSet::from(["data-layer"]));
        for wrong in [
            json!({"purposes": {}, "metta": {}}),
            json!({"purposes": {}, "uet": true}),
            json!({"purposes": {}, "google": {"region": []}}),
            json!({"analytics": "analytics_storage"}),
        ] {
            assert!(serde_json::from_value::<Signals>(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_the_notice_does_not_have_is_an_error() {
        let mut bad = notice();
        bad.signals = signals(&json!({"unheard": ["ad_storage"]}));
        let pointers = |n: &crate::notice::Notice| -> Vec<_> {
            n.errors().into_iter().map(|finding| finding.pointer).collect()
        };
        assert_eq!(pointers(&bad), ["#/signals/unheard"]);
        bad.signals = signals(&json!({
            "purposes": {"unheard": ["ad_storage"]},
            "google": {"regions": ["US", "us", "USA", "CA-ON"]}, "uet": {"vendor": "bing"}
        }));
        assert_eq!(
            pointers(&bad),
            [
                "#/signals/purposes/unheard",
                "#/signals/uet/vendor",
                "#/signals/google/regions",
                "#/signals/google/regions"
            ]
        );
        bad.signals = signals(&json!({"purposes": {"analytics": ["analytics_storage"]},
            "meta": {"vendor": "adco"}}));
        assert!(bad.errors().is_empty());
    }
}
