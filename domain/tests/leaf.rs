//! The leaf format of docs/TRUST.md, byte for byte: known records, their canonical form, leaf and
//! leaf hash. A change here is a new version of the format.

use ouinon_domain::canonical::{from_hex, hex};
use ouinon_domain::leaf::{commitment, leaf};
use ouinon_domain::merkle::leaf_hash;
use ouinon_domain::record::Record;
use serde_json::Value;

#[test]
fn known_records_have_known_leaves() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("vectors/leaf.json")).unwrap();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let text = |field: &str| case[field].as_str().unwrap();
        let record: Record = serde_json::from_value(case["record"].clone()).unwrap();
        let k = from_hex(text("leaf_key")).unwrap();
        let made = leaf(&commitment(&k, &record).unwrap());
        let canonical = String::from_utf8(record.canonical().unwrap()).unwrap();
        assert_eq!(canonical, text("canonical"));
        assert_eq!(hex(&made), text("leaf"));
        assert_eq!(hex(&leaf_hash(&made)), text("leaf_hash"));
    }
}
