//! Opening the database and the key file. The commands that begin an installation make them; all
//! others work on what somebody made: a mistyped setting must not leave an empty database and a key
//! behind, nor be answered from them.

use super::{Context, Failure};
use crate::app;
use crate::clock::Clock;
use crate::config::{Config, Database};
use crate::error::Error;
use crate::evidence::key_file::Seeds;
use crate::storage::Storage;
use sea_orm_migration::SchemaManager;

/// Opens the database, making the file where SQLite has none.
pub async fn open(config: &Config) -> Result<Storage, Failure> {
    config.database.check().map_err(|error| error.to_string())?;
    Ok(app::open(config).await?)
}

/// Opens database and key file as they are; makes neither.
pub async fn existing(config: &Config) -> Result<(Storage, Seeds), Failure> {
    if let Database::Sqlite { path } = &config.database
        && !path.exists()
    {
        return Err(Failure(format!("DATABASE_URL: there is no database {}", path.display())));
    }
    let seeds = Seeds::load(&config.signing_key)?;
    Ok((open(config).await?, seeds))
}

/// For a command on what there is: the database of an installation, brought up to date.
pub async fn installed(config: Config) -> Result<Context, Failure> {
    let (storage, _) = existing(&config).await?;
    let found = SchemaManager::new(&storage.db()).has_table("site").await;
    if !found.map_err(Error::from)? {
        let why = "DATABASE_URL: the database holds nothing of Ouinon yet; name the one that \
                   `ouinon serve` uses, or begin with `ouinon site create`";
        return Err(Failure(why.into()));
    }
    up_to_date(config, storage).await
}

/// For a command that may be the first one ever: database, tables and keys are made where missing.
pub async fn prepared(config: Config) -> Result<Context, Failure> {
    let storage = open(&config).await?;
    up_to_date(config, storage).await
}

async fn up_to_date(config: Config, storage: Storage) -> Result<Context, Failure> {
    app::durable(&storage).await?;
    app::migrate_up(&config, &storage).await?;
    let clock = Clock::System;
    let (_, keys) = app::keys(&config, &storage, &clock).await?;
    Ok(Context { config, storage, clock, keys })
}
