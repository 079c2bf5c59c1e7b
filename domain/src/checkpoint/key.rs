//! The public key of a log and the name it signs under, as C2SP signed-note writes them.

use crate::canonical::{from_hex, hex, sha256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// The signature type of Ed25519, part of the key id and of the written key.
const ED25519: u8 = 1;

/// What a log's signatures are verified with: give it to everyone who is to check the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    public_key: [u8; 32],
}

impl VerifierKey {
    /// A key under a name; `None` where the name cannot stand in a signature line: it is empty or
    /// holds a space, a control character or `+`.
    pub fn new(name: &str, public_key: [u8; 32]) -> Option<Self> {
        let separates = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if name.is_empty() || name.contains(separates) {
            return None;
        }
        let hash = sha256(&[name.as_bytes(), b"\n", &[ED25519], &public_key].concat());
        let [a, b, c, d, ..] = hash;
        Some(Self { name: name.to_owned(), id: [a, b, c, d], public_key })
    }

    /// Reads a key as it is displayed; `None` also where the id is not that of name and key.
    pub fn parse(text: &str) -> Option<Self> {
        // The base64 may hold a `+`, the name may not.
        let (name, rest) = text.split_once('+')?;
        let (id, typed_key) = rest.split_once('+')?;
        let typed_key = STANDARD.decode(typed_key).ok()?;
        let public_key = typed_key.strip_prefix(&[ED25519])?.try_into().ok()?;
        Self::new(name, public_key).filter(|key| from_hex(id) == Some(key.id))
    }

    /// The log's name, which is the origin in its checkpoints.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first bytes of SHA-256(name ‖ newline ‖ 0x01 ‖ public key): tells keys of one name
    /// apart in a note, and proves nothing.
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// The Ed25519 public key.
    pub fn public_key(&self) -> &[u8; 32] {
        &self.public_key
    }
}

/// `name+id+key`: the id in hexadecimal, the key in base64 after its type.
impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let typed_key = [&[ED25519][..], &self.public_key].concat();
        write!(f, "{}+{}+{}", self.name, hex(&self.id), STANDARD.encode(typed_key))
    }
}
