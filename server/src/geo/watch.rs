//! A database on disk that its owner replaces now and then: noticed, read, swapped in. A new file
//! that is broken is said once and the old data stays.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::{ArcSwap, Guard};

use super::database::{CountryDb, DatabaseError};

/// How often the file is looked at.
pub(super) const INTERVAL: Duration = Duration::from_secs(2);

/// What tells one version of a file from the next without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

/// The file and the last good data from it.
pub struct WatchedFile {
    path: PathBuf,
    data: ArcSwap<CountryDb>,
    /// The version read last, good or not; `None` after the file could not be found.
    seen: Mutex<Option<Version>>,
}

impl WatchedFile {
    pub(super) fn open(path: &Path) -> Result<Self, DatabaseError> {
        let version = version(path)?;
        let data = ArcSwap::from_pointee(read(path)?);
        Ok(Self { path: path.to_owned(), data, seen: Mutex::new(Some(version)) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn current(&self) -> Guard<Arc<CountryDb>> {
        self.data.load()
    }

    /// Reads the file if it is another one than last time. Blocks while reading.
    pub(super) fn look(&self) {
        let now = version(&self.path).ok();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == now {
            return;
        }
        *seen = now;
        match read(&self.path) {
            Ok(database) => {
                self.data.store(Arc::new(database));
                tracing::info!(path = %self.path.display(), "the country database was replaced");
            }
            Err(problem) => tracing::warn!(
                path = %self.path.display(), %problem,
                "the country database changed and cannot be used; the one before stays"
            ),
        }
    }
}

fn read(path: &Path) -> Result<CountryDb, DatabaseError> {
    CountryDb::parse(std::fs::read(path)?.into())
}

/// Taken before reading, so that a file that changes meanwhile is read again.
fn version(path: &Path) -> std::io::Result<Version> {
    let file = std::fs::metadata(path)?;
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&file);
    #[cfg(not(unix))]
    let inode = 0;
    Ok(Version { modified: file.modified().ok(), length: file.len(), inode })
}
