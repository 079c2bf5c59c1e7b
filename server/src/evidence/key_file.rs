//! The secret key file: the seed of the receipts' key on the first line, the seed of the logs' keys
//! on the second (`log SEED`), each 32 bytes as base64url. Made with mode 0600 where there is none.

use crate::random::random_bytes;
use ouinon_domain::canonical::{base64url, from_base64url};
use ouinon_domain::leaf::hmac_sha256;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const SETTING: &str = "OUINON_SIGNING_KEY_FILE";

fn failed(path: &Path, what: &str, error: &dyn std::fmt::Display) -> String {
    format!("{SETTING}: {} cannot be {what}: {error}", path.display())
}

/// The secrets of an installation.
pub struct Seeds {
    /// Signs receipts.
    pub receipts: [u8; 32],
    /// Signs checkpoints and registers; a key of its own, so that rotating one leaves the other.
    pub log: [u8; 32],
}

impl Seeds {
    /// Reads the file. Failures are sentences that name the setting.
    pub fn load(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| failed(path, "read", &error))?;
        Self::parse(&text).ok_or_else(|| {
            format!(
                "{SETTING}: {} does not hold an Ed25519 key: 32 bytes as 43 characters of \
                 base64url",
                path.display()
            )
        })
    }

    /// Reads the file, making it where it is missing.
    pub fn load_or_make(path: &Path) -> Result<Self, String> {
        if path.try_exists().map_err(|error| failed(path, "read", &error))? {
            return Self::load(path);
        }
        let seeds = Self::random().map_err(|error| failed(path, "made", &error))?;
        seeds.write(path).map_err(|error| failed(path, "made", &error))?;
        Ok(seeds)
    }

    /// The same logs' seed with a new one for receipts.
    pub fn rotated(&self) -> Result<Self, String> {
        let receipts = random_bytes().map_err(|error| format!("no randomness: {error}"))?;
        Ok(Self { receipts, log: self.log })
    }

    /// Writes the seeds beside the file, to replace it with [`Prepared::replace`]: what can fail
    /// fails before anything depends on it.
    pub fn prepare(&self, path: &Path) -> Result<Prepared, String> {
        let beside = path.with_extension("new");
        let cleared = match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
        let written = cleared.and_then(|()| self.write(&beside));
        let failed = |error| format!("{SETTING}: {} cannot be made: {error}", beside.display());
        written.map_err(failed)?;
        Ok(Prepared { beside, path: path.to_owned() })
    }

    fn random() -> Result<Self, getrandom::Error> {
        Ok(Self { receipts: random_bytes()?, log: random_bytes()? })
    }

    /// A file of one line is the receipts' key alone; the logs' is derived from it.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let receipts = from_base64url(lines.next()?)?;
        let log = match lines.next() {
            Some(line) => from_base64url(line.strip_prefix("log ")?.trim())?,
            None => hmac_sha256(&receipts, &[b"ouinon/log/v1"]),
        };
        Some(Self { receipts, log })
    }

    fn write(&self, path: &Path) -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let text = format!("{}\nlog {}\n", base64url(&self.receipts), base64url(&self.log));
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }
}

/// A new key file, on disk beside the old one.
pub struct Prepared {
    beside: PathBuf,
    path: PathBuf,
}

impl Prepared {
    /// Puts it in the place of the old one.
    pub fn replace(self) -> Result<(), String> {
        let failed =
            |error| format!("{SETTING}: {} cannot be replaced: {error}", self.path.display());
        std::fs::rename(&self.beside, &self.path).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotating_replaces_the_receipts_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.key");
        let made = Seeds::load_or_make(&path).unwrap();
        let rotated = made.rotated().unwrap();
        rotated.prepare(&path).unwrap();
        rotated.prepare(&path).unwrap().replace().unwrap();
        let read = Seeds::load_or_make(&path).unwrap();
        assert_ne!(made.receipts, rotated.receipts);
        assert_eq!((read.receipts, read.log), (rotated.receipts, made.log));
    }

    #[test]
    fn one_line_is_enough_and_anything_else_is_refused() {
        let line = base64url(&[7; 32]);
        let one = Seeds::parse(&line).unwrap();
        assert_eq!(one.receipts, [7; 32]);
        assert_ne!(one.log, one.receipts);
        for wrong in ["", "short", &format!("{line}\nother"), &format!("{line}\nlog x")] {
            assert!(Seeds::parse(wrong).is_none(), "{wrong}");
        }
    }
}
