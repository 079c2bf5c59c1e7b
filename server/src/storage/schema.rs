//! What the migrations promise of the schema, in one place, and how the database differs from it.
//! Tables and columns are those of the entities, functions those of the migrations; keys and triggers
//! stand here and in `dialect::schema`. What is there beyond that (an index, another table) is nobody's concern.

use super::dialect::schema::{self, Column, frozen};
use super::entity::{
    api_key, asset, count_group, counter, decision, erasure, forgotten_subject, handover,
    leaf_queue, log_head, log_index, log_tile, notice, publication, record, record_key,
    record_personal, register, retention, session, signing_key, site, site_origin, state, subject,
    user_account,
};
use crate::error::Error;
use ouinon_migrations::{Migrator, MigratorTrait};
use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, DatabaseBackend, EntityName, EntityTrait, Iden,
    Iterable, PrimaryKeyToColumn,
};
use sea_orm_migration::seaql_migrations as migration;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Where the database is not what the migrations made.
#[derive(Debug)]
pub struct Flaw {
    /// In this table.
    pub table: String,
    /// In this column of it.
    pub column: Option<String>,
    /// What is wrong, as a sentence.
    pub detail: String,
}

/// What is promised of a table.
struct Promise {
    table: &'static str,
    columns: Vec<(String, ColumnType)>,
    unique: Vec<BTreeSet<String>>,
}

/// All tables; the first key of each is its primary key.
fn promises(backend: DatabaseBackend) -> Vec<Promise> {
    let mut all = vec![
        of::<api_key::Entity>(&[]),
        of::<asset::Entity>(&[]),
        of::<count_group::Entity>(&[]),
        of::<counter::Entity>(&[]),
        of::<decision::Entity>(&[]),
        of::<erasure::Entity>(&[]),
        of::<forgotten_subject::Entity>(&[]),
        of::<handover::Entity>(&[]),
        of::<leaf_queue::Entity>(&[]),
        of::<log_head::Entity>(&[]),
        of::<log_index::Entity>(&["site", "position"]),
        of::<log_tile::Entity>(&[]),
        of::<notice::Entity>(&[]),
        of::<publication::Entity>(&[]),
        of::<record::Entity>(&[]),
        of::<record_key::Entity>(&[]),
        of::<record_personal::Entity>(&[]),
        of::<register::Entity>(&[]),
        of::<retention::Entity>(&[]),
        of::<session::Entity>(&[]),
        of::<signing_key::Entity>(&[]),
        of::<site::Entity>(&[]),
        of::<site_origin::Entity>(&[]),
        of::<state::Entity>(&[]),
        of::<subject::Entity>(&["site", "subject"]),
        of::<user_account::Entity>(&["email"]),
    ];
    // Records are kept by month, and unique only within it; the tables of the log are kept by time.
    if backend == DatabaseBackend::Postgres {
        for one in &mut all {
            let time = match one.table {
                "record" | "record_personal" | "log_index" => "given_at",
                "leaf_queue" => "queued_at",
                _ => continue,
            };
            one.unique[0].insert(time.into());
        }
    }
    all
}

fn of<E: EntityTrait>(also_unique: &[&str]) -> Promise {
    let name = |column: E::Column| column.unquoted().to_string();
    let key = E::PrimaryKey::iter().map(|key| name(key.into_column())).collect();
    let also: BTreeSet<String> = also_unique.iter().map(|&column| column.to_owned()).collect();
    Promise {
        table: E::default().table_name(),
        columns: E::Column::iter()
            .map(|column| (name(column), column.def().get_column_type().clone()))
            .collect(),
        unique: [key, also].into_iter().filter(|columns| !columns.is_empty()).collect(),
    }
}

/// The tables whose rows belong to a site.
pub fn of_sites() -> Vec<&'static str> {
    let site = |promise: &Promise| promise.columns.iter().any(|(name, _)| name == "site");
    promises(DatabaseBackend::Sqlite).iter().filter(|one| site(one)).map(|one| one.table).collect()
}

const NO_TABLES: &str = "the database has none of Ouinon's tables: run `ouinon migrate up`, or look \
                         whether DATABASE_URL names the right one";

/// What is wrong; an error where there is nothing that could be.
pub async fn flaws(db: &impl ConnectionTrait) -> Result<Vec<Flaw>, Error> {
    let backend = db.get_database_backend();
    let promises = promises(backend);
    let own = migration::Entity.table_name();
    let names: Vec<&str> = promises.iter().map(|promise| promise.table).chain([own]).collect();
    let mut found: HashMap<String, Vec<Column>> = HashMap::new();
    for column in schema::columns(db, &names).await? {
        found.entry(column.table.clone()).or_default().push(column);
    }
    let mut flaws = Vec::new();
    for promise in &promises {
        columns(backend, promise, found.get(promise.table), &mut flaws);
    }
    // Of a table that is gone, nothing more needs to be said.
    let there = |promise: &&Promise| found.contains_key(promise.table);
    keys(db, &names, promises.iter().filter(there), &mut flaws).await?;
    triggers(db, &names, &mut flaws).await?;
    routines(db, &mut flaws).await?;
    if promises.iter().all(|promise| !found.contains_key(promise.table)) {
        return Err(Error::Unavailable(NO_TABLES.into()));
    }
    if !flaws.is_empty() {
        let readable = found.get(own).is_some_and(|all| all.iter().any(|it| it.name == "version"));
        let applied = if readable { migration::Entity::find().all(db).await? } else { Vec::new() };
        flaws.extend(excuse(applied.into_iter().map(|row| row.version).collect()));
    }
    Ok(flaws)
}

fn columns(
    backend: DatabaseBackend,
    promise: &Promise,
    found: Option<&Vec<Column>>,
    flaws: &mut Vec<Flaw>,
) {
    let mut add = |column: Option<&str>, detail: String| {
        let column = column.map(str::to_owned);
        flaws.push(Flaw { table: promise.table.into(), column, detail });
    };
    let table = promise.table;
    let Some(found) = found else { return add(None, format!("the table {table} is gone")) };
    if found.iter().any(|column| !column.plain) {
        add(None, format!("a view or a rule stands in the place of the table {table}"));
    }
    for (name, kind) in &promise.columns {
        match found.iter().find(|column| column.name == *name) {
            None => add(Some(name), format!("the column {name} of {table} is gone")),
            Some(column) if !schema::fits(backend, kind, &column.kind) => {
                let detail = format!("the column {name} of {table} is of the type {}", column.kind);
                add(Some(name), detail);
            }
            Some(_) => {}
        }
    }
}

async fn keys(
    db: &impl ConnectionTrait,
    names: &[&str],
    promises: impl Iterator<Item = &Promise>,
    flaws: &mut Vec<Flaw>,
) -> Result<(), Error> {
    let mut found: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for one in schema::unique(db, names).await? {
        found.entry((one.table, one.index)).or_default().insert(one.column);
    }
    for promise in promises {
        let kept: Vec<_> = found
            .iter()
            .filter(|((table, _), _)| table == promise.table)
            .map(|one| one.1)
            .collect();
        for lost in promise.unique.iter().filter(|columns| !kept.contains(columns)) {
            let columns: Vec<&str> = lost.iter().map(String::as_str).collect();
            flaws.push(Flaw {
                table: promise.table.into(),
                column: None,
                detail: format!(
                    "the key of {} over {} is gone: it may hold a row twice",
                    promise.table,
                    columns.join(", ")
                ),
            });
        }
    }
    Ok(())
}

async fn triggers(
    db: &impl ConnectionTrait,
    names: &[&str],
    flaws: &mut Vec<Flaw>,
) -> Result<(), Error> {
    let mut found: BTreeMap<(String, String), HashSet<String>> = BTreeMap::new();
    for one in schema::triggers(db, names).await? {
        found.entry((one.table, one.relation)).or_default().extend(one.does);
    }
    for ((table, relation), mut does) in found {
        if !names.contains(&table.as_str()) {
            continue;
        }
        let lost =
            frozen(db.get_database_backend(), &table).iter().filter(|it| !does.remove(*it)).count();
        let mut add = |detail| flaws.push(Flaw { table: table.clone(), column: None, detail });
        if lost > 0 {
            add(format!(
                "a trigger that keeps the rows of {relation} as they are is gone, switched off or \
                 another"
            ));
        }
        if !does.is_empty() {
            add(format!("{relation} has a trigger that no migration made"));
        }
    }
    Ok(())
}

/// Whoever may write these may have choices acknowledged that are not stored.
async fn routines(db: &impl ConnectionTrait, flaws: &mut Vec<Flaw>) -> Result<(), Error> {
    let promised = schema::routines(db.get_database_backend());
    let names: Vec<&str> = promised.iter().map(|(name, _)| *name).collect();
    let found = schema::made(db, &names).await?;
    for (name, promise) in &promised {
        let made: Vec<_> = found.iter().filter(|one| one.0 == *name).map(|one| &one.1).collect();
        let wrong = match made[..] {
            [] => "is gone",
            [one] if one == promise => continue,
            [_] => "is not what the migrations made",
            _ => "is there more than once",
        };
        let detail = format!("{name}, with which first choices are written, {wrong}");
        flaws.push(Flaw { table: (*name).into(), column: None, detail });
    }
    Ok(())
}

/// What else could explain flaws: that the database is another version's, as it says itself. Whoever
/// changed it can have made it say so.
fn excuse(applied: HashSet<String>) -> Option<Flaw> {
    let own: HashSet<String> =
        Migrator::migrations().iter().map(|one| one.name().to_owned()).collect();
    let detail = match own.difference(&applied).count() {
        _ if !applied.is_subset(&own) => {
            "it names migrations of a newer version: if that is so, verify with that version"
                .to_owned()
        }
        0 => return None,
        pending => format!(
            "it names {pending} less than there are: if that is so, `ouinon migrate up` comes first"
        ),
    };
    Some(Flaw { table: migration::Entity.table_name().into(), column: None, detail })
}
