//! Notes that are believed and notes that are not.

use super::*;
use crate::canonical::hex;
use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;

/// The example of Go's `golang.org/x/mod/sumdb/note`.
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_TEXT: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n";
const GO_SIGNATURE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN\
    1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

const NAME: &str = "consent.example/log";

fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn key() -> VerifierKey {
    VerifierKey::new(NAME, signing_key().verifying_key().to_bytes()).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint { origin: NAME.to_owned(), size: 20_852_163, root: [9; 32] }
}

/// The signature line of this key under any text.
fn line(text: &str) -> String {
    let signature = signing_key().sign(text.as_bytes()).to_bytes();
    note(&checkpoint(), &key(), &signature).lines().last().unwrap().to_owned() + "\n"
}

/// A text, truly signed, however wrong it is.
fn signed(text: &str) -> String {
    format!("{text}\n{}", line(text))
}

#[test]
fn the_example_of_go_verifies() {
    let key = VerifierKey::parse(GO_KEY).unwrap();
    assert_eq!((key.name(), hex(&key.id())), ("PeterNeumann", "c74f20a3".to_owned()));
    assert_eq!(key.to_string(), GO_KEY);
    let note = format!("{GO_TEXT}\n{GO_SIGNATURE}");
    assert_eq!(signed_text(&note, &key), Ok(GO_TEXT));
    let forged = note.replace("don't", "do");
    assert_eq!(signed_text(&forged, &key), Err(Refused::BadSignature(GO_KEY.to_owned())));
    assert_eq!(open(&note, &key), Err(Refused::NotACheckpoint));
}

#[test]
fn the_text_of_the_specification_s_example_reads_and_writes() {
    let text =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let read = Checkpoint::parse(text).unwrap();
    assert_eq!((read.size, read.root[..2].to_vec()), (20_852_163, vec![0x0a, 0xc5]));
    assert_eq!(read.text(), text);
}

#[test]
fn a_key_is_read_only_with_a_usable_name_and_its_own_id() {
    let written = key().to_string();
    assert_eq!(VerifierKey::parse(&written), Some(key()));
    for bad in ["", "a b", "a+b", "a\u{a0}b", "a\nb", "a\u{7f}"] {
        assert_eq!(VerifierKey::new(bad, [0; 32]), None, "{bad:?}");
    }
    let other_name = written.replacen("consent", "dissent", 1);
    let other_type = GO_KEY.replace("+ARpc", "+AhpC");
    for bad in ["", "name", "name+c74f20a3", &other_name, &other_type, &format!("{written}=")] {
        assert_eq!(VerifierKey::parse(bad), None, "{bad}");
    }
}

#[test]
fn other_signatures_and_extension_lines_are_left_unread() {
    let text = checkpoint().text() + "an extension\nanother\n";
    let witness = "— witness.example jWbPPwAAAABkGFDL\n";
    let same_name = format!("— {NAME} AAAAAAAAAAA=\n");
    let same_id = line("another text\n").replace(NAME, "other.example");
    let note = format!("{text}\n{witness}{same_name}{}{same_id}", line(&text));
    assert_eq!(open(&note, &key()), Ok(checkpoint()));
}

#[test]
fn what_is_no_note_or_not_signed_is_refused() {
    let text = checkpoint().text();
    let note = signed(&text);
    assert_eq!(open(&note, &key()), Ok(checkpoint()));
    let no_newline = note.trim_end();
    let hyphen = note.replace('—', "-");
    let line_without_signature = format!("{note}— witness.example\n");
    let short_id = format!("{note}— witness.example AAAA\n");
    let unpadded = note.replace("=\n", "\n");
    for bad in
        ["", &text, no_newline, &hyphen, &line_without_signature, &short_id, &unpadded, "\n\n"]
    {
        assert_eq!(open(bad, &key()), Err(Refused::NotANote), "{bad:?}");
    }
    let crlf = note.replace('\n', "\r\n");
    assert_eq!(open(&crlf, &key()), Err(Refused::ControlCharacter));
    let stranger = VerifierKey::new(NAME, [1; 32]).unwrap();
    assert_eq!(open(&note, &stranger), Err(Refused::NotSigned(stranger.to_string())));
}

#[test]
fn one_bad_signature_by_the_key_spoils_the_note() {
    let note = signed(&checkpoint().text()) + &line("another text\n");
    assert_eq!(open(&note, &key()), Err(Refused::BadSignature(key().to_string())));
    let wrong_length = signed(&checkpoint().text())
        + &format!("— {NAME} {}\n", STANDARD.encode([&key().id()[..], &[0; 63]].concat()));
    assert_eq!(open(&wrong_length, &key()), Err(Refused::BadSignature(key().to_string())));
}

#[test]
fn a_key_of_small_order_signs_nothing() {
    // The neutral point: without strict verification this signature fits every text.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let key = VerifierKey::new(NAME, neutral).unwrap();
    let mut signature = [0; 64];
    signature[0] = 1;
    let note = note(&checkpoint(), &key, &signature);
    assert_eq!(open(&note, &key), Err(Refused::BadSignature(key.to_string())));
}

#[test]
fn a_signed_text_that_is_no_checkpoint_of_this_log_is_refused() {
    let root = STANDARD.encode([9; 32]);
    let refused = |text: &str| open(&signed(text), &key()).unwrap_err();
    for text in ["\n", &format!("{NAME}\n1\n"), &format!("\n1\n{root}\n"), "a\n1\nb\n\nc\n"] {
        assert_eq!(refused(text), Refused::NotACheckpoint, "{text:?}");
    }
    for size in ["01", "00", "+1", "-1", "", " 1", "1 ", "0x1", "١", "18446744073709551616"] {
        let text = format!("{NAME}\n{size}\n{root}\n");
        assert_eq!(refused(&text), Refused::BadSize(size.to_owned()));
    }
    let other_tail = root.replace("k=", "l=");
    for root in ["", "CQkJ", &root[..43], &other_tail, &STANDARD.encode([9; 33])] {
        assert_eq!(refused(&format!("{NAME}\n1\n{root}\n")), Refused::BadRoot, "{root}");
    }
    assert!(matches!(
        refused(&format!("other.example\n1\n{root}\n")),
        Refused::WrongOrigin { origin, expected } if (&*origin, &*expected) == ("other.example", NAME)
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_note_opens_to_its_checkpoint_and_no_changed_note_does(
        size: u64,
        root: Hash,
        at: prop::sample::Index,
        flip in 1_u8..=255,
    ) {
        let checkpoint = Checkpoint { origin: NAME.to_owned(), size, root };
        let note = signed(&checkpoint.text());
        prop_assert_eq!(open(&note, &key()), Ok(checkpoint));
        let mut changed = note.into_bytes();
        let at = at.index(changed.len());
        changed[at] ^= flip;
        if let Ok(changed) = String::from_utf8(changed) {
            prop_assert!(open(&changed, &key()).is_err());
        }
    }
}
