//! Which keys belong to the installation: registered in the database, certified by the logs' key
//! (that one by itself). A server with other keys refuses to start; rotation adds a key and keeps the old.

use super::log_keys::{LogKey, LogKeys, Statement};
use super::receipts::Signer;
use crate::clock::Clock;
use crate::error::Error;
use crate::storage::dialect::lock_registry;
use crate::storage::entity::signing_key;
use crate::storage::{Storage, keys};
use sea_orm::ConnectionTrait;

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
    let own_log = log.installation().map_err(failed)?;
    let known = keys::signing(&storage.db()).await.map_err(failed)?;
    if are_registered(&known, &own_log, signer)? {
        return Ok(());
    }
    // Two servers may come here at once with keys of their own: the second finds the first one's.
    let tx = storage.write().await.map_err(failed)?;
    lock_registry(&tx).await.map_err(failed)?;
    let known = keys::signing(&tx).await.map_err(failed)?;
    if are_registered(&known, &own_log, signer)? {
        return Ok(());
    }
    if !known.iter().any(|row| row.purpose == LOG) {
        let row = certify(&own_log, LOG, own_log.id(), own_log.public(), clock);
        keys::register(&tx, row).await.map_err(failed)?;
    }
    if !known.iter().any(|row| row.purpose == RECEIPT) {
        add(&tx, clock, signer, log).await.map_err(failed)?;
    }
    tx.commit().await.map_err(|error| failed(error.into()))
}

/// Whether both keys are registered; a sentence where others are instead.
fn are_registered(
    known: &[signing_key::Model],
    log: &LogKey,
    signer: &Signer,
) -> Result<bool, String> {
    let mut both = true;
    for (purpose, what, id) in
        [(LOG, "log key", log.id()), (RECEIPT, "key", signer.key_id().to_owned())]
    {
        let mut of_purpose = known.iter().filter(|row| row.purpose == purpose).peekable();
        let none = of_purpose.peek().is_none();
        both &= !none;
        if !none && !of_purpose.any(|row| row.kid == id) {
            return Err(unregistered(what, &id));
        }
    }
    Ok(both)
}

/// Adds a receipts' key, certified.
pub async fn add(
    db: &impl ConnectionTrait,
    clock: &Clock,
    signer: &Signer,
    log: &LogKeys,
) -> Result<(), Error> {
    let own_log = log.installation()?;
    let row = certify(&own_log, RECEIPT, signer.key_id().to_owned(), signer.public(), clock);
    keys::register(db, row).await
}

/// The row of a key, certified as of now by the installation's log key.
fn certify(
    by: &LogKey,
    purpose: &str,
    kid: String,
    public_key: [u8; 32],
    clock: &Clock,
) -> signing_key::Model {
    let created_at = clock.now();
    let certificate = by.sign(Statement::ReceiptKey, &certified(&kid, created_at));
    signing_key::Model {
        kid,
        public_key: public_key.to_vec(),
        created_at,
        purpose: purpose.into(),
        certificate: Some(certificate.to_vec()),
    }
}

fn unregistered(what: &str, id: &str) -> String {
    format!(
        "the {what} in OUINON_SIGNING_KEY_FILE ({id}) is not registered in this database; copy the \
         key file of the first server here"
    )
}
