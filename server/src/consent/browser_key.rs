//! A visitor's own signature: ECDSA P-256 with SHA-256 (WebCrypto's form, r ‖ s) over the RFC 8785
//! JSON of the body without `signature` and `visitor_secret`, with `visitor`, the id that follows
//! from the secret. So the message can be kept and checked again, by whoever may read the record.
//! The key is the uncompressed point as base64url.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ouinon_domain::canonical::canonical;
use ouinon_domain::ids::VisitorId;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use serde_json::{Map, Value};

/// A signature that verifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The key, as it was sent.
    pub key: String,
    /// The signature, as it was sent.
    pub signature: String,
    /// What it is over.
    pub message: String,
}

/// Checks the signature in a visitor's raw body; the error is a sentence for the caller.
pub fn check(raw: &[u8], visitor: VisitorId, key: &str, signature: &str) -> Result<Signed, String> {
    let message = message(raw, visitor).ok_or("the body has no canonical form")?;
    verify(&message, key, signature)?;
    Ok(Signed { key: key.to_owned(), signature: signature.to_owned(), message })
}

/// Whether `key` signed the message; the error is a sentence.
pub fn verify(message: &str, key: &str, signature: &str) -> Result<(), String> {
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
    let key = bytes(key)
        .and_then(|point| VerifyingKey::from_sec1_bytes(&point).ok())
        .ok_or("`public_key` is not a P-256 point as base64url")?;
    let signature = bytes(signature)
        .and_then(|bytes| Signature::from_slice(&bytes).ok())
        .ok_or("`signature` is not 64 bytes of ECDSA as base64url")?;
    key.verify(message.as_bytes(), &signature).map_err(|_| "does not verify over the body".into())
}

fn message(raw: &[u8], visitor: VisitorId) -> Option<String> {
    let mut body: Map<String, Value> = serde_json::from_slice(raw).ok()?;
    body.remove("signature");
    body.remove("visitor_secret");
    body.insert("visitor".into(), visitor.to_string().into());
    String::from_utf8(canonical(&body).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::SigningKey;
    use p256::ecdsa::signature::Signer;

    #[test]
    fn a_signature_covers_the_whole_body_and_names_the_visitor() {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let point = encode(key.verifying_key().to_sec1_point(false).as_bytes());
        let body = |action: &str| {
            format!(r#"{{"visitor_secret":"S3cr3t","public_key":"{point}","action":"{action}"}}"#)
        };
        let (one, two) = (VisitorId([1; 16]), VisitorId([2; 16]));
        let signature: Signature =
            key.sign(message(body("save").as_bytes(), one).unwrap().as_bytes());
        let signature = encode(&signature.to_bytes());
        let signed = check(body("save").as_bytes(), one, &point, &signature).unwrap();
        assert!(signed.message.contains(&one.to_string()) && !signed.message.contains("S3cr3t"));
        assert_eq!(verify(&signed.message, &signed.key, &signed.signature), Ok(()));
        assert!(check(body("save").as_bytes(), two, &point, &signature).is_err());
        assert!(check(body("withdraw").as_bytes(), one, &point, &signature).is_err());
        assert!(check(body("save").as_bytes(), one, "AAAA", &signature).is_err());
        assert!(check(body("save").as_bytes(), one, &point, "AAAA").is_err());
    }
}
