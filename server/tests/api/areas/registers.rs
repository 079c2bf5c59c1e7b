//! The registers beside a running server: somebody removes what marks the forgotten, or entries
//! themselves, and the server notices without a restart.

use ouinon_server::storage::erasures;
use sea_orm::{ConnectionTrait, Statement};

use super::BACKEND;
use crate::support::app::{HOUR, TestApp};
use crate::support::process::run;
use crate::support::shop::{PURPOSES, Shop};
use crate::support::visitor::Visitor;

const USE: &str = "purpose=analytics";

/// What somebody with the database in hands does; `$1` is the site.
async fn edit(shop: &Shop<'_>, sql: &str) {
    let db = &shop.app.storage.db();
    let values = [shop.id.as_str().into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    assert!(db.execute_raw(statement).await.unwrap().rows_affected() > 0, "{sql}");
}

#[track_caller]
fn is_sound(shop: &Shop<'_>) {
    let done = run(shop.app, &["verify", "--site", shop.id.as_str()], "");
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stdout));
}

#[tokio::test]
async fn a_mark_of_the_forgotten_that_was_removed_is_set_again() {
    let app = TestApp::start(BACKEND).await;
    let (shop, other) = (app.shop().await, app.shop().await);
    let (mut ann, mut bob, mut eve) = (Visitor::new(), Visitor::new(), Visitor::new());
    for visitor in [&mut ann, &mut bob] {
        shop.choose(visitor, &PURPOSES).await;
    }
    other.choose(&mut eve, &PURPOSES).await;
    shop.erase(&ann).await;
    other.erase(&eve).await;
    app.pass(HOUR);
    app.merged().await;
    let register = shop.get("/erasures").send().await.expect(200);

    edit(&shop, "delete from erasure where site = $1").await;
    ann.version = 0;
    shop.choose(&mut ann, &PURPOSES).await;
    assert_eq!(shop.reason(&ann, USE).await, "GRANTED", "what the removal was for");
    app.marked().await;
    for (shop, visitor, reason) in
        [(&shop, &ann, "ERASED"), (&shop, &bob, "GRANTED"), (&other, &eve, "ERASED")]
    {
        assert_eq!(shop.reason(visitor, USE).await, reason);
    }
    let refused = shop.post(&shop.body(&ann, "accept_all", &PURPOSES)).await;
    refused.problem(410, "visitor-erased");
    assert_eq!(shop.get("/erasures").send().await.expect(200), register, "as it was");
    let entries = shop.count("from register where site = $1 and kind = 'erasure'").await;
    assert_eq!(entries, 1, "nothing was said twice");
    app.merged().await;
    is_sound(&shop);

    let other_hash = "update erasure set visitor_hmac = $2 where site = $1";
    let db = &app.storage.db();
    let values = [shop.id.as_str().into(), vec![7_u8; 32].into()];
    let forged = Statement::from_sql_and_values(db.get_database_backend(), other_hash, values);
    db.execute_raw(forged).await.unwrap();
    app.marked().await;
    assert_eq!(shop.reason(&ann, USE).await, "ERASED", "as many rows, another hash");
    assert!(erasures::find(db, &shop.id, [7; 32]).await.unwrap().is_some(), "for verify to find");
}

#[tokio::test]
async fn an_entry_nobody_signed_forgets_nobody() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let (mut ann, mut bob) = (Visitor::new(), Visitor::new());
    shop.choose(&mut ann, &PURPOSES).await;
    shop.choose(&mut bob, &PURPOSES).await;
    shop.erase(&bob).await;
    let site = app.sites().fresh(&shop.id).await.unwrap();
    let hash = ouinon_domain::canonical::hex(&site.erasure_hash(ann.id()));
    for body in [format!(r#"{{"requested_by":"operator","visitor_hmac":"{hash}"}}"#), "{".into()] {
        let forged = format!(
            "insert into register (site, seq, previous, kind, at, body, signature) select site, \
             (select max(seq) + 1 from register where site = $1), previous, kind, at, '{body}', \
             signature from register where site = $1 and kind = 'erasure' and seq < 3"
        );
        edit(&shop, &forged).await;
    }
    app.marked().await;
    assert_eq!(shop.reason(&ann, USE).await, "GRANTED");
    assert_eq!(shop.reason(&bob, USE).await, "ERASED");
}

#[tokio::test]
async fn an_entry_that_was_removed_is_noticed_and_its_erasure_applied_again() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let (mut ann, mut bob) = (Visitor::new(), Visitor::new());
    shop.choose(&mut ann, &PURPOSES).await;
    shop.choose(&mut bob, &PURPOSES).await;
    shop.erase(&ann).await;
    app.merged().await;
    app.compared().await;
    edit(&shop, "delete from erasure where site = $1").await;
    edit(&shop, "delete from register where site = $1 and kind = 'erasure'").await;
    app.marked().await;
    assert_eq!(shop.reason(&bob, USE).await, "LOG_UNVERIFIED");
    assert_eq!(shop.count("from erasure where site = $1").await, 1);
}
