//! `OUINON_SIGNING_KEY_FILE`: where the installation's secret keys live. A path only; nothing is
//! read or made here.

use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::sources::{Given, Name};

/// The setting's names.
pub const NAME: Name = Name { env: "OUINON_SIGNING_KEY_FILE", key: "signing_key_file" };

/// The key file's default name, beside the SQLite file or in the working folder.
pub const DEFAULT: &str = "ouinon-signing.key";

/// `folder` is where the database's file lives.
pub(super) fn parse(given: Option<&Given>, folder: &Path) -> Result<PathBuf, ConfigError> {
    match given {
        Some(given) if given.value.ends_with('/') => {
            Err(given.wrong("the path of a file, not of a folder"))
        }
        Some(given) => Ok(PathBuf::from(&given.value)),
        None => Ok(folder.join(DEFAULT)),
    }
}
