//! Commands where nobody has made anything: those that work on what there is say so, and leave no
//! database, table or key behind.

use std::process::Command;

use sea_orm_migration::SchemaManager;

use super::BACKEND;
use crate::support::app::{Backend, Ground};

const SITE: [&str; 2] = ["--site", "23456789abcd"];

/// Runs a command on a ground where nothing is; its exit code and its sentence.
fn run(ground: &Ground, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ouinon"));
    command.args(arguments).envs(ground.settings()).current_dir(ground.folder.path());
    let done = command.output().unwrap();
    (done.status.code(), String::from_utf8(done.stderr).unwrap())
}

#[tokio::test]
async fn commands_on_what_there_is_make_nothing() {
    let ground = Ground::new(BACKEND);
    let visitor = ["--visitor", "AAAAAAAAAAAAAAAAAAAAAA"];
    let people = [&SITE[..], &visitor].concat();
    let commands: [(&[&str], &[&str]); 11] = [
        (&["log", "status"], &[]),
        (&["log", "reconcile", "--who", "Ann", "--why", "x"], &SITE),
        (&["export"], &people),
        (&["erase"], &people),
        (&["signing-key", "list"], &[]),
        (&["signing-key", "rotate"], &[]),
        (&["key", "list"], &SITE),
        (&["key", "revoke", "--id", "x"], &SITE),
        (&["site", "list"], &[]),
        (&["site", "update", "--name", "x"], &SITE),
        (&["verify"], &SITE),
    ];
    for (what, of) in commands {
        let (code, why) = run(&ground, &[what, of].concat());
        assert_eq!(code, Some(2), "{what:?}: {why}");
        let named = ["DATABASE_URL", "OUINON_SIGNING_KEY_FILE"].iter().any(|it| why.contains(it));
        assert!(named, "{what:?}: {why}");
        let left: Vec<_> = std::fs::read_dir(ground.folder.path()).unwrap().collect();
        assert!(left.is_empty(), "{what:?} left {left:?}");
    }
}

#[tokio::test]
async fn an_empty_database_stays_empty_beside_a_key() {
    let ground = Ground::new(BACKEND);
    let elsewhere = Ground::new(Backend::Sqlite);
    let (code, why) =
        run(&elsewhere, &["site", "create", "--name", "N", "--origin", "https://a.example"]);
    assert_eq!(code, Some(0), "the first command makes all: {why}");
    std::fs::copy(
        elsewhere.folder.path().join("signing.key"),
        ground.folder.path().join("signing.key"),
    )
    .unwrap();
    let storage =
        ouinon_server::storage::Storage::open(&ground.config(&[]).database).await.unwrap();
    let (code, why) = run(&ground, &["site", "list"]);
    assert_eq!(code, Some(2));
    assert!(why.contains("holds nothing of Ouinon"), "{why}");
    for table in ["site", "seaql_migrations"] {
        assert!(!SchemaManager::new(&storage.db()).has_table(table).await.unwrap(), "{table}");
    }
}
