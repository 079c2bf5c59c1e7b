//! A site with a past whose server has stopped, and what a verification says of it, as it is or
//! after an edit that is undone again.

use std::collections::BTreeSet;
use std::sync::Arc;

use ouinon_domain::ids::SiteId;
use ouinon_server::error::Error;
use ouinon_server::evidence::key_file::Seeds;
use ouinon_server::evidence::log_keys::LogKeys;
use ouinon_server::evidence::receipts::Signer;
use ouinon_server::evidence::verify::Verifier;
use ouinon_server::evidence::verify::report::{Finding, Report};
use ouinon_server::evidence::verify::witness::{Memory, memories};
use ouinon_server::evidence::witness::Witness;
use ouinon_server::storage::Storage;
use sea_orm::DatabaseTransaction;

use super::app::{Backend, Ground, HOUR, TestApp};
use super::history::{self, QUIET};
use super::vandal::{Dice, Vandal};

/// Uses a verifier of a database of this ground, in this process.
async fn verifying<T>(
    ground: &Ground,
    storage: &Storage,
    work: impl AsyncFnOnce(Verifier<'_>) -> Result<T, Error>,
) -> T {
    let config = ground.config(&[]);
    let seeds = Seeds::load(&config.signing_key).unwrap();
    let (keys, signer) = (&LogKeys::new(&seeds), Signer::new(&seeds));
    let witness = Witness::new(&config.witness).unwrap();
    let (receipt_key, witness, progress) = (signer.key_id(), &witness, &|_, _| {});
    work(Verifier { storage, keys, receipt_key, witness, full: true, progress }).await.unwrap()
}

/// Verifies a database as it is.
pub async fn verify(ground: &Ground, storage: &Storage, site: &SiteId) -> Report {
    verifying(ground, storage, async |verifier| verifier.run(site).await).await
}

/// Verifies it as a transaction sees it.
pub async fn within(
    ground: &Ground,
    storage: &Storage,
    tx: &DatabaseTransaction,
    site: &SiteId,
    held: &[Memory],
) -> Report {
    verifying(ground, storage, async |verifier| verifier.within(tx, site, held).await).await
}

/// What the witness holds.
pub async fn witness(ground: &Ground, site: &SiteId) -> Vec<Memory> {
    let witness = Witness::new(&ground.config(&[]).witness).unwrap();
    memories(&witness, site).await.unwrap()
}

/// A site with a past whose server has stopped.
pub struct Past {
    pub ground: Arc<Ground>,
    pub site: SiteId,
    /// The database half-way through, its log published.
    pub older: Aside,
    /// And at the end.
    pub newest: Aside,
}

/// A copy of the database.
pub struct Aside {
    pub storage: Storage,
    _ground: Ground,
}

impl Aside {
    async fn of(ground: &Ground) -> Self {
        let copy = ground.copy();
        let storage = Storage::open(&copy.config(&[]).database).await.unwrap();
        Self { storage, _ground: copy }
    }
}

/// Makes one.
pub async fn past(backend: Backend) -> Past {
    let ground = Arc::new(Ground::new(backend));
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
pub fn assert_sound(report: &Report) {
    assert!(report.sound, "{:#?}", report.findings);
}

/// What a verification says of an edit that is undone afterwards.
pub async fn after(past: &Past, edit: impl AsyncFnOnce(&DatabaseTransaction)) -> Report {
    let held = witness(&past.ground, &past.site).await;
    let tx = past.newest.storage.write().await.unwrap();
    let vandal = Vandal { db: &tx, site: &past.site, dice: Dice(0) };
    let triggers = vandal.disarm().await;
    edit(&tx).await;
    vandal.rearm(triggers).await;
    let report = within(&past.ground, &past.newest.storage, &tx, &past.site, &held).await;
    tx.rollback().await.unwrap();
    report
}

/// What is found, as `what` or `what.field`.
pub fn found(report: &Report) -> BTreeSet<String> {
    let name = |finding: &Finding| match &finding.field {
        Some(field) => format!("{}.{field}", finding.what),
        None => finding.what.clone(),
    };
    report.findings.iter().map(name).collect()
}
