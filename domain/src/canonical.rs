//! RFC 8785 canonical JSON and the hashes made over it. One place, so that an id is always the
//! hash of the same bytes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Why a value has no canonical form (a number that is not finite, a map key that is not text).
#[derive(Debug)]
pub struct NotCanonical(pub String);

/// The RFC 8785 bytes of a value.
pub fn canonical<T: Serialize>(value: &T) -> Result<Vec<u8>, NotCanonical> {
    serde_jcs::to_vec(value).map_err(|error| NotCanonical(error.to_string()))
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Base64url without padding (RFC 4648 section 5), the text form of every id here.
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads base64url of exactly `N` bytes; `None` for any other text, padded or not minimal.
pub fn from_base64url<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    bytes.try_into().ok()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// Reads exactly `N` bytes of lower- or upper-case hexadecimal.
pub fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_json_sorts_keys_and_keeps_no_blanks() {
        let value = serde_json::json!({"b": 1, "a": {"é": [true, null], "d": "\u{1}"}});
        let text = String::from_utf8(canonical(&value).unwrap()).unwrap();
        assert_eq!(text, r#"{"a":{"d":"\u0001","é":[true,null]},"b":1}"#);
    }

    #[test]
    fn hex_round_trips() {
        assert_eq!(hex(&[0, 255, 16]), "00ff10");
        assert_eq!(from_hex::<3>("00FF10"), Some([0, 255, 16]));
        assert_eq!(from_hex::<3>("00ff1g"), None);
        assert_eq!(from_hex::<3>("00ff"), None);
    }
}
