//! Copies of a database that nobody uses meanwhile, to be changed one way or another.

use std::sync::atomic::{AtomicU32, Ordering};

use ouinon_server::config::{Config, Database};
use ouinon_server::storage::Storage;
use sea_orm::ConnectionTrait;

use super::app::Ground;
use super::postgres::TestDatabase;

/// A copy; SQLite's goes with the folder of its original.
pub struct Copy {
    pub storage: Storage,
    _database: Option<TestDatabase<'static>>,
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
        let config = match (original, &database) {
            (Database::Sqlite { path: file }, None) => {
                let storage = Storage::open(original).await.unwrap();
                storage.db().execute_unprepared("pragma wal_checkpoint(truncate)").await.unwrap();
                storage.db().clone().close().await.unwrap();
                let count = COUNT.fetch_add(1, Ordering::Relaxed);
                let copy = file.with_extension(format!("copy{count}"));
                std::fs::copy(file, &copy).unwrap();
                Database::Sqlite { path: copy }
            }
            (_, database) => {
                let url = database.as_ref().unwrap().url();
                let read = |name: &str| (name == "DATABASE_URL").then(|| url.clone());
                Config::from_sources(read, None).unwrap().database
            }
        };
        let storage = Storage::open(&config).await.unwrap();
        Self { storage, _database: database }
    }
}
