//! A visitor's own signature: ECDSA P-256 with SHA-256 (WebCrypto's form, r ‖ s) over the RFC 8785
//! JSON of the body without `signature`. The key is the uncompressed point as base64url.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ouinon_domain::canonical::canonical;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};

/// Checks the signature in a raw body; the error is a sentence for the caller.
pub fn check(raw: &[u8], public_key: &str, signature: &str) -> Result<(), String> {
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
    let key = bytes(public_key)
        .and_then(|point| VerifyingKey::from_sec1_bytes(&point).ok())
        .ok_or("`public_key` is not a P-256 point as base64url")?;
    let signature = bytes(signature)
        .and_then(|bytes| Signature::from_slice(&bytes).ok())
        .ok_or("`signature` is not 64 bytes of ECDSA as base64url")?;
    let message = message(raw).ok_or("the body has no canonical form")?;
    key.verify(&message, &signature).map_err(|_| "does not verify over the body".to_owned())
}

fn message(raw: &[u8]) -> Option<Vec<u8>> {
    let mut body: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(raw).ok()?;
    body.remove("signature");
    canonical(&body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::SigningKey;
    use p256::ecdsa::signature::Signer;

    #[test]
    fn a_signature_covers_the_whole_body() {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let point = encode(key.verifying_key().to_sec1_point(false).as_bytes());
        let body = |action: &str| format!(r#"{{"public_key":"{point}","action":"{action}"}}"#);
        let signature: Signature = key.sign(&message(body("save").as_bytes()).unwrap());
        let signature = encode(&signature.to_bytes());
        assert_eq!(check(body("save").as_bytes(), &point, &signature), Ok(()));
        assert!(check(body("withdraw").as_bytes(), &point, &signature).is_err());
        assert!(check(body("save").as_bytes(), "AAAA", &signature).is_err());
        assert!(check(body("save").as_bytes(), &point, "AAAA").is_err());
    }
}
