//! The database schema as migrations, one change a file, each with its way back. The same for
//! PostgreSQL and SQLite; a file never changes after it landed.
//!
//! Conventions: `site` leads every key; times are microseconds since 1970 in UTC; hashes and
//! visitor ids are raw bytes; maps are JSON text.

pub use sea_orm_migration::prelude::MigratorTrait;
use sea_orm_migration::prelude::*;

mod columns;
mod m20261122_000001_create_sites;
mod m20261122_000002_create_records;
mod m20261122_000003_create_evidence;
mod m20261122_000004_create_keys;
mod m20261122_000005_create_users;
mod m20261122_000006_create_counters;
mod m20261122_000007_create_assets;
mod m20261122_000008_create_log;
mod m20261122_000010_partition_records;
mod m20261122_000011_create_retention;
mod m20261122_000020_add_browser_message;
mod m20261122_000040_index_erasures;
mod m20261122_000050_create_lease;
mod m20261123_000060_create_decisions;
mod m20261123_000061_keep_decisions;
mod m20261123_000062_count_in_groups;
mod m20261123_000063_append_first;
mod m20261123_000064_see_used_ids;
mod m20261123_000065_place_in_state;
mod m20261123_000066_subject_in_state;
mod m20261124_000070_create_handovers;

/// What the migrations made that is more than tables, as they made it last (PostgreSQL); for comparison.
pub use m20261123_000063_append_first::FIRST_RECORD;
pub use m20261123_000064_see_used_ids::APPEND_FIRST;

/// All migrations in their order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_create_sites::Migration),
            Box::new(m20261122_000002_create_records::Migration),
            Box::new(m20261122_000003_create_evidence::Migration),
            Box::new(m20261122_000004_create_keys::Migration),
            Box::new(m20261122_000005_create_users::Migration),
            Box::new(m20261122_000006_create_counters::Migration),
            Box::new(m20261122_000007_create_assets::Migration),
            Box::new(m20261122_000008_create_log::Migration),
            Box::new(m20261122_000010_partition_records::Migration),
            Box::new(m20261122_000011_create_retention::Migration),
            Box::new(m20261122_000020_add_browser_message::Migration),
            Box::new(m20261122_000040_index_erasures::Migration),
            Box::new(m20261122_000050_create_lease::Migration),
            Box::new(m20261123_000060_create_decisions::Migration),
            Box::new(m20261123_000061_keep_decisions::Migration),
            Box::new(m20261123_000062_count_in_groups::Migration),
            Box::new(m20261123_000063_append_first::Migration),
            Box::new(m20261123_000064_see_used_ids::Migration),
            Box::new(m20261123_000065_place_in_state::Migration),
            Box::new(m20261123_000066_subject_in_state::Migration),
            Box::new(m20261124_000070_create_handovers::Migration),
        ]
    }
}
