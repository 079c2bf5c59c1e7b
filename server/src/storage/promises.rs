//! What the database promises about a commit: looked at when a server starts and whenever it is
//! asked whether it is ready. What would break invariant I7 (no 2xx before the commit is durable)
//! is refused; what an operator should know is said.

use super::{Storage, dialect};
use crate::error::Error;
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use serde_json::{Value, json};

/// The settings that say when a commit is safe, as they hold for this server's sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Promises {
    /// PostgreSQL.
    Postgres {
        /// In recovery: it follows another one, and takes no writes.
        replica: bool,
        /// A commit is on disk.
        fsync: bool,
        /// Pages torn by a power cut are repaired.
        full_page_writes: bool,
        /// What a commit waits for; Ouinon asks for `on`.
        synchronous_commit: String,
        /// `synchronous_standby_names`: who confirms a commit; empty where nobody does.
        standbys: String,
    },
    /// SQLite, opened by Ouinon with its own settings.
    Sqlite {
        /// `wal`.
        journal_mode: String,
        /// 2: full.
        synchronous: i64,
    },
}

impl Promises {
    /// Asks the database.
    pub async fn of(storage: &Storage) -> Result<Self, Error> {
        let db = &storage.db();
        let statement = dialect::promises(db.get_database_backend());
        let row = db.query_one_raw(statement).await?;
        let row = row.ok_or_else(|| Error::Unavailable("no answer about settings".into()))?;
        Ok(if storage.is_sqlite() { Self::sqlite(&row) } else { Self::postgres(&row) }?)
    }

    fn sqlite(row: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self::Sqlite {
            journal_mode: row.try_get("", "journal_mode")?,
            synchronous: row.try_get("", "synchronous")?,
        })
    }

    fn postgres(row: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self::Postgres {
            replica: row.try_get("", "replica")?,
            fsync: row.try_get("", "fsync")?,
            full_page_writes: row.try_get("", "full_page_writes")?,
            synchronous_commit: row.try_get("", "synchronous_commit")?,
            standbys: row.try_get("", "standbys")?,
        })
    }

    /// Why nothing may be acknowledged on this database, and what to do.
    pub fn refusal(&self) -> Option<String> {
        let why = match self {
            Self::Postgres { replica: true, .. } => {
                "this PostgreSQL is a replica (in recovery), and Ouinon reads and writes on the \
                 primary only; name the primary, or promote this one"
            }
            Self::Postgres { fsync: false, .. } => {
                "this PostgreSQL runs with fsync=off, so a crash of its machine would lose records \
                 that were acknowledged; set fsync=on there"
            }
            Self::Postgres { full_page_writes: false, .. } => {
                "this PostgreSQL runs with full_page_writes=off, so a crash of its machine could \
                 tear pages with records that were acknowledged; set full_page_writes=on there"
            }
            Self::Postgres { synchronous_commit, .. } if synchronous_commit == "off" => {
                "synchronous_commit is off, although Ouinon asks for `on` with each connection, so \
                 a crash would lose records that were acknowledged; connect without the pooler \
                 that drops start-up options, or set synchronous_commit=on for this database"
            }
            Self::Sqlite { journal_mode, synchronous }
                if journal_mode != "wal" || *synchronous < 2 =>
            {
                "SQLite did not take journal_mode=WAL with synchronous=FULL, so a crash could lose \
                 records that were acknowledged; put the file on a local disk"
            }
            _ => return None,
        };
        Some(format!("DATABASE_URL: {why}"))
    }

    /// Says in the log what a failover would mean.
    pub fn announce(&self) {
        let Self::Postgres { standbys, synchronous_commit, .. } = self else { return };
        match (standbys.as_str(), synchronous_commit.as_str()) {
            ("", _) => tracing::warn!(
                "no synchronous standby: a failover of PostgreSQL can lose acknowledged records and \
                 answer from before them; deploy/RUNBOOK.md, \"Failover of PostgreSQL\", says what to set"
            ),
            (_, "local" | "remote_write") => tracing::warn!(
                standbys,
                synchronous_commit,
                "synchronous standbys are named, but commits do not wait until they have written: a \
                 failover can lose acknowledged records; set synchronous_commit=on"
            ),
            _ => tracing::info!(standbys, "each commit waits for synchronous standbys"),
        }
    }

    /// As `/readyz` shows it.
    pub fn shape(&self) -> Value {
        match self {
            Self::Postgres { replica, fsync, full_page_writes, synchronous_commit, standbys } => {
                json!({
                    "primary": !replica, "fsync": fsync, "full_page_writes": full_page_writes,
                    "synchronous_commit": synchronous_commit, "synchronous_standbys": standbys,
                })
            }
            Self::Sqlite { journal_mode, synchronous } => {
                json!({ "journal_mode": journal_mode, "synchronous": synchronous })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postgres(settings: [bool; 3], commit: &str) -> Promises {
        let [replica, fsync, full_page_writes] = settings;
        let synchronous_commit = commit.to_owned();
        let standbys = String::new();
        Promises::Postgres { replica, fsync, full_page_writes, synchronous_commit, standbys }
    }

    fn sqlite(journal_mode: &str, synchronous: i64) -> Promises {
        Promises::Sqlite { journal_mode: journal_mode.to_owned(), synchronous }
    }

    #[test]
    fn what_could_lose_an_acknowledged_record_is_refused() {
        let durable = [false, true, true];
        for fine in ["local", "remote_write", "on", "remote_apply"] {
            assert_eq!(postgres(durable, fine).refusal(), None, "{fine}");
        }
        assert_eq!(sqlite("wal", 2).refusal(), None);
        for (promises, word) in [
            (postgres([true, true, true], "on"), "replica"),
            (postgres([false, false, true], "on"), "fsync=off"),
            (postgres([false, true, false], "on"), "full_page_writes=off"),
            (postgres(durable, "off"), "synchronous_commit is off"),
            (sqlite("delete", 2), "journal_mode=WAL"),
            (sqlite("wal", 1), "synchronous=FULL"),
        ] {
            let sentence = promises.refusal().unwrap();
            assert!(
                sentence.starts_with("DATABASE_URL: ") && sentence.contains(word),
                "{sentence}"
            );
        }
    }
}
