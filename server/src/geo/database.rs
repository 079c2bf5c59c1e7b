//! One country or city database in memory, in any of the layouts that are in use. Rows that cannot
//! be understood are unknown places, never errors.

use std::borrow::Cow;
use std::net::IpAddr;

use maxminddb::{LookupResult, Reader, WithinOptions, path};
use ouinon_domain::regime::Place;

use super::address::Network;

/// How many rows are looked at to see whether a database speaks of countries at all.
const SAMPLE: usize = 1000;

/// Why a database cannot be used; finishes the sentence "…, but".
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The bytes are something else.
    #[error("that is not a MaxMind DB file")]
    NotADatabase(#[source] maxminddb::MaxMindDbError),
    /// For instance a database of networks' owners.
    #[error("that database tells no countries")]
    NoCountries,
    /// The file itself.
    #[error("that file cannot be read: {0}")]
    Io(#[from] std::io::Error),
}

/// A database that was read whole.
pub struct CountryDb(Reader<Cow<'static, [u8]>>);

impl CountryDb {
    pub(super) fn parse(bytes: Cow<'static, [u8]>) -> Result<Self, DatabaseError> {
        let reader = Reader::from_source(bytes).map_err(DatabaseError::NotADatabase)?;
        let rows = reader.networks(WithinOptions::default());
        let mut rows = rows.map_err(DatabaseError::NotADatabase)?.take(SAMPLE);
        let tells = rows.any(|row| row.is_ok_and(|row| country(&row).is_some()));
        if tells { Ok(Self(reader)) } else { Err(DatabaseError::NoCountries) }
    }

    pub(super) fn place(&self, network: Network) -> Place {
        self.look_up(network.address()).unwrap_or_default()
    }

    fn look_up(&self, address: IpAddr) -> Option<Place> {
        let row = self.0.lookup(address).ok()?;
        let country = country(&row)?;
        let region = row.decode_path(&path!["subdivisions", 0, "iso_code"]);
        let region: Option<&str> = region.unwrap_or_default();
        let with_region = region.and_then(|code| Place::parse(&format!("{country}-{code}")).ok());
        with_region.or_else(|| Place::parse(country).ok())
    }
}

/// The ISO code where the layouts in use keep it: flat, or as MaxMind nests it.
fn country<'a>(row: &LookupResult<'a, Cow<'static, [u8]>>) -> Option<&'a str> {
    let flat = || row.decode_path(&path!["country_code"]).ok().flatten();
    let nested = || row.decode_path(&path!["country", "iso_code"]).ok().flatten();
    nested().or_else(flat)
}
