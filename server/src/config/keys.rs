//! `OUINON_SIGNING_KEY_FILE` and `OUINON_WITNESS`: where the receipts' key lives and where
//! checkpoints are kept a second time. Paths only; nothing is read or made here.

use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::sources::{Given, Name};

/// Names of the key file's setting.
pub const SIGNING_KEY_FILE: Name = Name { env: "OUINON_SIGNING_KEY_FILE", key: "signing_key_file" };

/// Names of the witness folder's setting.
pub const WITNESS: Name = Name { env: "OUINON_WITNESS", key: "witness" };

/// The key file's default name, beside the SQLite file or in the working folder.
pub const DEFAULT_KEY_FILE: &str = "ouinon-signing.key";

/// The witness folder's default name, beside the key file.
pub const DEFAULT_WITNESS: &str = "ouinon-witness";

/// Where secrets and the second memory of the log are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFiles {
    /// The Ed25519 key that signs receipts; made on first start where missing.
    pub signing_key: PathBuf,
    /// The folder that also keeps checkpoints; best on another machine.
    pub witness: PathBuf,
}

impl KeyFiles {
    /// `folder` is where the database's file lives.
    pub(super) fn parse(
        signing_key: Option<&Given>,
        witness: Option<&Given>,
        folder: &Path,
    ) -> Result<Self, ConfigError> {
        let signing_key = match signing_key {
            Some(given) if given.value.ends_with('/') => {
                return Err(given.wrong("the path of a file, not of a folder"));
            }
            Some(given) => PathBuf::from(&given.value),
            None => folder.join(DEFAULT_KEY_FILE),
        };
        let witness = match witness {
            Some(given) if given.value.contains("://") => {
                return Err(given.wrong("the path of a folder, not an address"));
            }
            Some(given) => PathBuf::from(&given.value),
            None => signing_key.with_file_name(DEFAULT_WITNESS),
        };
        Ok(Self { signing_key, witness })
    }
}
