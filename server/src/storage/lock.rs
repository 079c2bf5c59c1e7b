//! One server per SQLite file: an operating-system lock on a file beside it, held while serving.
//! Commands that only read or change settings work beside a running server and do not take it.

use crate::config::Database;
use std::fs::{File, OpenOptions, TryLockError};

/// Held while the server runs; the system releases it when the process ends, however it ends.
#[derive(Debug)]
pub struct ServeLock(#[expect(dead_code, reason = "held, not read")] Option<File>);

/// Takes the lock, or says in a sentence why it cannot.
pub fn take(database: &Database) -> Result<ServeLock, String> {
    let Database::Sqlite { path } = database else { return Ok(ServeLock(None)) };
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(|error| format!("cannot open the lock file {}: {error}", name.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(ServeLock(Some(file))),
        Err(TryLockError::WouldBlock) => Err(format!(
            "another `ouinon serve` already uses {}; stop it first, or use PostgreSQL to run several",
            path.display()
        )),
        Err(TryLockError::Error(error)) => Err(format!("cannot lock {}: {error}", name.display())),
    }
}
