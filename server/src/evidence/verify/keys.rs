//! The registered keys: each is what its id says, and the installation's log key certified it.

use super::report::{Finding, Findings};
use crate::error::Error;
use crate::evidence::log_keys::{LogKey, Statement};
use crate::evidence::registry::{LOG, RECEIPT, certified};
use crate::storage::entity::signing_key;
use crate::storage::snapshot;
use ed25519_dalek::VerifyingKey;
use ouinon_domain::receipt::key_id;
use sea_orm::{ConnectionTrait, EntityTrait};
use std::collections::{HashMap, HashSet};

/// The keys that may have signed receipts, by their id.
pub type Signers = HashMap<String, VerifyingKey>;

/// Checks the registered keys against those of the key file, the installation's and that of
/// receipts, which may have signed nothing yet; answers those of receipts.
pub async fn check(
    db: &impl ConnectionTrait,
    (installation, receipt_key): (&LogKey, &str),
    findings: &mut Findings,
) -> Result<Signers, Error> {
    let rows = findings.readable(snapshot::rows(db, signing_key::Entity::find()).await?);
    let mut signers = Signers::new();
    let own = installation.id();
    for (which, kid) in [("log", own.as_str()), ("receipts'", receipt_key)] {
        if !rows.iter().any(|row| row.kid == kid) {
            let detail = format!(
                "the {which} key in OUINON_SIGNING_KEY_FILE is not among the registered keys: the \
                 table was changed, or the file is another installation's"
            );
            findings.add(Finding::new("signing_key", detail).at("kid"));
        }
    }
    let mut known = HashSet::new();
    for row in rows {
        if !known.insert(row.kid.clone()) {
            let detail = format!("the key {} is registered twice", row.kid);
            findings.add(Finding::new("signing_key", detail).at("kid"));
        }
        match key(&row, installation) {
            Ok(key) if row.purpose == RECEIPT => {
                signers.insert(row.kid, key);
            }
            Ok(_) => {}
            Err((field, why)) => {
                let detail = format!("the registered key {} {why}", row.kid);
                findings.add(Finding::new("signing_key", detail).at(field));
            }
        }
    }
    Ok(signers)
}

fn key(
    row: &signing_key::Model,
    installation: &LogKey,
) -> Result<VerifyingKey, (&'static str, &'static str)> {
    let public: Option<[u8; 32]> = row.public_key.as_slice().try_into().ok();
    let public = public.filter(|public| key_id(public) == row.kid);
    let public = public.ok_or(("public_key", "is not the thumbprint of its public key"))?;
    let purpose = if row.kid == installation.id() { LOG } else { RECEIPT };
    if row.purpose != purpose {
        return Err(("purpose", "is registered for another purpose than it has"));
    }
    let statement = certified(&row.kid, row.created_at);
    let certificate = row.certificate.as_deref().unwrap_or_default();
    if !installation.signed(Statement::ReceiptKey, &statement, certificate) {
        return Err(("certificate", "is not certified, with its time, by the log key"));
    }
    VerifyingKey::from_bytes(&public).map_err(|_| ("public_key", "is not an Ed25519 key"))
}
