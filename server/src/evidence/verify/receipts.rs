//! The receipts of many records, checked together: one equation over many signatures costs half of
//! what they cost one by one. Where it does not hold, each is checked alone and strictly.

use super::record::Facts;
use super::report::{Finding, Findings};
use crate::error::Error;
use crate::evidence::receipts::signing_input;
use crate::storage::rows::Stored;
use ed25519_dalek::{Signature, VerifyingKey, verify_batch};
use ouinon_domain::ids::RecordId;

/// Most signatures in one equation.
const TOGETHER: usize = 256;

/// A receipt whose key is known.
pub struct Receipt {
    record: RecordId,
    key: VerifyingKey,
    input: String,
    signature: Signature,
}

impl Receipt {
    /// The receipt of a record; `None` where its key is not registered.
    pub fn of(stored: &Stored, facts: &Facts) -> Result<Option<Self>, Error> {
        let Some(key) = facts.signers.get(&stored.key_id) else { return Ok(None) };
        Ok(Some(Self {
            record: stored.record.id,
            key: *key,
            input: signing_input(&stored.key_id, &stored.record)?,
            signature: Signature::from_bytes(&stored.signature),
        }))
    }

    /// Whether its key signed it.
    pub fn holds(&self) -> bool {
        self.key.verify_strict(self.input.as_bytes(), &self.signature).is_ok()
    }
}

/// Those that are still to be checked.
#[derive(Default)]
pub struct Receipts(Vec<Receipt>);

impl Receipts {
    /// Leaves one for later.
    pub fn push(&mut self, receipt: Receipt) {
        self.0.push(receipt);
    }

    /// Checks them all.
    pub fn check(self, findings: &mut Findings) {
        for some in self.0.chunks(TOGETHER) {
            let inputs: Vec<_> = some.iter().map(|one| one.input.as_bytes()).collect();
            let signatures: Vec<_> = some.iter().map(|one| one.signature).collect();
            let keys: Vec<_> = some.iter().map(|one| one.key).collect();
            if verify_batch(&inputs, &signatures, &keys).is_ok() {
                continue;
            }
            for one in some.iter().filter(|one| !one.holds()) {
                let why = "the receipt does not verify under its key";
                findings.add(Finding::new("receipt", why).of(one.record).at("signature"));
            }
        }
    }
}
