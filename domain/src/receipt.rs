//! The receipt: the `201` answer as a compact JWS (RFC 7515) with EdDSA (RFC 8037), without
//! `exp`: a proof does not end. This file lays out the bytes; keys and signing are the server's.

use crate::canonical::{base64url, canonical, sha256};
use crate::record::Answer;
use serde_json::json;

/// The JWS `typ` of a receipt.
pub const TYP: &str = "consent-receipt+jws";

/// The key id of an Ed25519 public key: its RFC 7638 thumbprint.
pub fn key_id(public_key: &[u8; 32]) -> String {
    let jwk = json!({"crv": "Ed25519", "kty": "OKP", "x": base64url(public_key)});
    base64url(&sha256(&canonical(&jwk).unwrap_or_default()))
}

/// `BASE64URL(header) . BASE64URL(payload)`: what is signed.
pub fn signing_input(key_id: &str, answer: &Answer<'_>) -> Result<String, serde_json::Error> {
    let header = format!(r#"{{"alg":"EdDSA","kid":"{key_id}","typ":"{TYP}"}}"#);
    let payload = serde_json::to_vec(answer)?;
    Ok(format!("{}.{}", base64url(header.as_bytes()), base64url(&payload)))
}

/// The compact JWS.
pub fn compact(signing_input: &str, signature: &[u8; 64]) -> String {
    format!("{signing_input}.{}", base64url(signature))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::from_base64url;
    use crate::choice::Action;
    use crate::record::tests::record;

    #[test]
    fn the_key_id_is_the_thumbprint_of_rfc_8037_appendix_a() {
        let key = from_base64url("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert_eq!(key_id(&key), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn the_payload_is_the_answer_in_its_order() {
        let record = record(1, Action::AcceptAll, &[("ads", true)]);
        let input = signing_input("kid", &record.answer().unwrap()).unwrap();
        let jws = compact(&input, &[0; 64]);
        let parts: Vec<_> = jws.split('.').collect();
        assert_eq!(parts.len(), 3);
        assert!(parts[1].starts_with("eyJpZCI6"), "{{\"id\": first");
    }
}
