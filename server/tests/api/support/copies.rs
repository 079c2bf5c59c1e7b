//! Copies of a database that nobody uses meanwhile, to be changed one way or another.

use std::sync::atomic::{AtomicU32, Ordering};

use ouinon_server::config::{Config, Database};
use ouinon_server::storage::Storage;
use sea_orm::ConnectionTrait;

use super::app::Ground;
use super::postgres::TestDatabase;

/// A copy, gone with this.
pub struct Copy {
    pub storage: Storage,
    path: Option<std::path::PathBuf>,
    database: Option<TestDatabase<'static>>,
}

impl Ground {
    /// A copy of the database; its servers have stopped.
    pub async fn copy(&self) -> Copy {
        Copy::of(&self.config(&[]).database, self.database.as_ref()).await
    }
}

impl Copy {
    async fn of(original: &Database, database: Option<&TestDatabase<'static>>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let database = database.map(TestDatabase::copy);
        let mut path = None;
        let config = match (original, &database) {
            (Database::Sqlite { path: file }, None) => {
                let storage = Storage::open(original).await.unwrap();
                storage.db().execute_unprepared("pragma wal_checkpoint(truncate)").await.unwrap();
                storage.db().clone().close().await.unwrap();
                let count = COUNT.fetch_add(1, Ordering::Relaxed);
                let copy = file.with_extension(format!("copy{count}"));
                std::fs::copy(file, &copy).unwrap();
                path = Some(copy.clone());
                Database::Sqlite { path: copy }
            }
            (_, database) => {
                let url = database.as_ref().unwrap().url();
                let read = |name: &str| (name == "DATABASE_URL").then(|| url.clone());
                Config::from_sources(read, None).unwrap().database
            }
        };
        let storage = Storage::open(&config).await.unwrap();
        Self { storage, path, database }
    }

    /// A copy of this copy, whose connections are closed first.
    pub async fn copy(&self) -> Self {
        self.storage.db().clone().close().await.unwrap();
        let path = self.path.clone().unwrap_or_default();
        Self::of(&Database::Sqlite { path }, self.database.as_ref()).await
    }

    /// Ends it.
    pub async fn end(self) {
        self.storage.db().clone().close().await.unwrap();
        if let Some(path) = &self.path {
            for ending in ["", "-wal", "-shm"] {
                let mut name = path.clone().into_os_string();
                name.push(ending);
                let _ = std::fs::remove_file(name);
            }
        }
    }
}
