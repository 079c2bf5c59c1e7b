//! Records by month, so that old ones leave as whole partitions (PostgreSQL; SQLite keeps plain
//! tables with the same columns). A partitioned table is unique only within its months, so which
//! record an id names, and when it was given, moves to a table of its own: `record_key`.

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
        let key = vec![text("site"), id("id"), number("given_at")];
        create(manager, "record_key", key, &["site", "id"]).await?;
        let db = manager.get_connection();
        let statements = match manager.get_database_backend() {
            DbBackend::Postgres => {
                thaw(manager, "record").await?;
                PARTITION
            }
            _ => PLAIN,
        };
        for statement in [KEYS].iter().chain(statements) {
            db.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        match manager.get_database_backend() {
            DbBackend::Postgres => {
                for statement in JOIN {
                    db.execute_unprepared(statement).await?;
                }
                let by_subject = &["site", "subject", "version"];
                index(manager, "record_by_subject", "record", by_subject, true).await?;
                let by_time = &["site", "given_at", "id"];
                index(manager, "record_by_time", "record", by_time, false).await?;
                freeze(manager, "record").await?;
            }
            _ => drop_columns(manager, "record_personal", &["given_at"]).await?,
        }
        drop(manager, &["record_key"]).await
    }
}

const KEYS: &str = "insert into record_key select site, id, given_at from record";

const PLAIN: &[&str] = &[
    "alter table record_personal add column given_at bigint not null default 0",
    "update record_personal set given_at = coalesce((select r.given_at from record r \
     where r.site = record_personal.site and r.id = record_personal.record), 0)",
];

/// The rows are copied: it takes what a copy of the table takes, and the room of one.
const PARTITION: &[&str] = &[
    "set local statement_timeout = 0",
    "drop index record_by_subject, record_by_time",
    "alter table record rename to record_plain",
    "alter table record_plain rename constraint record_pkey to record_plain_pkey",
    // By time and id: the order of pages of records. By id alone is `record_key`.
    "create table record (like record_plain, primary key (site, given_at, id)) \
     partition by range (given_at)",
    "create index record_by_subject on record (site, subject, version)",
    "alter table record_personal rename to personal_plain",
    "alter table personal_plain rename constraint record_personal_pkey to personal_plain_pkey",
    "create table record_personal (like personal_plain, given_at bigint not null, \
     primary key (site, given_at, record)) partition by range (given_at)",
    FROZEN,
    "create trigger record_frozen before update or delete on record for each row \
     execute function record_frozen()",
    "create trigger record_frozen_truncate before truncate on record for each statement \
     execute function record_frozen()",
    KEEP_MONTH,
    // For clocks that are years off, and for months that were not made ahead.
    "create table record_default partition of record default",
    "create table record_personal_default partition of record_personal default",
    "create trigger record_frozen_truncate before truncate on record_default for each statement \
     execute function record_frozen()",
    "select keep_month(min(given_at), 0) from record_plain group by \
     date_trunc('month', to_timestamp(given_at / 1000000.0) at time zone 'UTC')",
    "insert into record select * from record_plain",
    "insert into record_personal select p.*, coalesce(r.given_at, 0) from personal_plain p \
     left join record_plain r on r.site = p.site and r.id = p.record",
    "drop table record_plain, personal_plain",
];

const FROZEN: &str = "create function record_frozen() returns trigger language plpgsql as \
    $$ begin raise exception 'record rows are append-only'; end $$";

/// Makes the partitions of the month that lies so many months after a moment, unless they are there.
const KEEP_MONTH: &str = "create function keep_month(moment bigint, months_ahead int) \
    returns void language plpgsql as $$
declare
    month timestamp := date_trunc('month', to_timestamp(moment / 1000000.0) at time zone 'UTC')
        + months_ahead * interval '1 month';
    first bigint := extract(epoch from month)::bigint * 1000000;
    beyond bigint := extract(epoch from month + interval '1 month')::bigint * 1000000;
    parent text;
    part text;
begin
    foreach parent in array array['record', 'record_personal'] loop
        part := parent || to_char(month, '_YYYY_MM');
        continue when to_regclass(part) is not null;
        execute format('create table %I partition of %I for values from (%s) to (%s)',
            part, parent, first, beyond);
        if parent = 'record' then
            execute format('create trigger record_frozen_truncate before truncate on %I \
                for each statement execute function record_frozen()', part);
        end if;
    end loop;
end $$";

const JOIN: &[&str] = &[
    "set local statement_timeout = 0",
    "drop function keep_month(bigint, int)",
    "alter table record rename to record_parted",
    "alter table record_parted rename constraint record_pkey to record_parted_pkey",
    "alter table record_personal rename to personal_parted",
    "alter table personal_parted rename constraint record_personal_pkey to personal_parted_pkey",
    "create table record (like record_parted, primary key (site, id))",
    "create table record_personal (like personal_parted, primary key (site, record))",
    "insert into record select * from record_parted",
    "insert into record_personal select * from personal_parted",
    "alter table record_personal drop column given_at",
    "drop table record_parted, personal_parted",
    "drop function record_frozen()",
];
