//! Nobody changes evidence unnoticed: whatever is edited behind the server's back, `ouinon verify`
//! finds it; and where nothing was edited, it finds nothing. `OUINON_TEST_EDITS` says how many
//! random edits (60 by default), `OUINON_TEST_SEED` which.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use ouinon_domain::ids::SiteId;
use ouinon_server::error::Error;
use ouinon_server::evidence::key_file::Seeds;
use ouinon_server::evidence::log_keys::LogKeys;
use ouinon_server::evidence::verify::Verifier;
use ouinon_server::evidence::verify::report::{Finding, Report};
use ouinon_server::evidence::verify::witness::{Memory, memories};
use ouinon_server::evidence::witness::Witness;
use ouinon_server::storage::Storage;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::{Value, json};

use super::BACKEND;
use crate::support::app::{Ground, HOUR, TestApp};
use crate::support::forger::{self, Note};
use crate::support::history::{self, QUIET};
use crate::support::vandal::{Dice, Vandal};
use crate::support::visitor::Visitor;

/// A number from the environment.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// Uses a verifier of a database of this ground, in this process.
async fn verifying<T>(
    ground: &Ground,
    storage: &Storage,
    work: impl AsyncFnOnce(Verifier<'_>) -> Result<T, Error>,
) -> T {
    let config = ground.config(&[]);
    let log = LogKeys::new(&Seeds::load(&config.signing_key).unwrap());
    let witness = Witness::new(&config.witness).unwrap();
    let (witness, progress) = (&witness, &|_, _| {});
    work(Verifier { storage, keys: &log, witness, full: true, progress }).await.unwrap()
}

/// Verifies a database as it is.
async fn verify(ground: &Ground, storage: &Storage, site: &SiteId) -> Report {
    verifying(ground, storage, async |verifier| verifier.run(site).await).await
}

/// Verifies it as a transaction sees it.
async fn within(
    ground: &Ground,
    storage: &Storage,
    tx: &DatabaseTransaction,
    site: &SiteId,
    held: &[Memory],
) -> Report {
    verifying(ground, storage, async |verifier| verifier.within(tx, site, held).await).await
}

/// What the witness holds.
async fn witness(ground: &Ground, site: &SiteId) -> Vec<Memory> {
    let witness = Witness::new(&ground.config(&[]).witness).unwrap();
    memories(&witness, site).await.unwrap()
}

/// A site with a past whose server has stopped.
struct Past {
    ground: Arc<Ground>,
    site: SiteId,
    /// The database half-way through, its log published.
    older: Aside,
    /// And at the end.
    newest: Aside,
}

/// A copy of the database.
struct Aside {
    storage: Storage,
    _ground: Ground,
}

impl Aside {
    async fn of(ground: &Ground) -> Self {
        let copy = ground.copy();
        let storage = Storage::open(&copy.config(&[]).database).await.unwrap();
        Self { storage, _ground: copy }
    }
}

async fn past() -> Past {
    let ground = Arc::new(Ground::new(BACKEND));
    let app = TestApp::over(Arc::clone(&ground), QUIET).await;
    let mut shop = app.shop().await;
    history::round(&mut shop).await;
    app.stop();
    let older = Aside::of(&ground).await;
    let (site, notice, key) = (shop.id.clone(), shop.notice.clone(), shop.key.clone());
    let app = TestApp::over(Arc::clone(&ground), QUIET).await;
    app.pass(24 * HOUR);
    let mut shop = history::again(&app, &site, &notice, &key);
    history::round(&mut shop).await;
    history::waiting(&shop).await;
    app.stop();
    let newest = Aside::of(&ground).await;
    Past { ground, site, older, newest }
}

#[track_caller]
fn assert_sound(report: &Report) {
    assert!(report.sound, "{:#?}", report.findings);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_random_edit_is_found_and_nothing_else() {
    let Past { ground, site, newest, .. } = past().await;
    let first = verify(&ground, &newest.storage, &site).await;
    assert_sound(&first);
    assert!(first.log.size > 600 && first.log.waiting == 4, "{first:?}");
    assert!(first.signatures.unwrap() > 5 && first.witness[0].size == first.log.published);
    let (edits, seed) = (number("OUINON_TEST_EDITS", 60), number("OUINON_TEST_SEED", 1));
    let (start, mut missed, mut refused) = (Instant::now(), Vec::new(), 0);
    let held = witness(&ground, &site).await;
    let mut edit = seed;
    while edit < seed + edits {
        // Undone at the end of each round.
        let tx = newest.storage.write().await.unwrap();
        let mut vandal = Vandal { db: &tx, site: &site, dice: Dice(edit << 32 | refused) };
        vandal.disarm().await;
        let Some(Ok(done)) = vandal.strike().await else {
            refused += 1;
            tx.rollback().await.unwrap();
            continue;
        };
        let report = within(&ground, &newest.storage, &tx, &site, &held).await;
        if report.sound {
            let miss = format!("seed {edit}, after {refused} refusals: {done}");
            println!("missed: {miss}");
            missed.push(miss);
        }
        tx.rollback().await.unwrap();
        if edit % 20 == 0 {
            assert_sound(&verify(&ground, &newest.storage, &site).await);
        }
        edit += 1;
    }
    println!("{edits} edits in {:?}, {} missed", start.elapsed(), missed.len());
    assert!(missed.is_empty(), "{} of {edits} missed:\n{}", missed.len(), missed.join("\n"));
}

/// What a verification says of an edit that is undone afterwards.
async fn after(past: &Past, edit: impl AsyncFnOnce(&DatabaseTransaction)) -> Report {
    let held = witness(&past.ground, &past.site).await;
    let tx = past.newest.storage.write().await.unwrap();
    Vandal { db: &tx, site: &past.site, dice: Dice(0) }.disarm().await;
    edit(&tx).await;
    let report = within(&past.ground, &past.newest.storage, &tx, &past.site, &held).await;
    tx.rollback().await.unwrap();
    report
}

/// What is found, as `what` or `what.field`.
fn found(report: &Report) -> BTreeSet<String> {
    let name = |finding: &Finding| match &finding.field {
        Some(field) => format!("{}.{field}", finding.what),
        None => finding.what.clone(),
    };
    report.findings.iter().map(name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_rebuilt_or_set_back_is_found() {
    let past = past().await;
    let Past { ground, site, older, newest } = &past;
    assert_sound(&verify(ground, &newest.storage, site).await);
    let report = verify(ground, &older.storage, site).await;
    assert_eq!(found(&report), BTreeSet::from(["witness.register".into(), "witness.size".into()]));

    let kept = async |tx: &DatabaseTransaction| {
        let who = forger::somebody(tx, site).await;
        forger::remove(tx, site, &who).await;
        forger::rebuild(tx, site, Note::Kept).await;
    };
    let report = after(&past, kept).await;
    assert!(found(&report).contains("log_head.checkpoint"), "{:#?}", report.findings);
    let gone = async |tx: &DatabaseTransaction| {
        let who = forger::somebody(tx, site).await;
        forger::remove(tx, site, &who).await;
        forger::rebuild(tx, site, Note::Gone).await;
    };
    let only = after(&past, gone).await;
    assert_eq!(found(&only), BTreeSet::from(["witness.size".into()]), "{:#?}", only.findings);
    let forged = async |tx: &DatabaseTransaction| {
        let origin = format!("ouinon.example/log/{site}");
        let key = LogKeys::new(&Seeds { receipts: [1; 32], log: [2; 32] }).of(&origin).unwrap();
        forger::rebuild(tx, site, Note::Signed(&key, origin)).await;
    };
    let report = after(&past, forged).await;
    assert_eq!(found(&report), BTreeSet::from(["log_head.checkpoint".into()]));
    let silent = async |tx: &DatabaseTransaction| {
        // Receipts do not show what was asked, and nothing seems to have been published.
        let who = forger::somebody(tx, site).await;
        let id = forger::literal(tx, forger::of(tx, site, &who).await[0].id);
        let sql = format!("update record set asked = '{{}}' where site = '{site}' and id = {id}");
        tx.execute_unprepared(&sql).await.unwrap();
        forger::commit_again(tx, site, &who).await;
        forger::rebuild(tx, site, Note::Gone).await;
    };
    let report = after(&past, silent).await;
    assert!(found(&report).contains("witness.root"), "{:#?}", report.findings);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_record_and_the_field_that_were_changed_are_named() {
    let past = past().await;
    let site = &past.site;
    for (field, value) in [
        (
            "choices",
            "case when choices like '%:true%' then replace(choices, 'true', 'false') \
         else replace(choices, 'false', 'true') end",
        ),
        ("action", "case action when 'save' then 'withdraw' else 'save' end"),
        ("gpc", "not gpc"),
        ("method", "'operator'"),
        ("assurance", "'scripted'"),
        ("expires_at", "expires_at + 3600000000"),
    ] {
        let mut id = None;
        let changed = async |tx: &DatabaseTransaction| {
            let who = forger::somebody(tx, site).await;
            let of = forger::of(tx, site, &who).await;
            id = Some(of[0].id);
            let this = forger::literal(tx, of[0].id);
            let sql = format!(
                "update record set {field} = {value} where site = '{site}' and id = {this}"
            );
            tx.execute_unprepared(&sql).await.unwrap();
        };
        let report = after(&past, changed).await;
        let named = report
            .findings
            .iter()
            .any(|finding| finding.record == id && finding.field.as_deref() == Some(field));
        assert!(named, "{field}: {:#?}", report.findings);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_log_is_sound() {
    let app = TestApp::start(BACKEND).await;
    let mut shop = app.shop().await;
    let runs = number("OUINON_TEST_CLEAN_RUNS", 10);
    let verified = async {
        for run in 0..runs {
            let report = verify(&app.ground, &app.storage, &shop.id).await;
            assert!(report.sound, "run {run}: {:#?}", report.findings);
        }
    };
    let written = async {
        let mut visitors: Vec<_> = (0..8).map(|_| Visitor::new()).collect();
        loop {
            for visitor in &mut visitors {
                app.pass(1_000);
                shop.choose(visitor, &["analytics"]).await;
            }
            let gone = std::mem::replace(&mut visitors[0], Visitor::new());
            let path = shop.path(&format!("/visitors/{}", gone.id()));
            app.call("DELETE", &path).key(&shop.key).send().await;
        }
    };
    tokio::select! {
        () = verified => {}
        () = written => {}
    }
    history::round(&mut shop).await;
    assert_sound(&verify(&app.ground, &app.storage, &shop.id).await);
}

#[tokio::test]
async fn what_a_visitor_signed_is_kept_and_checked_again() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    history::signed(&shop, &mut visitor).await;
    let mut body = shop.body(&visitor, "save", &["analytics"]);
    body["page"] = json!("https://shop.example/?basket=7");
    history::sign(&mut body, visitor.id(), &history::browser_key());
    shop.post(&body).await.problem(422, "invalid-fields");
    app.merged().await;
    let report = verify(&app.ground, &app.storage, &shop.id).await;
    assert_sound(&report);
    assert_eq!(report.signatures, Some(1));

    // A record that says something else, committed to as if it were right.
    let tx = app.storage.write().await.unwrap();
    Vandal { db: &tx, site: &shop.id, dice: Dice(0) }.disarm().await;
    let sql = format!("update record set asked = '{{}}' where site = '{}'", shop.id);
    tx.execute_unprepared(&sql).await.unwrap();
    let who = forger::somebody(&tx, &shop.id).await;
    forger::commit_again(&tx, &shop.id, &who).await;
    forger::rebuild(&tx, &shop.id, Note::Gone).await;
    let report = within(&app.ground, &app.storage, &tx, &shop.id, &[]).await;
    assert_eq!(found(&report), BTreeSet::from(["signature.asked".into()]));
    tx.rollback().await.unwrap();
}

/// Runs `ouinon verify` on the server's database: its exit code and what it prints.
fn command(app: &TestApp, arguments: &[&str]) -> (Option<i32>, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ouinon"));
    command.arg("verify").args(arguments).arg("--json").envs(app.ground.settings());
    let done = command.current_dir(app.ground.folder.path()).output().unwrap();
    (done.status.code(), serde_json::from_slice(&done.stdout).unwrap_or_default())
}

#[tokio::test]
async fn the_command_says_sound_tampered_or_could_not() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let given = shop.choose(&mut Visitor::new(), &["analytics"]).await;
    app.merged().await;
    let site = shop.id.to_string();
    let (code, report) = command(&app, &["--site", &site]);
    assert_eq!((code, &report["sound"], &report["records"]), (Some(0), &json!(true), &json!(1)));
    assert_eq!(command(&app, &["--site", "222222222222"]).0, Some(2));
    assert_eq!(command(&app, &[]).0, Some(2));
    let sql = format!("update subject set created_at = 0 where site = '{site}'");
    app.storage.db().execute_unprepared(&sql).await.unwrap();
    let (code, report) = command(&app, &["--site", &site]);
    assert_eq!((code, &report["sound"]), (Some(1), &json!(false)));
    let finding = &report["findings"][0];
    assert_eq!((&finding["what"], &finding["field"]), (&json!("subject"), &json!("created_at")));
    assert_eq!(finding["record"], given["id"]);
}

#[tokio::test]
async fn an_exported_proof_is_checked_with_public_keys_alone() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let given = shop.choose(&mut Visitor::new(), &["analytics"]).await;
    let rest = format!("/consents/{}/proof", given["id"].as_str().unwrap());
    let bundle = shop.get(&rest).send().await.expect(200);
    let folder = app.ground.folder.path();
    let keys = app.get("/.well-known/jwks.json").send().await.expect(200);
    std::fs::write(folder.join("jwks.json"), keys.to_string()).unwrap();
    let check = |bundle: &Value| {
        std::fs::write(folder.join("proof.json"), bundle.to_string()).unwrap();
        let with_keys = command(&app, &["--bundle", "proof.json", "--keys", "jwks.json"]);
        assert_eq!(
            command(&app, &["--bundle", "proof.json"]),
            with_keys,
            "its own keys do as well"
        );
        with_keys
    };
    assert_eq!(check(&bundle).0, Some(0));
    let other = json!("00".repeat(32));
    for (pointer, value, what) in [
        ("/record/choices/analytics", json!(false), "record"),
        ("/record/personal/page", json!("https://shop.example/other"), "record"),
        ("/record/extra", json!(1), "record"),
        ("/notice/controller/name", json!("Another"), "notice"),
        ("/receipt", json!(null), "receipt"),
        ("/leaf_key", json!(null), "leaf"),
        ("/index", json!(7), "leaf"),
        ("/size", json!(7), "checkpoint"),
        ("/inclusion", json!([other]), "leaf"),
        ("/checkpoint", json!("nonsense"), "checkpoint"),
    ] {
        let mut changed = bundle.clone();
        match changed.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => changed["record"]["extra"] = value,
        }
        let (code, report) = check(&changed);
        assert_eq!(code, Some(1), "{pointer}: {report}");
        let found = report["findings"].as_array().unwrap().iter();
        assert!(found.clone().any(|finding| finding["what"] == what), "{pointer}: {report}");
    }
    assert_eq!(command(&app, &["--bundle", "nowhere.json", "--keys", "jwks.json"]).0, Some(2));
}
