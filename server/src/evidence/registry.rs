//! Which keys belong to the installation: registered in the database, certified by the logs' key
//! (that one by itself). A server with other keys refuses to start; rotation adds a key and keeps the old.

use super::log_keys::{LogKeys, Statement};
use super::receipts::Signer;
use crate::clock::Clock;
use crate::error::Error;
use crate::storage::Storage;
use crate::storage::entity::signing_key;
use crate::storage::keys;

/// The purpose of a key that signs receipts.
pub const RECEIPT: &str = "receipt";
/// The purpose of the key all log keys come from.
pub const LOG: &str = "log";

/// What a certificate says of a key.
pub fn certified(kid: &str, created_at: i64) -> Vec<u8> {
    format!("{kid}\n{created_at}\n").into_bytes()
}

/// Registers both keys where none is registered yet; refuses keys that are not among those that
/// are, so that a second server cannot sign with keys of its own.
pub async fn register(
    storage: &Storage,
    clock: &Clock,
    signer: &Signer,
    log: &LogKeys,
) -> Result<(), String> {
    let failed = |error: Error| format!("cannot read the registered signing keys: {error}");
    let known = keys::signing(storage.db()).await.map_err(failed)?;
    let own_log = log.installation().map_err(failed)?;
    let keys_of = |purpose: &str| known.iter().filter(|row| row.purpose == purpose).count();
    let is_known = |kid: &str| known.iter().any(|row| row.kid == kid);
    if keys_of(LOG) > 0 && !is_known(&own_log.id()) {
        return Err(unregistered("log key", &own_log.id()));
    }
    if keys_of(RECEIPT) > 0 && !is_known(signer.key_id()) {
        return Err(unregistered("key", signer.key_id()));
    }
    if keys_of(LOG) == 0 {
        let (kid, created_at) = (own_log.id(), clock.now());
        let certificate = own_log.sign(Statement::ReceiptKey, &certified(&kid, created_at));
        let row = signing_key::Model {
            kid,
            public_key: own_log.public().to_vec(),
            created_at,
            purpose: LOG.into(),
            certificate: Some(certificate.to_vec()),
        };
        keys::register(storage.db(), row).await.map_err(failed)?;
    }
    if keys_of(RECEIPT) == 0 {
        add(storage, clock, signer, log).await.map_err(failed)?;
    }
    Ok(())
}

/// Adds a receipts' key, certified.
pub async fn add(
    storage: &Storage,
    clock: &Clock,
    signer: &Signer,
    log: &LogKeys,
) -> Result<(), Error> {
    let (kid, created_at) = (signer.key_id().to_owned(), clock.now());
    let statement = certified(&kid, created_at);
    let certificate = log.installation()?.sign(Statement::ReceiptKey, &statement);
    let row = signing_key::Model {
        kid,
        public_key: signer.public().to_vec(),
        created_at,
        purpose: RECEIPT.into(),
        certificate: Some(certificate.to_vec()),
    };
    keys::register(storage.db(), row).await
}

fn unregistered(what: &str, id: &str) -> String {
    format!(
        "the {what} in OUINON_SIGNING_KEY_FILE ({id}) is not registered in this database; copy the \
         key file of the first server here"
    )
}
