//! An exported proof (`GET …/consents/{id}/proof`), checked with public keys alone: no database, no
//! secret. The keys are a JWK set as `/.well-known/jwks.json` has it.

use super::report::{Finding, Findings};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, VerifyingKey};
use ouinon_domain::canonical::{canonical, from_base64url, from_hex, sha256};
use ouinon_domain::checkpoint::{self, VerifierKey};
use ouinon_domain::ids::{NoticeHash, SiteId};
use ouinon_domain::leaf;
use ouinon_domain::merkle::{Hash, leaf_hash, verify_inclusion};
use ouinon_domain::receipt::{TYP, key_id};
use ouinon_domain::record::Record;
use serde::Deserialize;
use serde_json::{Value, json};

/// The exported proof.
#[derive(Debug, Deserialize)]
pub struct Bundle {
    record: Value,
    notice: Value,
    receipt: Option<String>,
    leaf: String,
    leaf_key: Option<String>,
    index: u64,
    size: u64,
    inclusion: Vec<String>,
    checkpoint: String,
}

/// What can be said of a bundle.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything follows from what the keys signed.
    Sound(Box<Record>),
    /// Something does not.
    Tampered(Findings),
    /// The person was forgotten: nothing ties the record to its leaf any more.
    Forgotten,
}

type Checked = Result<(), (&'static str, &'static str, String)>;

fn wrong(what: &'static str, field: &'static str, why: impl Into<String>) -> Checked {
    Err((what, field, why.into()))
}

/// Checks a bundle with a JWK set.
pub fn check(bundle: &Bundle, keys: &Value) -> Verdict {
    let mut findings = Findings::default();
    let record: Option<Record> = serde_json::from_value(bundle.record.clone()).ok();
    let Some(record) = record.filter(|it| json!(it) == bundle.record) else {
        let detail = "the record cannot be read, or holds more than a record does";
        findings.add(Finding::new("record", detail));
        return Verdict::Tampered(findings);
    };
    let forgotten =
        record.personal.is_none() && bundle.leaf_key.is_none() && bundle.receipt.is_none();
    let all = [
        notice(bundle, &record),
        log(bundle, keys, &record.site),
        if forgotten { Ok(()) } else { commitment(bundle, &record) },
        if forgotten { Ok(()) } else { receipt(bundle, keys, &record) },
    ];
    for (what, field, why) in all.into_iter().filter_map(Result::err) {
        findings.add(Finding::new(what, why).of(record.id).at(field));
    }
    match findings.is_empty() {
        true if forgotten => Verdict::Forgotten,
        true => Verdict::Sound(Box::new(record)),
        false => Verdict::Tampered(findings),
    }
}

/// The notice is the one the record names.
fn notice(bundle: &Bundle, record: &Record) -> Checked {
    let hash = canonical(&bundle.notice).map(|bytes| NoticeHash(sha256(&bytes)));
    match hash {
        Ok(hash) if hash == record.notice => Ok(()),
        _ => wrong("notice", "notice", "the notice is not the one that the record names"),
    }
}

/// The leaf is what the record commits to.
fn commitment(bundle: &Bundle, record: &Record) -> Checked {
    let k = bundle.leaf_key.as_deref().and_then(|k| STANDARD.decode(k).ok());
    let Some(k) = k.and_then(|k| <[u8; 32]>::try_from(k).ok()) else {
        return wrong("leaf", "leaf_key", "the leaf's key is missing or not 32 bytes of base64");
    };
    let own = leaf::commitment(&k, record).map(|commitment| leaf::leaf(&commitment));
    match own {
        Ok(own) if STANDARD.encode(own) == bundle.leaf => Ok(()),
        _ => wrong("record", "leaf", "the record is not what the leaf commits to"),
    }
}

/// A published key signed the receipt, and the receipt says what the record says.
fn receipt(bundle: &Bundle, keys: &Value, record: &Record) -> Checked {
    let Some((text, answer)) = bundle.receipt.as_deref().zip(record.answer()) else {
        return wrong("receipt", "receipt", "the receipt is missing");
    };
    let parts: Vec<&str> = text.split('.').collect();
    let &[header, payload, signature] = &parts[..] else {
        return wrong("receipt", "receipt", "the receipt is not a compact JWS");
    };
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
    let head: Option<Value> = decoded(header).and_then(|it| serde_json::from_slice(&it).ok());
    let head = head.unwrap_or_default();
    if head["alg"] != "EdDSA" || head["typ"] != TYP {
        return wrong(
            "receipt",
            "header",
            "the receipt is not of this kind: EdDSA, consent-receipt+jws",
        );
    }
    let Some(key) = receipts_key(keys, &head["kid"]) else {
        return wrong("receipt", "kid", "the receipt's key is not among the published keys");
    };
    let signed = format!("{header}.{payload}");
    let signature = decoded(signature).and_then(|it| Signature::from_slice(&it).ok());
    let verifies = |it| key.verify_strict(signed.as_bytes(), &it).is_ok();
    if !signature.is_some_and(verifies) {
        return wrong("receipt", "signature", "the receipt does not verify under its key");
    }
    let said: Option<Value> = decoded(payload).and_then(|it| serde_json::from_slice(&it).ok());
    let (said, own) = (said.unwrap_or_default(), json!(answer));
    let (Some(said), Some(own)) = (said.as_object(), own.as_object()) else {
        return wrong("receipt", "payload", "the receipt cannot be read");
    };
    match own.keys().chain(said.keys()).find(|field| own.get(*field) != said.get(*field)) {
        None => Ok(()),
        Some(field) => wrong("record", "receipt", format!("the receipt says another `{field}`")),
    }
}

/// A key of receipts in the set, which is what its id says.
fn receipts_key(keys: &Value, kid: &Value) -> Option<VerifyingKey> {
    let own = |key: &&Value| key["kid"] == *kid && key["ouinon_log"].is_null();
    let key = keys["keys"].as_array()?.iter().find(own)?;
    let public: [u8; 32] = from_base64url(key["x"].as_str()?)?;
    let named =
        key["kty"] == "OKP" && key["crv"] == "Ed25519" && kid.as_str() == Some(&key_id(&public));
    VerifyingKey::from_bytes(&public).ok().filter(|_| named)
}

/// The leaf stands in the log that the site's key signed.
fn log(bundle: &Bundle, keys: &Value, site: &SiteId) -> Checked {
    let Some(key) = log_key(keys, site) else {
        return wrong(
            "checkpoint",
            "checkpoint",
            "the published keys have none of this site's log",
        );
    };
    let head = match checkpoint::open(&bundle.checkpoint, &key) {
        Ok(head) => head,
        Err(refused) => return wrong("checkpoint", "checkpoint", refused.to_string()),
    };
    if head.size != bundle.size {
        return wrong("checkpoint", "size", "the checkpoint is of another size than the proof");
    }
    let proof: Option<Vec<Hash>> = bundle.inclusion.iter().map(|hash| from_hex(hash)).collect();
    let leaf = STANDARD.decode(&bundle.leaf).unwrap_or_default();
    let stands = |proof: &Vec<Hash>| {
        verify_inclusion(bundle.index, bundle.size, &leaf_hash(&leaf), proof, &head.root)
    };
    match proof.is_some_and(|proof| stands(&proof)) {
        true => Ok(()),
        false => wrong("leaf", "inclusion", "the leaf does not stand at its index of this log"),
    }
}

fn log_key(keys: &Value, site: &SiteId) -> Option<VerifierKey> {
    let logs = keys["keys"].as_array()?.iter().map(|key| &key["ouinon_log"]);
    let own = logs.into_iter().find(|log| log["site"] == site.as_str())?;
    VerifierKey::parse(own["vkey"].as_str()?)
}
