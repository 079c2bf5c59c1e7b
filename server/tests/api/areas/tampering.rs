//! Nobody changes evidence unnoticed: whatever is edited behind the server's back, `ouinon verify`
//! finds it; and where nothing was edited, it finds nothing. `OUINON_TEST_EDITS` says how many
//! random edits (60 by default), `OUINON_TEST_SEED` which.

use std::sync::Arc;
use std::time::Instant;

use ouinon_domain::ids::SiteId;
use ouinon_server::evidence::key_file::Seeds;
use ouinon_server::evidence::log_keys::LogKeys;
use ouinon_server::evidence::verify::Verifier;
use ouinon_server::evidence::verify::report::Report;
use ouinon_server::storage::Storage;

use super::BACKEND;
use crate::support::app::{Ground, TestApp};
use crate::support::copies::Copy;
use crate::support::history::{self, QUIET};
use crate::support::vandal::{Dice, Vandal};

/// A number from the environment.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// Verifies a database of this ground, in this process.
async fn verify(ground: &Ground, storage: &Storage, site: &SiteId) -> Report {
    let keys = ground.config(&[]).keys;
    let log = LogKeys::new(&Seeds::load(&keys.signing_key).unwrap());
    let verifier =
        Verifier { storage, keys: &log, witness: &keys.witness, full: true, progress: &|_, _| {} };
    verifier.run(site).await.unwrap()
}

/// A site with a past whose server has stopped: the ground, the site, an older copy of it all, and
/// the newest.
async fn past() -> (Arc<Ground>, SiteId, Copy, Copy) {
    let ground = Arc::new(Ground::new(BACKEND));
    let (site, older) = {
        let app = TestApp::over(Arc::clone(&ground), QUIET).await;
        let mut shop = app.shop().await;
        history::round(&mut shop).await;
        app.stop();
        let older = ground.copy().await;
        ((shop.id.clone(), shop.notice.clone(), shop.key.clone()), older)
    };
    let (site, notice, key) = site;
    let app = TestApp::over(Arc::clone(&ground), QUIET).await;
    app.pass(24 * crate::support::app::HOUR);
    let mut shop = history::again(&app, &site, &notice, &key);
    history::round(&mut shop).await;
    history::waiting(&shop).await;
    app.stop();
    let newest = ground.copy().await;
    (ground, site, older, newest)
}

#[track_caller]
fn assert_sound(report: &Report) {
    assert!(report.sound, "{:#?}", report.findings);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_random_edit_is_found_and_nothing_else() {
    let (ground, site, _older, newest) = past().await;
    let first = verify(&ground, &newest.storage, &site).await;
    assert_sound(&first);
    assert!(first.log.size > 600 && first.log.waiting == 4, "{first:?}");
    assert!(first.signatures.unwrap() > 20 && first.witness.size == first.log.published);
    let (edits, seed) = (number("OUINON_TEST_EDITS", 60), number("OUINON_TEST_SEED", 1));
    let (start, mut missed) = (Instant::now(), Vec::new());
    for edit in seed..seed + edits {
        let copy = newest.copy().await;
        let dice = Dice(edit);
        let mut vandal = Vandal { storage: &copy.storage, site: &site, dice };
        let done = vandal.strike().await;
        let report = verify(&ground, &copy.storage, &site).await;
        if report.sound {
            missed.push(format!("seed {edit}: {done}"));
        }
        copy.end().await;
        if edit % 20 == 0 {
            let copy = newest.copy().await;
            assert_sound(&verify(&ground, &copy.storage, &site).await);
            copy.end().await;
        }
    }
    println!("{edits} edits in {:?}, {} missed", start.elapsed(), missed.len());
    assert!(missed.is_empty(), "{} of {edits} missed:\n{}", missed.len(), missed.join("\n"));
}
