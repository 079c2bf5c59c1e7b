//! A site with a past: visitors with several records each, withdrawals, signatures of their own,
//! three notices, people who were forgotten, leaves that fill tiles, and some that still wait.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use ouinon_domain::canonical::canonical;
use ouinon_domain::ids::{SiteId, VisitorId};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};

use super::app::{HOUR, TestApp};
use super::shop::{PURPOSES, Shop, notice};
use super::visitor::Visitor;

/// Settings of the servers a history is made on: leaves wait until they are told not to.
pub const QUIET: &[(&str, &str)] = &[("OUINON_JOBS", "off")];

/// Visitors of one round; each leaves two records or more.
const ROUND: usize = 120;

/// Adds a round to a site's history: every leaf has its place afterwards.
pub async fn round(shop: &mut Shop<'_>) {
    let mut visitors: Vec<_> = (0..ROUND).map(|_| Visitor::new()).collect();
    for turn in 0..3 {
        shop.app.pass(HOUR);
        let shown: &Shop<'_> = shop;
        let turns = visitors.iter_mut().enumerate();
        for some in turns.collect::<Vec<_>>().chunks_mut(8) {
            join_all(some.iter_mut().map(|(who, visitor)| choose(shown, *who, visitor, turn)))
                .await;
        }
        if turn == 1 {
            let mut next = notice();
            next["expires_after_days"] = json!(100);
            next["controller"]["name"] = json!(format!("Shop at {}", shop.app.now()));
            shop.notice = shop.publish(next).await.to_string();
        }
    }
    for visitor in visitors.iter().step_by(30) {
        shop.app.pass(HOUR);
        erase(shop, visitor.id()).await;
    }
    shop.app.merged().await;
}

async fn choose(shop: &Shop<'_>, who: usize, visitor: &mut Visitor, turn: usize) {
    match (who + turn) % 6 {
        0 => shop.choose(visitor, &PURPOSES).await,
        1 => shop.choose(visitor, &[]).await,
        2 if turn > 0 => shop.withdraw(visitor).await,
        3 if who < 12 => return signed(shop, visitor).await,
        _ => shop.choose(visitor, &["analytics", "functional"]).await,
    };
}

/// A choice that the browser signed itself.
pub async fn signed(shop: &Shop<'_>, visitor: &mut Visitor) {
    let mut body = shop.body(visitor, "save", &["analytics"]);
    body["page"] = json!("https://shop.example/vase");
    body["gesture"] = json!({"trusted": true, "visible": true});
    sign(&mut body, visitor.id(), &browser_key());
    shop.post(&body).await.expect(201);
    visitor.version += 1;
}

/// Some browser's key.
pub fn browser_key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

/// Puts a browser's key and signature into a body.
pub fn sign(body: &mut Value, visitor: VisitorId, key: &SigningKey) {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    body["public_key"] = json!(encode(key.verifying_key().to_sec1_point(false).as_bytes()));
    let mut message = body.clone();
    message.as_object_mut().unwrap().remove("visitor_secret");
    message["visitor"] = json!(visitor);
    let signature: Signature = key.sign(&canonical(&message).unwrap());
    body["signature"] = json!(encode(&signature.to_bytes()));
}

/// A few records whose leaves wait.
pub async fn waiting(shop: &Shop<'_>) {
    shop.app.pass(HOUR);
    for _ in 0..4 {
        shop.choose(&mut Visitor::new(), &["analytics"]).await;
    }
}

/// Forgets a visitor.
async fn erase(shop: &Shop<'_>, visitor: VisitorId) {
    let path = shop.path(&format!("/visitors/{visitor}"));
    let answer = shop.app.call("DELETE", &path).key(&shop.key).send().await;
    assert!((200..300).contains(&answer.status), "{}", answer.text());
}

/// A site of an earlier server on the same ground.
pub fn again<'a>(app: &'a TestApp, id: &SiteId, notice: &str, key: &str) -> Shop<'a> {
    let origin = super::shop::ORIGIN;
    Shop { app, id: id.clone(), origin, notice: notice.into(), key: key.into() }
}
