//! The Ed25519 keys of the sites' logs: one a site, derived from the installation's log seed and
//! the log's origin, apart from the key of receipts. They sign checkpoints and the register.

use super::key_file::Seeds;
use crate::error::Error;
use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier};
use ouinon_domain::checkpoint::{Checkpoint, VerifierKey, note};
use ouinon_domain::leaf::hmac_sha256;
use ouinon_domain::receipt;

/// What a site's log key signs besides checkpoints, so that no signature can stand for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    /// An entry of the register.
    Register,
    /// What stayed of a forgotten subject.
    Residue,
    /// A key that signs receipts (signed by the installation's own log key).
    ReceiptKey,
}

impl Statement {
    fn prefix(self) -> &'static [u8] {
        match self {
            Self::Register => b"ouinon/register/v1\n",
            Self::Residue => b"ouinon/residue/v1\n",
            Self::ReceiptKey => b"ouinon/receipt-key/v1\n",
        }
    }
}

/// The log keys of an installation.
#[derive(Clone)]
pub struct LogKeys {
    seed: [u8; 32],
}

impl std::fmt::Debug for LogKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogKeys")
    }
}

impl LogKeys {
    /// The keys that follow from the key file.
    pub fn new(seeds: &Seeds) -> Self {
        Self { seed: seeds.log }
    }

    /// The key of the installation itself: registered, so that no second server logs under
    /// another, and the one that certifies the keys of receipts.
    pub fn installation(&self) -> Result<LogKey, Error> {
        LogKey::new("ouinon", &self.seed)
    }

    /// The key of the log with this origin.
    pub fn of(&self, origin: &str) -> Result<LogKey, Error> {
        LogKey::new(origin, &hmac_sha256(&self.seed, &[b"ouinon/log-key/v1\n", origin.as_bytes()]))
    }
}

/// One log's key.
pub struct LogKey {
    key: SigningKey,
    verifier: VerifierKey,
}

impl std::fmt::Debug for LogKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LogKey({})", self.verifier)
    }
}

impl LogKey {
    fn new(name: &str, seed: &[u8; 32]) -> Result<Self, Error> {
        let key = SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(name, key.verifying_key().to_bytes());
        let unfit = || Error::Internal(format!("the log origin `{name}` cannot name a key"));
        Ok(Self { verifier: verifier.ok_or_else(unfit)?, key })
    }

    /// Its public part.
    pub fn public(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// Its id as a JSON Web Key.
    pub fn id(&self) -> String {
        receipt::key_id(&self.public())
    }

    /// Its public part as a signed note's verifier key.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The signed note of a checkpoint.
    pub fn checkpoint(&self, checkpoint: &Checkpoint) -> String {
        let signature = self.key.sign(checkpoint.text().as_bytes()).to_bytes();
        note(checkpoint, &self.verifier, &signature)
    }

    /// Signs a statement.
    pub fn sign(&self, kind: Statement, statement: &[u8]) -> [u8; 64] {
        self.key.sign(&[kind.prefix(), statement].concat()).to_bytes()
    }

    /// Whether this key signed the statement.
    pub fn signed(&self, kind: Statement, statement: &[u8], signature: &[u8]) -> bool {
        let signed = [kind.prefix(), statement].concat();
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verifying_key().verify(&signed, &signature).is_ok())
    }
}
