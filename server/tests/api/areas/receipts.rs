//! The receipt in a visitor's hands: anyone can check it with the published key and a library that
//! is not ours, now and after a restart.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, SignatureError, VerifyingKey};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::shop::PURPOSES;
use crate::support::visitor::Visitor;

/// The payload, if the receipt verifies under a published key: `jsonwebtoken` reads the key set,
/// the header and the claims, `ed25519-dalek` checks the signature.
async fn verified(app: &TestApp, receipt: &str) -> Result<Value, SignatureError> {
    let sent = app.get("/.well-known/jwks.json").send().await;
    assert_eq!(sent.header("access-control-allow-origin"), Some("*"));
    let keys: JwkSet = serde_json::from_value(sent.expect(200)).unwrap();
    let header = jsonwebtoken::decode_header(receipt).unwrap();
    assert_eq!(header.typ.as_deref(), Some("consent-receipt+jws"));
    assert_eq!(header.alg, Algorithm::EdDSA);
    let key = keys.find(header.kid.as_deref().unwrap()).expect("the key is published");
    assert!(key.is_supported());
    let key = DecodingKey::from_jwk(key).unwrap();
    let key = VerifyingKey::from_bytes(key.try_get_as_bytes().unwrap().try_into().unwrap())?;
    let (signed, signature) = receipt.rsplit_once('.').unwrap();
    let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap())?;
    key.verify_strict(signed.as_bytes(), &signature)?;
    Ok(jsonwebtoken::dangerous::insecure_decode::<Value>(receipt).unwrap().claims)
}

#[tokio::test]
async fn a_receipt_verifies_and_says_what_was_answered() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut visitor = Visitor::new();
    for granted in [&PURPOSES[..], &["analytics"], &[]] {
        let mut answer = shop.choose(&mut visitor, granted).await;
        let receipt = answer["receipt"].as_str().unwrap().to_owned();
        let claims = verified(&app, &receipt).await.unwrap();
        answer.as_object_mut().unwrap().remove("receipt");
        assert_eq!(claims, answer, "the payload is the answer without the receipt");
        assert!(claims.get("exp").is_none(), "a proof does not end");
    }
}

#[tokio::test]
async fn the_published_key_is_what_jose_libraries_expect() {
    let app = TestApp::start(BACKEND).await;
    let keys = app.get("/.well-known/jwks.json").send().await.expect(200);
    let receipts =
        keys["keys"].as_array().unwrap().iter().filter(|key| key["ouinon_log"].is_null());
    assert_eq!(receipts.count(), 1);
    let key = &keys["keys"][0];
    for (field, value) in [("kty", "OKP"), ("crv", "Ed25519"), ("use", "sig"), ("alg", "EdDSA")] {
        assert_eq!(key[field], value);
    }
    let public: [u8; 32] =
        URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap().try_into().unwrap();
    assert_eq!(key["kid"], ouinon_domain::receipt::key_id(&public), "RFC 7638");
    assert!(key.get("d").is_none(), "only the public half");
}

#[tokio::test]
async fn a_changed_receipt_does_not_verify() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let answer = shop.choose(&mut Visitor::new(), &[]).await;
    let receipt = answer["receipt"].as_str().unwrap();
    let parts: Vec<&str> = receipt.split('.').collect();
    let payload = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    let forged = payload.replace("\"analytics\":false", "\"analytics\":true");
    assert_ne!(forged, payload);
    let forged = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(forged), parts[2]);
    assert!(verified(&app, &forged).await.is_err());
}

#[tokio::test]
async fn receipts_outlive_the_server() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let visitor = Visitor::new();
    let body = shop.body(&visitor, "accept_all", &PURPOSES);
    let before = shop.post(&body).await.expect(201);
    let path = shop.path("/consents");
    app.stop();
    let again = TestApp::over(Arc::clone(&app.ground), &[]).await;
    let repeated = again.call("POST", &path).origin(crate::support::shop::ORIGIN).json(&body);
    assert_eq!(repeated.send().await.expect(200), before, "identical, after a restart too");
    verified(&again, before["receipt"].as_str().unwrap()).await.unwrap();
}
