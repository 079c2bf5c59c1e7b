//! The rule set of a visitor's place.

/// What the place asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Model {
    /// Information only.
    Notice,
    /// Stop when asked.
    OptOut,
    /// Ask first.
    OptIn,
}

/// The rules.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Regime {
    /// What the place asks for.
    pub model: Model,
    /// The law's name.
    pub law: Option<String>,
    /// Whether Global Privacy Control counts as an opt-out.
    pub gpc_honoured: bool,
}

/// A place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Place {
    /// ISO 3166-1.
    pub country: Option<String>,
    /// ISO 3166-2.
    pub region: Option<String>,
}
