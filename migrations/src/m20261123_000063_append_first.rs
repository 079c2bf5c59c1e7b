//! First records with one statement (PostgreSQL): a function, so that what it reads once the visitors
//! are locked is read then, and not as of the statement's beginning.

use crate::columns::on_postgres;
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
        on_postgres(manager, &[FIRST_RECORD, APPEND_FIRST]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on_postgres(manager, &["drop function append_first", "drop type first_record"]).await
    }
}

/// What a first record leaves in all tables, but for its site.
pub const FIRST_RECORD: &str = "create type first_record as (
    visitor bytea, visitor_hmac bytea, subject uuid, k bytea,
    id uuid, action text, asked text, asked_vendors text, choices text, vendors text, notice bytea,
    method text, gpc boolean, assurance text, given_at bigint, expires_at bigint, body_hash bytea,
    commitment bytea, key_id text, signature bytea, leaf bytea,
    taken_back text, state_personal text,
    regime text, law text, gpc_honoured boolean, country text, region text, language text, page text,
    device text, bot boolean, browser_key text, browser_signature text, browser_message text)";

/// Whoever was seen before, or forgotten, has the visitor's row or its hash: a transaction that makes
/// or removes them at the same moment holds the row, which the first statement here waits for.
pub(crate) const APPEND_FIRST: &str = "create function append_first(its_site text, its_epoch bigint, firsts first_record[])
    returns boolean language plpgsql as $$
declare
    made bigint;
begin
    insert into subject (site, visitor, subject, k, created_at)
        select its_site, visitor, subject, k, given_at from unnest(firsts)
        on conflict (site, visitor) do nothing;
    get diagnostics made = row_count;
    if made <> cardinality(firsts)
        or not exists (select from site where id = its_site and epoch = its_epoch)
        or exists (select from erasure where site = its_site
            and visitor_hmac = any (array(select visitor_hmac from unnest(firsts)))) then
        delete from subject where site = its_site
            and subject = any (array(select subject from unnest(firsts)));
        return false;
    end if;
    insert into record_key (site, id, given_at) select its_site, id, given_at from unnest(firsts);
    insert into record (site, id, subject, version, base_version, action, asked, asked_vendors, choices,
            vendors, notice, method, gpc, assurance, given_at, expires_at, body_hash, commitment, key_id, signature)
        select its_site, id, subject, 1, 0, action, asked, asked_vendors, choices,
            vendors, notice, method, gpc, assurance, given_at, expires_at, body_hash, commitment, key_id, signature
        from unnest(firsts);
    insert into record_personal (site, record, regime, law, gpc_honoured, country, region, language, page,
            device, bot, browser_key, browser_signature, given_at, browser_message)
        select its_site, id, regime, law, gpc_honoured, country, region, language, page,
            device, bot, browser_key, browser_signature, given_at, browser_message
        from unnest(firsts);
    insert into leaf_queue (site, record, leaf, queued_at) select its_site, id, leaf, given_at from unnest(firsts);
    insert into state (site, visitor, version, record, action, method, gpc, notice, choices, vendors,
            taken_back, given_at, expires_at, personal)
        select its_site, visitor, 1, id, action, method, gpc, notice, choices, vendors,
            taken_back, given_at, expires_at, state_personal
        from unnest(firsts);
    insert into count_group (site, id, hour, notice, action, choices, vendors, language, country, device, records)
        select its_site, gen_random_uuid(), given_at / 3600000000, notice, action, choices, vendors, language,
            country, device, count(*)
        from unnest(firsts) where not bot
        group by given_at / 3600000000, notice, action, choices, vendors, language, country, device;
    return true;
end $$";
