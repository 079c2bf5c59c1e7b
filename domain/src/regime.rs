//! The rule set of a visitor's place: ask first, allow and stop on request, or inform. The types
//! are here for everyone; the table of places is behind the feature `regimes`. Nothing here finds
//! out where a visitor is.

#[cfg(feature = "regimes")]
mod day;
#[cfg(feature = "regimes")]
mod table;

#[cfg(feature = "regimes")]
pub use table::{RegimeDataError, Regimes};

use std::fmt;

/// What may happen before and without an answer. Greater is stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Model {
    /// Information only, with the preferences within reach.
    Notice,
    /// May run by default; stops when the visitor says so.
    OptOut,
    /// Nothing that is not necessary before a yes.
    OptIn,
}

impl Model {
    /// `opt-in` | `opt-out` | `notice`
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OptIn => "opt-in",
            Self::OptOut => "opt-out",
            Self::Notice => "notice",
        }
    }

    /// Days an opt-out binds at least: nobody is asked again before (Cal. Civ. Code 1798.135(c)(4)).
    pub const OPT_OUT_DAYS: u32 = 365;

    /// Days a choice is kept where its notice says `days`.
    #[must_use]
    pub fn days_kept(self, days: u32, refuses: bool) -> u32 {
        if refuses && self == Self::OptOut { days.max(Self::OPT_OUT_DAYS) } else { days }
    }

    /// The model with that name, as [`Model::as_str`] writes it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::OptIn, Self::OptOut, Self::Notice].into_iter().find(|model| model.as_str() == name)
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The rule set that holds for one visitor on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Regime {
    /// What may happen without an answer.
    pub model: Model,
    /// The law's name for people; `None` where no particular law is known.
    pub law: Option<String>,
    /// Whether Global Privacy Control counts as an opt-out here.
    pub gpc_honoured: bool,
}

/// Where somebody is, as far as it is known. A region without a country means nothing and is
/// treated as unknown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Place {
    /// ISO 3166-1 alpha-2, upper case: `US`.
    pub country: Option<String>,
    /// The part after the hyphen in ISO 3166-2, upper case: `TX`.
    pub region: Option<String>,
}

/// The text is no ISO 3166 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceError;

impl fmt::Display for PlaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a place is a country such as FR, or a part of one such as US-TX")
    }
}

impl std::error::Error for PlaceError {}

impl Place {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { country: None, region: None };

    /// Reads `FR` or `US-TX`, in either case.
    ///
    /// # Errors
    /// Anything that has not the form of ISO 3166-1 alpha-2 or 3166-2; the code need not exist.
    pub fn parse(code: &str) -> Result<Self, PlaceError> {
        let (country, region) = match code.split_once('-') {
            Some((country, region)) => (country, Some(region)),
            None => (code, None),
        };
        let letters = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic());
        let short = |text: &str| (1..=3).contains(&text.len());
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !letters || !region.is_none_or(|region| short(region) && plain(region)) {
            return Err(PlaceError);
        }
        Ok(Self {
            country: Some(country.to_ascii_uppercase()),
            region: region.map(str::to_ascii_uppercase),
        })
    }
}

impl fmt::Display for Place {
    /// `US-TX`, `FR`, or `unknown`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.country, &self.region) {
            (Some(country), Some(region)) => write!(f, "{country}-{region}"),
            (Some(country), None) => f.write_str(country),
            (None, _) => f.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opt_in_is_the_strictest_and_names_read_back() {
        assert!(Model::OptIn > Model::OptOut && Model::OptOut > Model::Notice);
        for model in [Model::OptIn, Model::OptOut, Model::Notice] {
            assert_eq!(Model::parse(&model.to_string()), Some(model));
        }
        assert_eq!(Model::parse("OPT-IN"), None);
    }

    #[test]
    fn an_opt_out_binds_for_a_year_where_the_law_is_one_of_opting_out() {
        assert_eq!(Model::OptOut.days_kept(180, true), 365);
        assert_eq!(Model::OptOut.days_kept(395, true), 395);
        assert_eq!(Model::OptOut.days_kept(180, false), 180);
        assert_eq!(Model::OptIn.days_kept(180, true), 180);
        assert_eq!(Model::Notice.days_kept(180, true), 180);
    }

    #[test]
    fn places_are_iso_codes() {
        let texas = Place::parse("us-tx").unwrap();
        assert_eq!((texas.country.as_deref(), texas.region.as_deref()), (Some("US"), Some("TX")));
        assert_eq!(texas.to_string(), "US-TX");
        assert_eq!(Place::parse("FR").unwrap().to_string(), "FR");
        assert_eq!(Place::UNKNOWN.to_string(), "unknown");
        for wrong in ["", "F", "FRA", "F1", "US-", "US-TEXA", "US-T X", "US-TX-1", "é", "-TX"] {
            assert_eq!(Place::parse(wrong), Err(PlaceError), "{wrong}");
        }
    }
}
