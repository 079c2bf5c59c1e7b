//! `OUINON_GEOIP_DB`: which database tells a visitor's country or region.

use std::path::PathBuf;

use super::sources::{Given, Name};

/// The setting's names.
pub const NAME: Name = Name { env: "OUINON_GEOIP_DB", key: "geoip_db" };

/// The source of visitors' places.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum GeoipDb {
    /// The country database inside the binary.
    #[default]
    Embedded,
    /// An `.mmdb` file with countries or cities, read again when it changes.
    File(PathBuf),
    /// Nothing is looked up: every place is unknown and gets the strictest regime.
    Off,
}

impl GeoipDb {
    /// Any text is a path, so nothing is wrong here; a missing file is said when it is opened.
    pub(super) fn parse(given: Option<&Given>) -> Self {
        match given.map(|given| given.value.as_str()) {
            None => Self::Embedded,
            Some("off") => Self::Off,
            Some(path) => Self::File(PathBuf::from(path)),
        }
    }
}
