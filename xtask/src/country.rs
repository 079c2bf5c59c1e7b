//! The country database: a CC0 table of address ranges, from npm, put where the server embeds it.

use std::fs;
use std::path::Path;

use crate::npm;
use crate::step::Outcome;

const PACKAGED: &str =
    "node_modules/@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb";

/// Puts the pinned database at `server/data/country.mmdb`, unless this very one is there.
pub fn fetch(root: &Path) -> Outcome {
    let folder = root.join("server/data");
    npm::install(&folder)?;
    let packaged = fs::read(folder.join(PACKAGED))?;
    let target = folder.join("country.mmdb");
    if fs::read(&target).is_ok_and(|present| present == packaged) {
        return Ok(());
    }
    // A copy that was cut short must not look like a whole one.
    let partial = folder.join("country.mmdb.part");
    fs::write(&partial, &packaged)?;
    Ok(fs::rename(&partial, &target)?)
}
