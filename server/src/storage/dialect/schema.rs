//! The schema as the database itself describes it, for comparison with what the migrations promise
//! (`storage::schema`). Reads only the database's own catalogue.

use super::list;
use crate::error::Error;
use sea_orm::sea_query::ArrayType;
use sea_orm::{ColumnType, ConnectionTrait, DatabaseBackend, QueryResult, Statement};

/// A column that a query of a table would find.
#[derive(Debug)]
pub struct Column {
    /// Of this table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// Its type, in the database's words.
    pub kind: String,
    /// Whether what has the table's name is a table, and no view or rule stands in for it.
    pub plain: bool,
}

/// A column of an index that lets no two rows be the same in it.
#[derive(Debug)]
pub struct UniqueColumn {
    /// Of this table.
    pub table: String,
    /// The index.
    pub index: String,
    /// The column.
    pub column: String,
}

/// A trigger, or a table that has none.
#[derive(Debug)]
pub struct Trigger {
    /// The table.
    pub table: String,
    /// What the trigger is on: the table or a partition of it.
    pub relation: String,
    /// What it does, as `frozen` says it; nothing where there is no trigger.
    pub does: Option<String>,
}

const POSTGRES_COLUMNS: &str = "\
select t.name as tab, a.attname::text as name, format_type(a.atttypid, a.atttypmod) as kind,
  c.relkind in ('r', 'p') and not exists (select from pg_rewrite w where w.ev_class = c.oid) as plain
from unnest($1::text[]) as t(name) join pg_class c on c.oid = to_regclass(t.name)
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped";

const SQLITE_COLUMNS: &str = "\
select m.name as tab, p.name as name, lower(p.type) as kind, m.type = 'table' as plain
from sqlite_master m, pragma_table_info(m.name) p where m.type in ('table', 'view')";

const POSTGRES_UNIQUE: &str = "\
select t.name as tab, i.indexrelid::regclass::text as idx, a.attname::text as name
from unnest($1::text[]) as t(name) join pg_index i on i.indrelid = to_regclass(t.name)
cross join unnest(i.indkey::int2[]) with ordinality as k(attnum, place)
join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
where i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
  and k.place <= i.indnkeyatts";

const SQLITE_UNIQUE: &str = "\
select m.name as tab, l.name as idx, i.name as name
from sqlite_master m, pragma_index_list(m.name) l, pragma_index_info(l.name) i
where m.type = 'table' and l.\"unique\" and not l.partial and i.name is not null";

/// One that does not fire, or not always, is `off`. Those the database made itself are left out, but
/// for the copies that partitions have, which older versions count among them.
const POSTGRES_TRIGGERS: &str = "\
select t.name as tab, c.relname::text as relation, case
  when g.oid is null then null
  when g.tgenabled = 'O' and g.tgqual is null and g.tgattr::text = '' and p.proconfig is null
    and current_setting('session_replication_role') <> 'replica'
  then g.tgtype || ' ' || p.prosrc else 'off' end as does
from unnest($1::text[]) as t(name)
cross join lateral (select to_regclass(t.name)::oid as oid union all
  select inhrelid from pg_inherits where inhparent = to_regclass(t.name)) r
join pg_class c on c.oid = r.oid
left join pg_trigger g on g.tgrelid = c.oid
  and (not g.tgisinternal or g.tgparentid <> 0 and g.tgconstraint = 0)
left join pg_proc p on p.oid = g.tgfoid";

const SQLITE_TRIGGERS: &str = "\
select m.name as tab, m.name as relation, t.sql as does from sqlite_master m
left join sqlite_master t on t.type = 'trigger' and t.tbl_name = m.name where m.type = 'table'";

/// All that are found under a name, with all that was said when they were made.
const POSTGRES_ROUTINES: &str = "\
select p.proname::text as name, case p.prokind when 'a' then 'aggregate' else
  replace(pg_get_functiondef(p.oid), quote_ident(n.nspname) || '.' || p.proname || '(', p.proname || '(') end as made
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where p.proname = any ($1) and n.nspname = any (current_schemas(true))
union all
select t.typname::text, case c.relkind when 'c' then 'create type ' || t.typname || ' as ( ' || (
  select string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum)
  from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) || ')' else 'other' end
from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
where t.typname = any ($1) and n.nspname = any (current_schemas(true))";

const RECORD_FROZEN: &str = "begin
    if tg_op = 'DELETE' then
        if exists (select 1 from retention where site = old.site and old.given_at < records_before)
        then
            return old;
        end if;
    end if;
    raise exception 'record rows are append-only';
end";

/// The columns of these tables.
pub async fn columns(db: &impl ConnectionTrait, tables: &[&str]) -> Result<Vec<Column>, Error> {
    let read = |row: QueryResult| {
        Ok(Column {
            table: row.try_get("", "tab")?,
            name: row.try_get("", "name")?,
            kind: row.try_get("", "kind")?,
            plain: row.try_get("", "plain")?,
        })
    };
    of_tables(db, tables, POSTGRES_COLUMNS, SQLITE_COLUMNS).await?.into_iter().map(read).collect()
}

/// What is unique in these tables.
pub async fn unique(
    db: &impl ConnectionTrait,
    tables: &[&str],
) -> Result<Vec<UniqueColumn>, Error> {
    let read = |row: QueryResult| {
        Ok(UniqueColumn {
            table: row.try_get("", "tab")?,
            index: row.try_get("", "idx")?,
            column: row.try_get("", "name")?,
        })
    };
    of_tables(db, tables, POSTGRES_UNIQUE, SQLITE_UNIQUE).await?.into_iter().map(read).collect()
}

/// The triggers on these tables and their partitions.
pub async fn triggers(db: &impl ConnectionTrait, tables: &[&str]) -> Result<Vec<Trigger>, Error> {
    let read = |row: QueryResult| {
        let does: Option<String> = row.try_get("", "does")?;
        Ok(Trigger {
            table: row.try_get("", "tab")?,
            relation: row.try_get("", "relation")?,
            does: does.as_deref().map(plainly),
        })
    };
    of_tables(db, tables, POSTGRES_TRIGGERS, SQLITE_TRIGGERS).await?.into_iter().map(read).collect()
}

/// The functions and types that the migrations made for writing, by name, as they were made.
pub fn routines(backend: DatabaseBackend) -> Vec<(&'static str, String)> {
    match backend {
        DatabaseBackend::Postgres => vec![
            ("append_first", plainly(ouinon_migrations::APPEND_FIRST)),
            ("first_record", plainly(ouinon_migrations::FIRST_RECORD)),
        ],
        _ => Vec::new(),
    }
}

/// The functions and types of these names, as they were made.
pub async fn made(
    db: &impl ConnectionTrait,
    names: &[&str],
) -> Result<Vec<(String, String)>, Error> {
    let backend = db.get_database_backend();
    if backend != DatabaseBackend::Postgres {
        return Ok(Vec::new());
    }
    let names = list(ArrayType::String, names.to_vec());
    let statement = Statement::from_sql_and_values(backend, POSTGRES_ROUTINES, [names]);
    let read = |row: QueryResult| {
        let made: String = row.try_get("", "made")?;
        Ok((row.try_get("", "name")?, plainly(&made)))
    };
    db.query_all_raw(statement).await?.into_iter().map(read).collect()
}

/// PostgreSQL is asked for these tables; SQLite tells of all it has.
async fn of_tables(
    db: &impl ConnectionTrait,
    tables: &[&str],
    postgres: &str,
    sqlite: &str,
) -> Result<Vec<QueryResult>, Error> {
    let backend = db.get_database_backend();
    let statement = match backend {
        DatabaseBackend::Postgres => {
            let names = list(ArrayType::String, tables.to_vec());
            Statement::from_sql_and_values(backend, postgres, [names])
        }
        _ => Statement::from_string(backend, sqlite),
    };
    Ok(db.query_all_raw(statement).await?)
}

/// One spelling of a statement's text.
fn plainly(sql: &str) -> String {
    sql.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The triggers that the migrations put on a table, and on each partition of it, so that its rows
/// stay as they are. PostgreSQL: when it fires, as `pg_trigger.tgtype` has it, and its function.
pub fn frozen(backend: DatabaseBackend, table: &str) -> Vec<String> {
    let postgres = backend == DatabaseBackend::Postgres;
    let triggers: &[&str] = match (table, postgres) {
        // Before update or delete for each row, before truncate.
        ("record", true) => {
            return ["27", "34"].map(|when| plainly(&format!("{when} {RECORD_FROZEN}"))).to_vec();
        }
        // Before update, delete or truncate.
        ("notice", true) => &["58 begin raise exception 'notice rows are append-only'; end"],
        ("record", false) => &[
            "create trigger record_frozen_update before update on record \
             begin select raise(abort, 'record rows are append-only'); end",
            "create trigger record_frozen_delete before delete on record \
             when not exists (select 1 from retention where site = old.site \
             and old.given_at < records_before) \
             begin select raise(abort, 'record rows are append-only'); end",
        ],
        ("notice", false) => &[
            "create trigger notice_frozen_update before update on notice \
             begin select raise(abort, 'notice rows are append-only'); end",
            "create trigger notice_frozen_delete before delete on notice \
             begin select raise(abort, 'notice rows are append-only'); end",
        ],
        _ => &[],
    };
    triggers.iter().map(|text| plainly(text)).collect()
}

/// Whether a column can hold what an entity reads from it. SQLite's types bind nothing: there the
/// values are looked at (`is_of_its_kind`).
pub fn fits(backend: DatabaseBackend, kind: &ColumnType, declared: &str) -> bool {
    if backend != DatabaseBackend::Postgres {
        return true;
    }
    declared
        == match kind {
            ColumnType::Boolean => "boolean",
            ColumnType::BigInteger => "bigint",
            ColumnType::Text | ColumnType::String(_) => "text",
            ColumnType::Uuid => "uuid",
            _ => "bytea",
        }
}

/// Sites of which a table has rows and `site` has none, a few of them. Steps from site to site
/// through the table's key, so that it takes no longer where a site has many rows.
pub async fn strays(db: &impl ConnectionTrait, table: &str) -> Result<Vec<String>, Error> {
    let sql = format!(
        "with recursive found(id) as (select min(site) from {table} union all \
         select (select min(t.site) from {table} t where t.site > found.id) \
         from found where found.id is not null) \
         select id from found where id is not null \
         and not exists (select 1 from site s where s.id = found.id) limit 20"
    );
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    let read = |row: QueryResult| row.try_get("", "id").unwrap_or_else(|_| "unreadable".to_owned());
    Ok(rows.into_iter().map(read).collect())
}
