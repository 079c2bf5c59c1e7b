//! First records whose ids were used: the function of migration 63 says so, without an error, and
//! takes its ids in their order, so that no two transactions wait for each other's. It keeps its name
//! and what it takes and answers, for servers of the version before call it too (docs/adr/0020).

use crate::columns::on_postgres;
use crate::m20261123_000063_append_first as before;
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
        on_postgres(manager, &[APPEND_FIRST]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let again =
            before::APPEND_FIRST.replacen("create function", "create or replace function", 1);
        on_postgres(manager, &[&again]).await
    }
}

/// Whoever was seen before, or forgotten, has the visitor's row or its hash: a transaction that makes
/// or removes them at the same moment holds the row, which the first statement here waits for.
pub const APPEND_FIRST: &str = "create or replace function append_first(its_site text, its_epoch bigint, firsts first_record[])
    returns boolean language plpgsql as $function$
declare
    made bigint;
begin
    insert into subject (site, visitor, subject, k, created_at)
        select its_site, visitor, subject, k, given_at from unnest(firsts) order by visitor
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
    begin
        insert into record_key (site, id, given_at)
            select its_site, id, given_at from unnest(firsts) order by id;
    exception when unique_violation then
        delete from subject where site = its_site
            and subject = any (array(select subject from unnest(firsts)));
        return false;
    end;
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
end $function$";
