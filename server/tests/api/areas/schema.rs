//! The schema is evidence too: a table, column, key or trigger that somebody took away is found, and
//! so are rows twice, and rows of sites that do not exist.

use ouinon_domain::ids::SiteId;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};

use super::BACKEND;
use crate::support::app::{Backend, TestApp};
use crate::support::past::{assert_sound, verify, within};
use crate::support::shop::Shop;
use crate::support::visitor::Visitor;

/// A shop with a record that has its place.
async fn shop(app: &TestApp) -> Shop<'_> {
    let shop = app.shop().await;
    shop.choose(&mut Visitor::new(), &["analytics"]).await;
    app.merged().await;
    assert_sound(&verify(&app.ground, &app.storage, &shop.id).await);
    shop
}

async fn execute(tx: &DatabaseTransaction, sql: &str) {
    tx.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// What is found after these statements, as `what[.field]: detail`; they are undone.
async fn after(app: &TestApp, site: &SiteId, statements: &[&str]) -> Vec<String> {
    let tx = app.storage.write().await.unwrap();
    for sql in statements {
        execute(&tx, sql).await;
    }
    let report = within(&app.ground, &app.storage, &tx, site, &[]).await;
    tx.rollback().await.unwrap();
    let field = |field: &Option<String>| field.clone().map(|it| format!(".{it}"));
    let all = report.findings.iter();
    all.map(|it| format!("{}{}: {}", it.what, field(&it.field).unwrap_or_default(), it.detail))
        .collect()
}

const EVERYWHERE: &[(&[&str], &str)] = &[
    (&["drop table log_tile"], "log_tile: the table log_tile is gone"),
    (&["drop table log_head"], "log_head: the table log_head is gone"),
    (&["drop table site_origin"], "site_origin: the table site_origin is gone"),
    (&["alter table subject rename column k to q"], "subject.k: the column k of subject is gone"),
    (
        &["alter table record_personal drop column browser_message"],
        "record_personal.browser_message: the column browser_message of record_personal is gone",
    ),
    (
        &["alter table register rename to old", "create view register as select * from old"],
        "register: a view or a rule stands in the place of the table register",
    ),
    (
        &["drop index subject_by_surrogate"],
        "subject: the key of subject over site, subject is gone",
    ),
];

const SQLITE: &[(&[&str], &str)] = &[
    (&["drop trigger record_frozen_update"], "record: a trigger that keeps the rows of record"),
    (&["drop trigger notice_frozen_delete"], "notice: a trigger that keeps the rows of notice"),
    (
        &[
            "drop trigger record_frozen_delete",
            "create trigger record_frozen_delete before delete on record when 0 \
             begin select raise(abort, 'record rows are append-only'); end",
        ],
        "record: a trigger that keeps the rows of record as they are is gone",
    ),
    (
        &["create trigger sly after insert on erasure begin delete from state; end"],
        "erasure: erasure has a trigger that no migration made",
    ),
];

const OTHER_FUNCTION: &str = "append_first: append_first, with which first choices are written, is not what the migrations made";
const OTHER_TYPE: &str = "first_record: first_record, with which first choices are written, is not what the migrations made";

const POSTGRES: &[(&[&str], &str)] = &[
    (
        &["alter table record disable trigger record_frozen"],
        "record: a trigger that keeps the rows of record as they are is gone, switched off",
    ),
    (
        &["alter table only record_2026_03 disable trigger all"],
        "record: a trigger that keeps the rows of record_2026_03 as",
    ),
    (
        &["drop trigger record_frozen_truncate on record_default"],
        "record: a trigger that keeps the rows of record_default as",
    ),
    (
        &["drop trigger notice_frozen on notice"],
        "notice: a trigger that keeps the rows of notice as",
    ),
    (
        &["create or replace function record_frozen() returns trigger language plpgsql as \
           $$ begin return old; end $$"],
        "record: a trigger that keeps the rows of record as",
    ),
    (
        &["alter function notice_frozen() set search_path = nowhere"],
        "notice: a trigger that keeps the rows of notice as",
    ),
    (
        &["set local session_replication_role = replica"],
        "record: a trigger that keeps the rows of record as",
    ),
    (
        &[
            "create trigger sly before insert on state for each row execute function record_frozen()",
        ],
        "state: state has a trigger that no migration made",
    ),
    (
        &[
            "create trigger sly before insert on record_key for each row execute function record_frozen()",
        ],
        "record_key: record_key has a trigger that no migration made",
    ),
    (
        &["create trigger sly before insert on record_2026_03 for each row \
           execute function record_frozen()"],
        "record: record_2026_03 has a trigger that no migration made",
    ),
    (
        &["create rule sly as on insert to leaf_queue do instead nothing"],
        "leaf_queue: a view or a rule stands in the place of the table leaf_queue",
    ),
    (
        &["create constraint trigger sly after insert on state for each row \
           execute function record_frozen()"],
        "state: state has a trigger that no migration made",
    ),
    (
        &["drop function append_first"],
        "append_first: append_first, with which first choices are written, is gone",
    ),
    (
        &["drop function append_first", "drop type first_record"],
        "first_record: first_record, with which first choices are written, is gone",
    ),
    (
        &[
            "create or replace function append_first(its_site text, its_epoch bigint, firsts first_record[]) \
           returns boolean language plpgsql as $$ begin return true; end $$",
        ],
        OTHER_FUNCTION,
    ),
    (&["alter function append_first security definer"], OTHER_FUNCTION),
    (&["alter function append_first set search_path = nowhere"], OTHER_FUNCTION),
    (&["alter function append_first strict"], OTHER_FUNCTION),
    (
        &[
            "drop function append_first",
            "create aggregate append_first(text) (sfunc = textcat, stype = text)",
        ],
        OTHER_FUNCTION,
    ),
    (
        &[
            "create function append_first(text, bigint, text) returns boolean language sql as 'select true'",
        ],
        "append_first: append_first, with which first choices are written, is there more than once",
    ),
    (
        &[
            "create schema sly",
            "create function sly.append_first(text, bigint, first_record[]) \
           returns boolean language sql as 'select true'",
            "set local search_path = sly, public",
        ],
        "append_first: append_first, with which first choices are written, is there more than once",
    ),
    (&["alter type first_record add attribute sly text"], OTHER_TYPE),
    (&["alter type first_record rename attribute asked to choices_asked"], OTHER_TYPE),
    (
        &[
            "drop function append_first",
            "drop type first_record",
            "create domain first_record as text",
        ],
        OTHER_TYPE,
    ),
    (
        &["create rule sly as on delete to erasure do instead nothing"],
        "erasure: a view or a rule stands in the place of the table erasure",
    ),
    (
        &["alter table state alter column visitor type text using encode(visitor, 'hex')"],
        "state.visitor: the column visitor of state is of the type text",
    ),
    (
        &["alter table log_tile drop constraint log_tile_pkey"],
        "log_tile: the key of log_tile over level, position, site is gone",
    ),
];

#[tokio::test]
async fn what_the_migrations_made_and_somebody_took_away_is_found() {
    let app = TestApp::start(BACKEND).await;
    let shop = shop(&app).await;
    let own = if BACKEND == Backend::Sqlite { SQLITE } else { POSTGRES };
    for (statements, expected) in EVERYWHERE.iter().chain(own) {
        let found = after(&app, &shop.id, statements).await;
        assert!(found.iter().any(|it| it.starts_with(expected)), "{statements:?}: {found:#?}");
    }
    assert_sound(&verify(&app.ground, &app.storage, &shop.id).await);
}

/// Takes a table's primary key away.
async fn unkey(tx: &DatabaseTransaction, table: &str) {
    if BACKEND == Backend::Postgres {
        return execute(tx, &format!("alter table {table} drop constraint {table}_pkey")).await;
    }
    let sql = format!("select sql from sqlite_master where name = '{table}'");
    let statement = Statement::from_string(tx.get_database_backend(), sql);
    let made = tx.query_one_raw(statement).await.unwrap().unwrap();
    let mut made: String = made.try_get_by_index(0).unwrap();
    let at = made.find("PRIMARY KEY").unwrap();
    let end = at + made[at..].find(')').unwrap();
    made.replace_range(made[..at].rfind(',').unwrap()..=end, "");
    execute(tx, &format!("alter table {table} rename to keyed")).await;
    execute(tx, &made).await;
    execute(tx, &format!("insert into {table} select * from keyed")).await;
    execute(tx, "drop table keyed").await;
}

#[tokio::test]
async fn a_row_that_is_there_twice_is_found() {
    let app = TestApp::start(BACKEND).await;
    let shop = shop(&app).await;
    for (table, said) in [
        ("site", "site has 2 rows where one belongs"),
        ("log_head", "log_head has 2 rows where one belongs"),
        ("retention", "retention has 2 rows where one belongs"),
        ("notice", "is stored twice"),
        ("signing_key", "is registered twice"),
        ("publication", "is not as the register says"),
        ("subject", "subject has 2 rows, of which 1 belong to something"),
        ("log_index", "log_index has 2 rows, of which 1 belong to something"),
    ] {
        let tx = app.storage.write().await.unwrap();
        unkey(&tx, table).await;
        if ["subject", "log_index"].contains(&table) && BACKEND == Backend::Postgres {
            execute(&tx, "drop index subject_by_surrogate, log_index_by_position").await;
        }
        execute(&tx, &format!("insert into {table} select * from {table}")).await;
        let report = within(&app.ground, &app.storage, &tx, &shop.id, &[]).await;
        tx.rollback().await.unwrap();
        let mut of_table = report.findings.iter().filter(|finding| finding.what == table);
        let named = of_table.any(|finding| finding.detail.contains(said));
        assert!(named, "{table}: {:#?}", report.findings);
    }
}

#[tokio::test]
async fn rows_of_a_site_that_does_not_exist_are_found() {
    let app = TestApp::start(BACKEND).await;
    let shop = shop(&app).await;
    let elsewhere = SiteId::parse("zzzzzzzzzzzz").unwrap();
    for table in [
        "record",
        "record_key",
        "record_personal",
        "subject",
        "state",
        "log_index",
        "log_tile",
        "log_head",
        "register",
        "notice",
        "publication",
        "retention",
        "site_origin",
        "api_key",
    ] {
        let statements = [
            format!("create temp table moved as select * from {table}"),
            format!("update moved set site = '{elsewhere}'"),
            format!("insert into {table} select * from moved"),
            "drop table moved".to_owned(),
        ];
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        let said =
            format!("{table}.site: {table} has rows of the site {elsewhere}, which does not");
        for site in [&shop.id, &elsewhere] {
            let found = after(&app, site, &statements).await;
            assert!(found.iter().any(|it| it.starts_with(&said)), "{table}, {site}: {found:#?}");
            let gone = found.iter().any(|it| it.starts_with("site: the site's own row is gone"));
            assert_eq!(gone, site == &elsewhere, "{table}: {found:#?}");
        }
    }
}
