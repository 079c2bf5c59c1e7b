//! The checkpoint: what a log signs about its tree, in the text form of C2SP tlog-checkpoint inside
//! a C2SP signed note. This file lays out the bytes and verifies them; the signing key is the
//! server's.
//!
//! ```text
//! consent.example/log
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//!
//! — consent.example/log Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gG…
//! ```

mod key;
#[cfg(test)]
mod tests;

pub use key::VerifierKey;

use crate::merkle::Hash;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use std::fmt;

/// What every signature line begins with: an em dash and a space.
const SIGNATURE: &str = "\u{2014} ";

/// A tree at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: the name of its key.
    pub origin: String,
    /// How many leaves the tree has.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    fn parse(text: &str) -> Result<Self, Refused> {
        let lines: Vec<_> = text.lines().collect();
        let [origin, size, root, extensions @ ..] = &lines[..] else {
            return Err(Refused::NotACheckpoint);
        };
        if origin.is_empty() || extensions.contains(&"") {
            return Err(Refused::NotACheckpoint);
        }
        // Written back, a size with a sign or leading zeros is another text.
        let read = size.parse().ok().filter(|read: &u64| read.to_string() == *size);
        let size = read.ok_or_else(|| Refused::BadSize((*size).to_owned()))?;
        let root = STANDARD.decode(root).ok().and_then(|root| root.try_into().ok());
        let root = root.ok_or(Refused::BadRoot)?;
        Ok(Self { origin: (*origin).to_owned(), size, root })
    }
}

/// Why a note was not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// No signed note at all.
    NotANote,
    /// It holds a control character other than the newline.
    ControlCharacter,
    /// Nobody signed it with this key, whose written form is given.
    NotSigned(String),
    /// It names this key, whose written form is given, but the key never signed this text.
    BadSignature(String),
    /// The signed text is no checkpoint.
    NotACheckpoint,
    /// The checkpoint is of another log than the key.
    WrongOrigin {
        /// The log that the checkpoint names.
        origin: String,
        /// The log that the key belongs to.
        expected: String,
    },
    /// The tree size is not a plain decimal number.
    BadSize(String),
    /// The root is not the base64 of 32 bytes.
    BadRoot,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANote => f.write_str(
                "this is not a signed note: a text, an empty line, then lines of `— name signature`; \
                 check that the file is whole and ends with a newline",
            ),
            Self::ControlCharacter => f.write_str(
                "the note holds a control character; check that nothing changed its line ends or \
                 encoding on the way",
            ),
            Self::NotSigned(key) => {
                write!(f, "the note is not signed by {key}; check that this is the log's key")
            }
            Self::BadSignature(key) => {
                write!(f, "the note is not what {key} signed: its text or signature was changed")
            }
            Self::NotACheckpoint => f.write_str(
                "the signed text is not a checkpoint, which has an origin, a size and a root, each \
                 on its line, and no empty line",
            ),
            Self::WrongOrigin { origin, expected } => {
                write!(f, "the checkpoint is of the log {origin}, the key is of {expected}")
            }
            Self::BadSize(size) => {
                write!(f, "the tree size {size:?} is not a decimal number without leading zeros")
            }
            Self::BadRoot => f.write_str("the root is not 32 bytes in base64"),
        }
    }
}

impl std::error::Error for Refused {}

/// The signed note of a checkpoint, given the Ed25519 signature over [`Checkpoint::text`].
pub fn note(checkpoint: &Checkpoint, key: &VerifierKey, signature: &[u8; 64]) -> String {
    let signature = STANDARD.encode([&key.id()[..], signature].concat());
    format!("{}\n{SIGNATURE}{} {signature}\n", checkpoint.text(), key.name())
}

/// The checkpoint in a note, if this key signed it. Signatures by other keys, such as witnesses,
/// are left unread, and so are extension lines after the root.
///
/// # Errors
/// Anything that is not a checkpoint of the key's log, signed by the key.
pub fn open(note: &str, key: &VerifierKey) -> Result<Checkpoint, Refused> {
    let checkpoint = Checkpoint::parse(signed_text(note, key)?)?;
    if checkpoint.origin != key.name() {
        let (origin, expected) = (checkpoint.origin, key.name().to_owned());
        return Err(Refused::WrongOrigin { origin, expected });
    }
    Ok(checkpoint)
}

/// The text of a note (C2SP signed-note), if this key signed it.
fn signed_text<'a>(note: &'a str, key: &VerifierKey) -> Result<&'a str, Refused> {
    if note.contains(|c: char| c < ' ' && c != '\n') {
        return Err(Refused::ControlCharacter);
    }
    // The text may hold empty lines: the last one separates. It keeps its own final newline.
    let separator = note.rfind("\n\n").ok_or(Refused::NotANote)?;
    let (text, signatures) = (&note[..=separator], &note[separator + 2..]);
    let signatures = signatures.strip_suffix('\n').ok_or(Refused::NotANote)?;

    let mut signed = false;
    for line in signatures.split('\n') {
        let (name, id, signature) = signature_line(line).ok_or(Refused::NotANote)?;
        if (name, id) != (key.name(), key.id()) {
            continue;
        }
        if !verifies(text, &signature, key) {
            return Err(Refused::BadSignature(key.to_string()));
        }
        signed = true;
    }
    if signed { Ok(text) } else { Err(Refused::NotSigned(key.to_string())) }
}

/// The name, key id and signature of a line `— name base64(key id ‖ signature)`.
fn signature_line(line: &str) -> Option<(&str, [u8; 4], Vec<u8>)> {
    let (name, signature) = line.strip_prefix(SIGNATURE)?.split_once(' ')?;
    let mut signature = STANDARD.decode(signature).ok()?;
    let id = signature.get(..4)?.try_into().ok()?;
    Some((name, id, signature.split_off(4)))
}

fn verifies(text: &str, signature: &[u8], key: &VerifierKey) -> bool {
    let signature = Signature::from_slice(signature);
    let key = VerifyingKey::from_bytes(key.public_key());
    matches!((key, signature), (Ok(key), Ok(signature))
        if key.verify_strict(text.as_bytes(), &signature).is_ok())
}
