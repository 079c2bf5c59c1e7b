//! Where a visitor is: a country, perhaps a region, from the cut address alone. It does not know
//! what that means in law (see `ouinon_domain::regime`) and keeps no address.

mod address;
mod database;
mod watch;
#[cfg(test)]
mod watch_tests;

use std::fmt;
use std::sync::Arc;

use ouinon_domain::regime::Place;

use crate::config::{ConfigError, GEOIP_DB, GeoipDb};

pub use address::{ClientAddress, Network};
use database::CountryDb;
use watch::WatchedFile;

/// The country database that comes with this version.
static EMBEDDED: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/country.mmdb"));

/// Where places come from.
pub enum Geo {
    /// The database inside the binary.
    Embedded(Box<CountryDb>),
    /// A database on disk, read again when it changes.
    File(WatchedFile),
    /// One place for everybody, for tests and demonstrations.
    Fixed(Place),
    /// Nothing is looked up, every place is unknown.
    Off,
}

impl Geo {
    /// Opens what the settings name.
    ///
    /// # Errors
    /// The named file cannot be read, or is no database of countries.
    pub fn open(setting: &GeoipDb) -> Result<Self, ConfigError> {
        match setting {
            GeoipDb::Off => Ok(Self::Off),
            GeoipDb::Embedded => match CountryDb::parse(EMBEDDED.into()) {
                Ok(database) => Ok(Self::Embedded(Box::new(database))),
                Err(problem) => Err(ConfigError::unusable(
                    GEOIP_DB,
                    "the embedded database",
                    problem.to_string(),
                )),
            },
            GeoipDb::File(path) => match WatchedFile::open(path) {
                Ok(file) => Ok(Self::File(file)),
                Err(problem) => Err(ConfigError::unusable(
                    GEOIP_DB,
                    &path.to_string_lossy(),
                    problem.to_string(),
                )),
            },
        }
    }

    /// The place of a network, as far as it is known.
    #[must_use]
    pub fn place(&self, network: Network) -> Place {
        match self {
            Self::Embedded(database) => database.place(network),
            Self::File(file) => file.current().place(network),
            Self::Fixed(place) => place.clone(),
            Self::Off => Place::UNKNOWN,
        }
    }

    /// Follows the file's changes until the future is dropped; ends at once where there is no
    /// file. Meant to be spawned once beside the server.
    pub async fn watch(self: Arc<Self>) {
        if !matches!(*self, Self::File(_)) {
            return;
        }
        let mut ticks = tokio::time::interval(watch::INTERVAL);
        loop {
            ticks.tick().await;
            let geo = Arc::clone(&self);
            let look = move || {
                if let Self::File(file) = &*geo {
                    file.look()
                }
            };
            if let Err(error) = tokio::task::spawn_blocking(look).await {
                tracing::error!(%error, "the country database could not be looked at");
            }
        }
    }
}

/// The kind of source and its file; databases are too long to print.
impl fmt::Debug for Geo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded(_) => f.write_str("Embedded"),
            Self::File(file) => f.debug_tuple("File").field(&file.path()).finish(),
            Self::Fixed(place) => f.debug_tuple("Fixed").field(place).finish(),
            Self::Off => f.write_str("Off"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn network(address: &str) -> Network {
        ClientAddress::direct(address.parse::<IpAddr>().unwrap()).network()
    }

    #[test]
    fn the_embedded_database_knows_countries_of_both_families() {
        let geo = Geo::open(&GeoipDb::Embedded).unwrap();
        let country = |address| geo.place(network(address)).country;
        assert_eq!(country("193.252.19.3").as_deref(), Some("FR"));
        assert_eq!(country("2a01:cb00::1").as_deref(), Some("FR"));
        assert_eq!(country("::ffff:193.252.19.3").as_deref(), Some("FR"));
        assert_eq!(country("127.0.0.1"), None);
        assert_eq!(country("fd00::1"), None);
    }

    #[test]
    fn off_and_fixed_look_nothing_up() {
        let off = Geo::open(&GeoipDb::Off).unwrap();
        assert_eq!(off.place(network("193.252.19.3")), Place::UNKNOWN);
        let texas = Place::parse("US-TX").unwrap();
        assert_eq!(Geo::Fixed(texas.clone()).place(network("193.252.19.3")), texas);
    }

    #[test]
    fn a_file_that_is_no_database_stops_the_start_in_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let letter = folder.path().join("letter.mmdb");
        std::fs::write(&letter, "Dear customer").unwrap();
        for (path, problem) in
            [(letter, "not a MaxMind DB"), (folder.path().join("none.mmdb"), "No such file")]
        {
            let error = Geo::open(&GeoipDb::File(path)).err().unwrap().to_string();
            assert!(error.starts_with("OUINON_GEOIP_DB is \"/"), "{error}");
            assert!(error.contains(problem) && error.ends_with('.'), "{error}");
        }
    }
}
