//! The table of places and their laws, and how a place finds its regime. Unknown is answered by
//! the strictest rule, never by the kindest.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::day::Day;
use super::{Model, Place, Regime};

const EMBEDDED: &str = include_str!("../../data/regimes.json");

/// All known places. Keys are `FR` or `US-TX`.
#[derive(Debug, Clone, Deserialize)]
pub struct Regimes {
    fallback: Regime,
    regions: BTreeMap<String, Entry>,
}

/// The table cannot be read.
#[derive(Debug)]
pub struct RegimeDataError(serde_json::Error);

impl fmt::Display for RegimeDataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the table of regimes cannot be read: {}", self.0)
    }
}

impl std::error::Error for RegimeDataError {}

/// One place's own rule, as written in `data/regimes.json`.
#[derive(Debug, Clone, Deserialize)]
struct Entry {
    model: Model,
    law: Option<String>,
    gpc_honoured: bool,
    /// The first day of the law; absent: in force since before anybody asks.
    effective: Option<Day>,
    /// The first day on which Global Privacy Control counts.
    gpc_since: Option<Day>,
    /// Present where the law is signed but not yet in force.
    model_until_effective: Option<Model>,
    /// What practice asks for beyond the law; it wins.
    recommended_model: Option<Model>,
    confidence: Confidence,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Confidence {
    Low,
    Medium,
    High,
}

impl Entry {
    /// The rule on the day of `at`; `country` is the rule of the country around a region, which
    /// holds until the region's own law does.
    fn on(&self, at: i64, country: Option<&Regime>) -> Regime {
        let in_force = match self.effective {
            Some(day) => at >= day.start(),
            None => self.model_until_effective.is_none(),
        };
        let (model, law) = if in_force {
            (self.recommended_model.unwrap_or(self.model), self.law.clone())
        } else {
            let around = country.map(|country| (country.model, country.law.clone()));
            let (model, law) = around.unwrap_or((Model::OptIn, None));
            (self.model_until_effective.unwrap_or(model), law)
        };
        let gpc_counts = self.gpc_since.is_none_or(|day| at >= day.start());
        Regime {
            model: if self.confidence == Confidence::Low { Model::OptIn } else { model },
            law,
            gpc_honoured: in_force && self.gpc_honoured && gpc_counts,
        }
    }
}

impl Regimes {
    /// The table inside the program.
    ///
    /// # Errors
    /// Never with the table that comes with this version (a test reads it).
    pub fn embedded() -> Result<Self, RegimeDataError> {
        serde_json::from_str(EMBEDDED).map_err(RegimeDataError)
    }

    /// The regime of `place` at `at` (microseconds since the Unix epoch). Where the region is not
    /// known and parts of the country have their own rules, each attribute is that of the strictest
    /// of them: a country database must not show a Californian a mere notice.
    #[must_use]
    pub fn resolve(&self, place: &Place, at: i64) -> Regime {
        let known = place.country.as_deref().and_then(|code| Some((code, self.regions.get(code)?)));
        let Some((country, entry)) = known else { return self.fallback.clone() };
        let around = entry.on(at, None);
        let own = |region: &str| self.regions.get(&format!("{country}-{region}"));
        if let Some(region) = place.region.as_deref().and_then(own) {
            return region.on(at, Some(&around));
        }
        let prefix = format!("{country}-");
        let parts = self.regions.range(prefix.clone()..);
        let parts = parts.take_while(|(code, _)| code.starts_with(&prefix));
        let parts = parts.map(|(_, part)| part.on(at, Some(&around)));
        let gpc_honoured = around.gpc_honoured;
        parts.fold((around.clone(), gpc_honoured), stricter).0
    }

    /// Where nobody needs to be asked first at `at`, in the fewest codes: `US`, but `CA-ON`,
    /// because Quebec asks.
    #[must_use]
    pub fn unasked(&self, at: i64) -> Vec<&str> {
        let free = |code: &str| {
            Place::parse(code).is_ok_and(|place| self.resolve(&place, at).model != Model::OptIn)
        };
        let part = |code: &str| code.split_once('-').is_some_and(|(country, _)| free(country));
        self.regions.keys().map(String::as_str).filter(|code| free(code) && !part(code)).collect()
    }
}

/// The strictest model with its law, and Global Privacy Control if any honours it. Among equal
/// models the first that honours it names the law, because that law asks for more. The second
/// value is whether the law so named honours it by itself.
fn stricter((all, law_has_gpc): (Regime, bool), part: Regime) -> (Regime, bool) {
    let gpc_honoured = all.gpc_honoured || part.gpc_honoured;
    if (part.model, part.gpc_honoured) > (all.model, law_has_gpc) {
        let law_has_gpc = part.gpc_honoured;
        (Regime { gpc_honoured, ..part }, law_has_gpc)
    } else {
        (Regime { gpc_honoured, ..all }, law_has_gpc)
    }
}

#[cfg(test)]
mod tests;
