//! Who asked for which decision and what the answer said, by month as records are (PostgreSQL;
//! SQLite keeps a plain table with the same columns).

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
        let decision = vec![
            text("site"),
            number("decided_at"),
            // The answer's own.
            id("id"),
            // Whom it was about, as long as anyone may know; null where nothing was ever recorded.
            id_or_null("subject"),
            // `api:` and a key's id, `user:` and a person's.
            text("asked_by"),
            text("purpose"),
            text_or_null("vendor"),
            flag("allowed"),
            text("reason"),
            // What it was decided from.
            id_or_null("record"),
            // The moment it was asked about.
            number("as_of"),
            // The request it came in, as in the server's log.
            id("request"),
        ];
        // By time: that is how pages are read, and how what is due is found.
        create(manager, "decision", decision, &["site", "decided_at", "id"]).await?;
        on_postgres(manager, PARTITION).await?;
        on_postgres(manager, &[&keep_month("'record', 'record_personal', 'decision'")]).await?;
        // For forgetting a visitor, and for telling it who asked.
        index(manager, "decision_by_subject", "decision", &["site", "subject"], false).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on_postgres(manager, &[&keep_month("'record', 'record_personal'")]).await?;
        drop(manager, &["decision"]).await
    }
}

const PARTITION: &[&str] = &[
    "alter table decision rename to decision_plain",
    "alter table decision_plain rename constraint decision_pkey to decision_plain_pkey",
    "create table decision (like decision_plain, primary key (site, decided_at, id)) \
     partition by range (decided_at)",
    "drop table decision_plain",
    "create table decision_default partition of decision default",
];

/// The function that makes the partitions of a month, for these tables.
fn keep_month(parents: &str) -> String {
    format!(
        "create or replace function keep_month(moment bigint, months_ahead int) \
         returns void language plpgsql as $$
declare
    month timestamp := date_trunc('month', to_timestamp(moment / 1000000.0) at time zone 'UTC')
        + months_ahead * interval '1 month';
    first bigint := extract(epoch from month)::bigint * 1000000;
    beyond bigint := extract(epoch from month + interval '1 month')::bigint * 1000000;
    parent text;
    part text;
begin
    foreach parent in array array[{parents}] loop
        part := parent || to_char(month, '_YYYY_MM');
        continue when to_regclass(part) is not null;
        execute format('create table %I partition of %I for values from (%s) to (%s)',
            part, parent, first, beyond);
        if parent = 'record' then
            execute format('create trigger record_frozen_truncate before truncate on %I \
                for each statement execute function record_frozen()', part);
        end if;
    end loop;
end $$"
    )
}
