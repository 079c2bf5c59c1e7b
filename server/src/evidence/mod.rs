//! What makes a record a proof. `receipts` signs it for the visitor; `sequence` gives its leaf a
//! place in the site's log, `publish` signs what the log has become and hands it to the witness,
//! `proof` shows it to anyone; `register` holds signed statements about a site that are no records;
//! `watch` compares all of it with the witness, for `distrust` to say which logs are not believed;
//! `verify` recomputes everything.

pub mod compare;
pub mod distrust;
pub mod jwks;
pub mod key_file;
pub mod log_keys;
pub mod proof;
pub mod publish;
pub mod receipts;
pub mod reconcile;
pub mod register;
pub mod registry;
pub mod sequence;
pub mod verify;
pub mod watch;
pub mod witness;
