//! What the witness holds of a site.

use ouinon_domain::ids::SiteId;
use std::io::ErrorKind;
use std::path::Path;

/// The checkpoint in the witness's folder; `None` where it has none. The error is a sentence.
pub fn checkpoint(folder: &Path, site: &SiteId) -> Result<Option<String>, String> {
    let path = folder.join(site.as_str()).join("checkpoint");
    match std::fs::read_to_string(&path) {
        Ok(note) => Ok(Some(note)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("the witness {} cannot be read: {error}", path.display())),
    }
}
