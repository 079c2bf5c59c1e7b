//! The public keys as a JWK set (RFC 7517, RFC 8037): those of receipts, and each site's log key.

use super::log_keys::LogKeys;
use super::registry::RECEIPT;
use crate::error::Error;
use crate::storage::entity::{signing_key, site};
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, KeyAlgorithm,
    OctetKeyPairParameters, OctetKeyPairType, PublicKeyUse,
};
use ouinon_domain::canonical::base64url;
use serde_json::{Value, json};

/// The set.
pub fn jwks(
    keys: &[signing_key::Model],
    sites: &[site::Model],
    log: &LogKeys,
) -> Result<Value, Error> {
    let failed = |error| Error::internal("JWK", error);
    let mut set = Vec::with_capacity(keys.len() + sites.len());
    for row in keys.iter().filter(|row| row.purpose == RECEIPT) {
        set.push(serde_json::to_value(jwk(&row.public_key, &row.kid)).map_err(failed)?);
    }
    for site in sites {
        let key = log.of(&site.log_origin)?;
        let mut value = serde_json::to_value(jwk(&key.public(), &key.id())).map_err(failed)?;
        value["ouinon_log"] = json!({
            "site": site.id,
            "origin": site.log_origin,
            "vkey": key.verifier().to_string(),
        });
        set.push(value);
    }
    Ok(json!({ "keys": set }))
}

fn jwk(public_key: &[u8], kid: &str) -> Jwk {
    Jwk {
        common: CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(KeyAlgorithm::EdDSA),
            key_id: Some(kid.into()),
            ..CommonParameters::default()
        },
        algorithm: AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: base64url(public_key),
        }),
    }
}
