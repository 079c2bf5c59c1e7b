//! What a decision reads has its record's place in the log beside it, and the two tables that the
//! sequencer moves leaves through grow at one end (PostgreSQL): a look-up and an insertion at random
//! in an index of all records cost more the more records there are.

use crate::columns::*;
use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on_postgres(manager, &[ALONE]).await?;
        add_column(manager, "state", number_or_null("position")).await?;
        // A server of the version before writes neither: its record has another version.
        add_column(manager, "state", number_or_null("position_of")).await?;
        add_column(manager, "log_index", number("given_at").default(0).take()).await?;
        on_postgres(manager, &[NO_HURRY]).await?;
        manager.get_connection().execute_unprepared(GIVEN).await?;
        on_postgres(manager, BY_TIME).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on_postgres(manager, &[NO_HURRY]).await?;
        on_postgres(manager, BY_RECORD).await?;
        drop_columns(manager, "log_index", &["given_at"]).await?;
        drop_columns(manager, "state", &["position_of", "position"]).await
    }
}

/// In the order in which the sequencer takes them, so that none of the version before waits in a circle.
const ALONE: &str = "lock table log_head, leaf_queue, log_index, state in access exclusive mode";

const NO_HURRY: &str = "set local statement_timeout = 0";

const GIVEN: &str = "update log_index set given_at = coalesce((select k.given_at from record_key k \
    where k.site = log_index.site and k.id = log_index.record), 0)";

const BY_TIME: &[&str] = &[
    // Leaves that a server of the version before would place have to wait for one that knows their time.
    "alter table log_index alter column given_at drop default",
    "alter table log_index drop constraint log_index_pkey, add primary key (site, given_at, record)",
    "drop index leaf_queue_by_time",
    "alter table leaf_queue drop constraint leaf_queue_pkey, add primary key (site, queued_at, record)",
    // Room in each page for the row that has its place, so that no index has to know of it.
    "alter table state set (fillfactor = 50)",
];

const BY_RECORD: &[&str] = &[
    "alter table state reset (fillfactor)",
    "alter table leaf_queue drop constraint leaf_queue_pkey, add primary key (site, record)",
    "create index leaf_queue_by_time on leaf_queue (site, queued_at, record)",
    "alter table log_index drop constraint log_index_pkey, add primary key (site, record)",
];
