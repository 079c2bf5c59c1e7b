//! The Ed25519 key that signs receipts: read or made at start, registered in the database, its
//! public part published as JWKS. Verifying a receipt needs nothing else.

use crate::clock::Clock;
use crate::error::Error;
use crate::random::random_bytes;
use crate::storage::Storage;
use crate::storage::entity::signing_key;
use crate::storage::keys;
use ed25519_dalek::{Signer as _, SigningKey};
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm,
    OctetKeyPairParameters, OctetKeyPairType, PublicKeyUse,
};
use ouinon_domain::canonical::base64url;
use ouinon_domain::receipt;
use ouinon_domain::record::Record;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Signs receipts.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
    key_id: String,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.key_id)
    }
}

impl Signer {
    /// Reads the key file, making it (mode 0600) where there is none.
    pub fn load(path: &Path) -> Result<Self, String> {
        let seed = match std::fs::read(path) {
            Ok(text) => parse(&text).ok_or_else(|| {
                format!(
                    "OUINON_SIGNING_KEY_FILE {} does not hold an Ed25519 key: 32 bytes as 43 \
                     characters of base64url",
                    path.display()
                )
            })?,
            Err(error) if error.kind() == ErrorKind::NotFound => make(path)?,
            Err(error) => {
                return Err(format!(
                    "OUINON_SIGNING_KEY_FILE {} cannot be read: {error}",
                    path.display()
                ));
            }
        };
        let key = SigningKey::from_bytes(&seed);
        let key_id = receipt::key_id(&key.verifying_key().to_bytes());
        Ok(Self { key, key_id })
    }

    /// The key id in receipts and JWKS.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Signs a record's receipt.
    pub fn sign(&self, record: &Record) -> Result<[u8; 64], Error> {
        let input = signing_input(&self.key_id, record)?;
        Ok(self.key.sign(input.as_bytes()).to_bytes())
    }

    /// Registers the public key where none is registered yet; refuses a key that is not among
    /// those that are, so that a second server cannot sign with a key of its own.
    pub async fn register(&self, storage: &Storage, clock: &Clock) -> Result<(), String> {
        let failed = |error: Error| format!("cannot read the registered signing keys: {error}");
        let known = keys::signing(storage.db()).await.map_err(failed)?;
        if known.iter().any(|row| row.kid == self.key_id) {
            return Ok(());
        }
        if !known.is_empty() {
            return Err(format!(
                "the key in OUINON_SIGNING_KEY_FILE ({}) is not registered in this database; copy \
                 the key file of the first server here",
                self.key_id
            ));
        }
        let row = signing_key::Model {
            kid: self.key_id.clone(),
            public_key: self.key.verifying_key().to_bytes().to_vec(),
            created_at: clock.now(),
        };
        keys::register(storage.db(), row).await.map_err(failed)
    }
}

fn parse(text: &[u8]) -> Option<[u8; 32]> {
    ouinon_domain::canonical::from_base64url(std::str::from_utf8(text).ok()?.trim())
}

fn make(path: &Path) -> Result<[u8; 32], String> {
    let failed = |error: &dyn std::fmt::Display| {
        format!("OUINON_SIGNING_KEY_FILE {} cannot be made: {error}", path.display())
    };
    let seed = random_bytes::<32>().map_err(|error| failed(&error))?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| failed(&error))?;
    let text = format!("{}\n", base64url(&seed));
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|e| failed(&e))?;
    Ok(seed)
}

fn signing_input(key_id: &str, record: &Record) -> Result<String, Error> {
    let answer =
        record.answer().ok_or_else(|| Error::Internal("a record without a person".into()))?;
    receipt::signing_input(key_id, &answer).map_err(|error| Error::internal("receipt", error))
}

/// The receipt of a stored record, byte for byte as it was first given.
pub fn receipt(stored: &crate::storage::records::Stored) -> Result<String, Error> {
    Ok(receipt::compact(&signing_input(&stored.key_id, &stored.record)?, &stored.signature))
}

/// All registered keys as a JWK set (RFC 7517, RFC 8037).
pub fn jwks(keys: &[signing_key::Model]) -> JwkSet {
    let jwk = |row: &signing_key::Model| Jwk {
        common: CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(KeyAlgorithm::EdDSA),
            key_id: Some(row.kid.clone()),
            ..CommonParameters::default()
        },
        algorithm: AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: base64url(&row.public_key),
        }),
    };
    JwkSet { keys: keys.iter().map(jwk).collect() }
}
