//! Nobody changes evidence unnoticed: whatever is edited behind the server's back, `ouinon verify`
//! finds it; and where nothing was edited, it finds nothing. `OUINON_TEST_EDITS` says how many
//! random edits (60 by default), `OUINON_TEST_SEED` which.

use std::collections::BTreeSet;
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

use super::BACKEND;
use crate::support::app::{Ground, HOUR, TestApp};
use crate::support::forger::{self, Note};
use crate::support::history::{self, QUIET};
use crate::support::vandal::{Dice, Vandal};

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
