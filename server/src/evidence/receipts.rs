//! The Ed25519 key that signs receipts. Its public part is registered (`registry`) and published
//! (`jwks`); verifying a receipt needs nothing else.

use super::key_file::Seeds;
use crate::error::Error;
use crate::storage::rows::Stored;
use ed25519_dalek::{Signer as _, SigningKey};
use ouinon_domain::receipt;
use ouinon_domain::record::Record;
use serde_json::Value;

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
    /// The signer of receipts of an installation.
    pub fn new(seeds: &Seeds) -> Self {
        let key = SigningKey::from_bytes(&seeds.receipts);
        let key_id = receipt::key_id(&key.verifying_key().to_bytes());
        Self { key, key_id }
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

    /// The public part.
    pub fn public(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }
}

/// What a record's receipt signs.
pub fn signing_input(key_id: &str, record: &Record) -> Result<String, Error> {
    let answer =
        record.answer().ok_or_else(|| Error::Internal("a record without a person".into()))?;
    receipt::signing_input(key_id, &answer).map_err(|error| Error::internal("receipt", error))
}

/// The receipt of a stored record, byte for byte as it was first given.
pub fn receipt(stored: &Stored) -> Result<String, Error> {
    Ok(receipt::compact(&signing_input(&stored.key_id, &stored.record)?, &stored.signature))
}

/// A record whole, as JSON: everything stored, and the receipt while there is a person; of a
/// forgotten one `visitor` is null.
pub fn whole(stored: &Stored) -> Result<Value, Error> {
    let mut value = serde_json::to_value(&stored.record)
        .map_err(|error| Error::internal("a record as JSON", error))?;
    let Some(fields) = value.as_object_mut() else { return Ok(value) };
    match fields.remove("personal") {
        Some(Value::Object(personal)) => {
            fields.extend(personal);
            fields.insert("receipt".into(), receipt(stored)?.into());
        }
        _ => {
            fields.insert("visitor".into(), Value::Null);
        }
    }
    Ok(value)
}
