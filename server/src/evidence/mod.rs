//! What makes a record a proof: the keys that sign receipts. The log itself comes next.

pub mod keys;
