//! Databases of one row, written here, replaced under the watcher's eyes.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{ClientAddress, Geo};
use crate::config::GeoipDb;

/// Encodes text, maps and lists as the MaxMind DB format does (all shorter than 29 items).
enum Value<'a> {
    Text(&'a str),
    Map(Vec<(&'a str, Value<'a>)>),
    List(Vec<Value<'a>>),
    /// A kind of number of the format, and a value of one byte.
    Number(u8, u8),
}

impl Value<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let control = |kind: u8, length: usize| kind << 5 | u8::try_from(length).unwrap();
        match self {
            Value::Text(text) => {
                out.push(control(2, text.len()));
                out.extend(text.as_bytes());
            }
            Value::Number(kind @ ..=7, number) => out.extend([control(*kind, 1), *number]),
            Value::Number(kind, number) => out.extend([control(0, 1), kind - 7, *number]),
            Value::Map(entries) => {
                out.push(control(7, entries.len()));
                for (key, value) in entries {
                    Value::Text(key).write(out);
                    value.write(out);
                }
            }
            Value::List(items) => {
                out.extend([control(0, items.len()), 11 - 7]);
                items.iter().for_each(|item| item.write(out));
            }
        }
    }
}

/// Kinds of numbers of 2, 4 and 8 bytes.
const U16: u8 = 5;
const U32: u8 = 6;
const U64: u8 = 9;

/// A database in which every address has the same row.
fn database_of(row: &Value) -> Vec<u8> {
    let first_row = [0, 0, 1 + 16];
    let mut bytes = [first_row, first_row].concat();
    bytes.extend([0; 16]);
    row.write(&mut bytes);
    bytes.extend(b"\xab\xcd\xefMaxMind.com");
    let metadata = [
        ("binary_format_major_version", Value::Number(U16, 2)),
        ("binary_format_minor_version", Value::Number(U16, 0)),
        ("build_epoch", Value::Number(U64, 1)),
        ("database_type", Value::Text("test")),
        ("description", Value::Map(Vec::new())),
        ("ip_version", Value::Number(U16, 6)),
        ("languages", Value::List(Vec::new())),
        ("node_count", Value::Number(U32, 1)),
        ("record_size", Value::Number(U16, 24)),
    ];
    Value::Map(metadata.into()).write(&mut bytes);
    bytes
}

fn city(country: &'static str, region: &'static str) -> Vec<u8> {
    let code = |code| Value::Map(vec![("iso_code", Value::Text(code))]);
    let subdivisions = Value::List(vec![code(region), code("XX")]);
    database_of(&Value::Map(vec![("country", code(country)), ("subdivisions", subdivisions)]))
}

fn place(geo: &Geo) -> String {
    let address: IpAddr = "198.51.100.7".parse().unwrap();
    geo.place(ClientAddress::direct(address).network()).to_string()
}

/// Put in place at once, as those who update databases do.
fn replace(path: &PathBuf, bytes: &[u8]) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, bytes).unwrap();
    std::fs::rename(beside, path).unwrap();
}

fn look(geo: &Geo) {
    let Geo::File(file) = geo else { panic!("opened from a file") };
    file.look();
}

#[test]
fn a_new_file_is_used_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.mmdb");
    replace(&path, &city("US", "CA"));
    let geo = Geo::open(&GeoipDb::File(path.clone())).unwrap();
    assert_eq!(place(&geo), "US-CA");
    replace(&path, &city("CA", "QC"));
    look(&geo);
    assert_eq!(place(&geo), "CA-QC");
    replace(&path, b"half a fi");
    look(&geo);
    assert_eq!(place(&geo), "CA-QC", "broken");
    std::fs::remove_file(&path).unwrap();
    look(&geo);
    assert_eq!(place(&geo), "CA-QC", "gone");
    replace(&path, &city("US", "TX"));
    look(&geo);
    assert_eq!(place(&geo), "US-TX", "back");
}

#[test]
fn flat_rows_and_odd_ones() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str, row: Value| {
        let path = folder.path().join(name);
        replace(&path, &database_of(&row));
        Geo::open(&GeoipDb::File(path)).map_err(|error| error.to_string())
    };
    let text = Value::Text;
    let flat = Value::Map(vec![("country", text("France")), ("country_code", text("FR"))]);
    assert_eq!(place(&open("flat.mmdb", flat).unwrap()), "FR");
    let odd = Value::Map(vec![("country_code", text("FR")), ("subdivisions", text("Bretagne"))]);
    assert_eq!(place(&open("odd.mmdb", odd).unwrap()), "FR");
    let long = Value::Map(vec![("country_code", text("France"))]);
    assert_eq!(place(&open("long.mmdb", long).unwrap()), "unknown");
    let owner = Value::Map(vec![("asn", text("AS3215"))]);
    let error = open("asn.mmdb", owner).err().unwrap();
    assert!(error.contains("that database tells no countries"), "{error}");
}

#[tokio::test]
async fn the_watcher_sees_a_change_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.mmdb");
    replace(&path, &city("US", "CA"));
    let geo = Arc::new(Geo::open(&GeoipDb::File(path.clone())).unwrap());
    let watcher = tokio::spawn(Arc::clone(&geo).watch());
    replace(&path, &city("US", "TX"));
    let patience = Instant::now() + Duration::from_secs(10);
    while place(&geo) != "US-TX" && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    watcher.abort();
    assert_eq!(place(&geo), "US-TX");
}
