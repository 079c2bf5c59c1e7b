//! `ouinon migrate up|down|status`

use super::open::open;
use super::{Failure, print};
use crate::app;
use crate::config::Config;
use clap::{Args, Subcommand};
use ouinon_migrations::{Migrator, MigratorTrait};
use serde_json::json;

/// Migrations alone.
#[derive(Args)]
pub struct Migrate {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Apply all that are pending.
    Up,
    /// Take back the last ones. Data in what they made is lost.
    Down {
        /// How many.
        #[arg(long, default_value_t = 1)]
        steps: u32,
    },
    /// Say which are applied and which are pending.
    Status {
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

impl Migrate {
    /// Does it.
    pub async fn run(self, config: Config) -> Result<(), Failure> {
        let storage = open(&config).await?;
        let db = &storage.db();
        let failed = |error| Failure(format!("a migration failed: {error}"));
        match self.action {
            Action::Up => app::migrate_up(&config, &storage).await?,
            Action::Down { steps } => Migrator::down(db, Some(steps)).await.map_err(failed)?,
            Action::Status { json } => {
                let names = |list: Vec<sea_orm_migration::Migration>| {
                    list.iter().map(|one| one.name().to_owned()).collect::<Vec<_>>()
                };
                let applied = names(Migrator::get_applied_migrations(db).await.map_err(failed)?);
                let pending = names(Migrator::get_pending_migrations(db).await.map_err(failed)?);
                if json {
                    return print(json!({ "applied": applied, "pending": pending }));
                }
                for name in applied {
                    print(format!("applied  {name}"))?;
                }
                for name in pending {
                    print(format!("pending  {name}"))?;
                }
            }
        }
        Ok(())
    }
}
