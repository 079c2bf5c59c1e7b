//! A value with a fingerprint of itself and of its key in front, so that rubbish, a half value or
//! another key's value is a miss. It keeps accidents out, not an attacker.

use bytes::Bytes;
use ouinon_domain::canonical::sha256;

use super::keys::Key;

const LEN: usize = 32;

pub(super) fn close(key: &Key, value: &[u8]) -> Vec<u8> {
    [&fingerprint(key, value), value].concat()
}

pub(super) fn open(key: &Key, sealed: &[u8]) -> Option<Bytes> {
    let (seal, value) = sealed.split_at_checked(LEN)?;
    (seal == fingerprint(key, value)).then(|| Bytes::copy_from_slice(value))
}

fn fingerprint(key: &Key, value: &[u8]) -> [u8; LEN] {
    sha256(&[key.as_str().as_bytes(), b"\0", value].concat())
}
