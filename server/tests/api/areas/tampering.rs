//! Nobody changes evidence unnoticed: whatever is edited behind the server's back, `ouinon verify`
//! finds it; and where nothing was edited, it finds nothing. `OUINON_TEST_EDITS` says how many
//! random edits (60 by default), `OUINON_TEST_SEED` which.

use std::collections::BTreeSet;
use std::time::Instant;

use ouinon_server::evidence::key_file::Seeds;
use ouinon_server::evidence::log_keys::LogKeys;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::json;

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::forger::{self, Note};
use crate::support::history;
use crate::support::past::{Past, after, assert_sound, found, past, verify, within, witness};
use crate::support::vandal::{Dice, Vandal};
use crate::support::visitor::Visitor;

/// A number from the environment.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_random_edit_is_found_and_nothing_else() {
    let Past { ground, site, newest, .. } = past(BACKEND).await;
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
        let triggers = vandal.disarm().await;
        let Some(Ok(done)) = vandal.strike().await else {
            refused += 1;
            tx.rollback().await.unwrap();
            continue;
        };
        vandal.rearm(triggers).await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_rebuilt_or_set_back_is_found() {
    let past = past(BACKEND).await;
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
    let past = past(BACKEND).await;
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
    let vandal = Vandal { db: &tx, site: &shop.id, dice: Dice(0) };
    let triggers = vandal.disarm().await;
    let sql = format!("update record set asked = '{{}}' where site = '{}'", shop.id);
    tx.execute_unprepared(&sql).await.unwrap();
    let who = forger::somebody(&tx, &shop.id).await;
    forger::commit_again(&tx, &shop.id, &who).await;
    forger::rebuild(&tx, &shop.id, Note::Gone).await;
    vandal.rearm(triggers).await;
    let report = within(&app.ground, &app.storage, &tx, &shop.id, &[]).await;
    assert_eq!(found(&report), BTreeSet::from(["signature.asked".into()]));
    tx.rollback().await.unwrap();
}
