//! What a decision reads has its record's place in the log beside it, and the two tables that the
//! sequencer moves leaves through grow at one end (PostgreSQL): a look-up and an insertion at random
//! in an index of all records cost more the more records there are.

use crate::columns::*;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.get_connection().execute_unprepared(ALONE).await?;
        }
        add_column(manager, "state", number_or_null("position")).await?;
        // A server of the version before writes neither: its record has another version.
        add_column(manager, "state", number_or_null("position_of")).await?;
        add_column(manager, "log_index", number("given_at").default(0).take()).await?;
        let statements = match manager.get_database_backend() {
            DbBackend::Postgres => BY_TIME,
            _ => &[GIVEN],
        };
        for statement in statements {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            for statement in BY_RECORD {
                manager.get_connection().execute_unprepared(statement).await?;
            }
        }
        drop_columns(manager, "log_index", &["given_at"]).await?;
        drop_columns(manager, "state", &["position_of", "position"]).await
    }
}

/// In the order in which the sequencer takes them, so that none of the version before waits in a circle.
const ALONE: &str = "lock table log_head, leaf_queue, log_index, state in access exclusive mode";

const GIVEN: &str = "update log_index set given_at = coalesce((select k.given_at from record_key k \
    where k.site = log_index.site and k.id = log_index.record), 0)";

const BY_TIME: &[&str] = &[
    "set local statement_timeout = 0",
    GIVEN,
    // Leaves that a server of the version before would place have to wait for one that knows their time.
    "alter table log_index alter column given_at drop default",
    "alter table log_index drop constraint log_index_pkey, add primary key (site, given_at, record)",
    "drop index leaf_queue_by_time",
    "alter table leaf_queue drop constraint leaf_queue_pkey, add primary key (site, queued_at, record)",
    // Room in each page for the row that has its place, so that no index has to know of it.
    "alter table state set (fillfactor = 50)",
];

const BY_RECORD: &[&str] = &[
    "set local statement_timeout = 0",
    "alter table state reset (fillfactor)",
    "alter table leaf_queue drop constraint leaf_queue_pkey, add primary key (site, record)",
    "create index leaf_queue_by_time on leaf_queue (site, queued_at, record)",
    "alter table log_index drop constraint log_index_pkey, add primary key (site, record)",
];
