//! `DATABASE_URL`: which database holds the records. It opens nothing but may look whether a
//! SQLite file could be opened, to say so in a sentence.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use super::error::ConfigError;
use super::redacted::SecretUrl;
use super::sources::{Given, Name};

/// The setting's names.
pub const NAME: Name = Name { env: "DATABASE_URL", key: "database_url" };

/// Used where nothing is set: one file in the working folder.
const DEFAULT_FILE: &str = "ouinon.db";

const EXPECTED: &str =
    "an address such as sqlite://ouinon.db or postgres://user:password@host/database";

/// Every SQLite file starts with these bytes.
const SQLITE_MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// The database that holds the records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// One file, opened by one server.
    Sqlite {
        /// As written: relative paths start at the working folder.
        path: PathBuf,
    },
    /// A PostgreSQL server, shared by any number of servers.
    Postgres {
        /// `postgres://…` with everything the driver needs.
        url: SecretUrl,
    },
}

impl Database {
    pub(super) fn parse(given: Option<&Given>) -> Result<Self, ConfigError> {
        let Some(given) = given else { return Ok(sqlite_file(DEFAULT_FILE)) };
        let value = given.value.as_str();
        if let Some(rest) = value.strip_prefix("sqlite:") {
            return parse_sqlite(given, rest.strip_prefix("//").unwrap_or(rest));
        }
        let url = url::Url::parse(value).map_err(|_| given.wrong(EXPECTED))?;
        let named = url.path().len() > 1 && url.has_host() || url.query().is_some();
        match url.scheme() {
            "postgres" | "postgresql" if named => {
                Ok(Self::Postgres { url: SecretUrl::new(value) })
            }
            "postgres" | "postgresql" => {
                Err(given.wrong("an address that names a host and a database, such as postgres://user:password@host/database"))
            }
            _ => Err(given.wrong(EXPECTED)),
        }
    }

    /// The folder of the SQLite file; the working folder (empty path) with PostgreSQL.
    #[must_use]
    pub fn folder(&self) -> &Path {
        match self {
            Self::Sqlite { path } => path.parent().unwrap_or(Path::new("")),
            Self::Postgres { .. } => Path::new(""),
        }
    }

    /// Looks whether a SQLite file could be opened or made; PostgreSQL is asked by connecting.
    ///
    /// # Errors
    /// The folder is missing, the file is a folder, not readable, not writable or no database.
    pub fn check(&self) -> Result<(), ConfigError> {
        let Self::Sqlite { path } = self else { return Ok(()) };
        let unusable = |problem: String| ConfigError::Unusable {
            setting: NAME.env.to_owned(),
            value: format!("sqlite://{}", path.display()),
            problem,
        };
        let folder = self.folder();
        if !folder.as_os_str().is_empty() && !folder.is_dir() {
            return Err(unusable(format!("the folder {} does not exist", folder.display())));
        }
        if path.is_dir() {
            return Err(unusable("that is a folder, not a file".to_owned()));
        }
        match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) if is_sqlite(&file) => Ok(()),
            Ok(_) => Err(unusable("that file is not an SQLite database".to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(unusable(format!(
                "that file cannot be opened for reading and writing: {error}"
            ))),
        }
    }
}

fn sqlite_file(path: impl Into<PathBuf>) -> Database {
    Database::Sqlite { path: path.into() }
}

fn parse_sqlite(given: &Given, rest: &str) -> Result<Database, ConfigError> {
    let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    if !matches!(parameters, "" | "mode=rwc") {
        return Err(
            given.wrong("sqlite:// and a path without parameters, which Ouinon sets itself")
        );
    }
    if path.is_empty() || path.contains(":memory:") {
        return Err(given
            .wrong("sqlite:// and the path of a file, because records must outlive the server"));
    }
    let decoded = percent_decode_str(path).decode_utf8().map_err(|_| given.wrong(EXPECTED))?;
    Ok(sqlite_file(decoded.into_owned()))
}

/// A new, still empty file counts.
fn is_sqlite(file: &File) -> bool {
    let mut head = Vec::with_capacity(SQLITE_MAGIC.len());
    match file.take(SQLITE_MAGIC.len() as u64).read_to_end(&mut head) {
        Ok(0) => true,
        Ok(_) => head == SQLITE_MAGIC,
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> Result<Database, ConfigError> {
        let setting = NAME.env.to_owned();
        Database::parse(Some(&Given { setting, value: value.to_owned() }))
    }

    #[test]
    fn both_spellings_of_a_file_and_both_of_postgres() {
        for value in ["sqlite://a%20b.db", "sqlite:a b.db", "sqlite://a b.db?mode=rwc"] {
            assert_eq!(parse(value).unwrap(), sqlite_file("a b.db"));
        }
        assert_eq!(parse("sqlite:///var/lib/o.db").unwrap().folder(), Path::new("/var/lib"));
        assert_eq!(Database::parse(None).unwrap(), parse("sqlite://ouinon.db").unwrap());
        for value in ["postgres://u@h/d", "postgresql:///d?host=/run/postgresql"] {
            assert!(matches!(parse(value).unwrap(), Database::Postgres { .. }), "{value}");
        }
    }

    #[test]
    fn what_cannot_keep_records_is_refused_in_a_sentence() {
        for (value, reason) in [
            ("mysql://h/d", "an address such as"),
            ("ouinon.db", "an address such as"),
            ("postgres://h", "names a host and a database"),
            ("sqlite::memory:", "must outlive"),
            ("sqlite://", "must outlive"),
            ("sqlite://o.db?cache=shared", "without parameters"),
        ] {
            let sentence = parse(value).unwrap_err().to_string();
            assert!(sentence.starts_with(&format!("DATABASE_URL is {value:?}")), "{sentence}");
            assert!(sentence.contains(reason), "{sentence}");
        }
        let sentence = parse("postgres//u:hunter2@h/d").unwrap_err().to_string();
        assert!(!sentence.contains("hunter2"), "{sentence}");
    }

    #[test]
    fn a_file_that_cannot_be_the_database_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| sqlite_file(folder.path().join(name)).check();
        at("not-yet.db").unwrap();
        std::fs::write(folder.path().join("empty.db"), "").unwrap();
        at("empty.db").unwrap();
        std::fs::write(folder.path().join("real.db"), b"SQLite format 3\0rest").unwrap();
        at("real.db").unwrap();
        std::fs::write(folder.path().join("letter.txt"), "Dear customer, hello").unwrap();
        for (name, problem) in [
            ("letter.txt", "not an SQLite database"),
            ("missing/o.db", "does not exist"),
            ("", "a folder, not a file"),
        ] {
            let sentence = at(name).unwrap_err().to_string();
            assert!(sentence.starts_with("DATABASE_URL is \"sqlite:///"), "{sentence}");
            assert!(sentence.contains(problem), "{sentence}");
        }
    }
}
