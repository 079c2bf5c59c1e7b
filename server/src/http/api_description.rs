//! The API's description: written by hand under `data/openapi`, a file for each group of paths, and
//! put together here. A test compares it with the routes and with what they answer.

use crate::error::Error;
use serde_json::{Map, Value};

const DOCUMENT: &str = include_str!("../../data/openapi/document.json");
const COMPONENTS: &str = include_str!("../../data/openapi/components.json");
const PATHS: [&str; 8] = [
    include_str!("../../data/openapi/pages.json"),
    include_str!("../../data/openapi/visitors.json"),
    include_str!("../../data/openapi/decisions.json"),
    include_str!("../../data/openapi/records.json"),
    include_str!("../../data/openapi/privacy.json"),
    include_str!("../../data/openapi/evidence.json"),
    include_str!("../../data/openapi/operations.json"),
    include_str!("../../data/openapi/people.json"),
];

/// The OpenAPI document.
pub fn document() -> Result<Value, Error> {
    let read = |text| {
        serde_json::from_str::<Map<String, Value>>(text)
            .map_err(|error| Error::internal("data/openapi", error))
    };
    let mut document = read(DOCUMENT)?;
    let mut paths = Map::new();
    for part in PATHS {
        paths.extend(read(part)?);
    }
    document.insert("paths".into(), paths.into());
    document.insert("components".into(), read(COMPONENTS)?.into());
    Ok(document.into())
}
