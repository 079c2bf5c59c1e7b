//! One server per SQLite file: an operating-system lock on a file beside it, held while serving.
//! Commands that only read or change settings work beside a running server and do not take it.

use crate::config::Database;
use std::fs::{File, OpenOptions, TryLockError};

/// Held while the server runs; the system releases it when the process ends, however it ends.
#[derive(Debug)]
pub struct ServeLock(#[expect(dead_code, reason = "held, not read")] Option<File>);

/// Takes the lock, or says in a sentence why it cannot.
pub fn take(database: &Database) -> Result<ServeLock, String> {
    let Some(file) = beside(database, ".lock")? else { return Ok(ServeLock(None)) };
    match file.try_lock() {
        Ok(()) => Ok(ServeLock(Some(file))),
        Err(TryLockError::WouldBlock) => Err(format!(
            "another `ouinon serve` already uses {}; stop it first, or use PostgreSQL to run several",
            shown(database)
        )),
        Err(TryLockError::Error(error)) => Err(format!("the database cannot be locked: {error}")),
    }
}

/// Waits until no other command applies migrations to this SQLite file.
pub fn migrating(database: &Database) -> Result<Option<File>, String> {
    let file = beside(database, ".migrating")?;
    if let Some(file) = &file {
        file.lock().map_err(|error| format!("the database cannot be locked: {error}"))?;
    }
    Ok(file)
}

/// A file beside the SQLite file, to hold a lock on.
fn beside(database: &Database, ending: &str) -> Result<Option<File>, String> {
    let Database::Sqlite { path } = database else { return Ok(None) };
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&name);
    opened
        .map(Some)
        .map_err(|error| format!("cannot open the lock file {}: {error}", name.display()))
}

fn shown(database: &Database) -> String {
    match database {
        Database::Sqlite { path } => path.display().to_string(),
        Database::Postgres { url } => url.to_string(),
    }
}
