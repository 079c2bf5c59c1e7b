//! What the loader of a site knows: written as the script it becomes a part of, under the short names
//! the widget's build chose.

use super::ask;
use crate::app::App;
use crate::error::Error;
use crate::sites::{Published, Site};
use ouinon_domain::key::Key;
use ouinon_domain::notice::{Notice, Vendor};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The configuration, as an object of the script.
pub fn written(app: &App, site: &Site, current: &Published, hosted: bool) -> Result<String, Error> {
    let notice = &current.notice;
    let keys = |required: bool| {
        let own = notice.purposes.iter().filter(|purpose| purpose.required == required);
        // In order, as the server's answers have them: the cookie stays as it is when one comes.
        json!(own.map(|purpose| &purpose.key).collect::<BTreeSet<_>>()).to_string()
    };
    let mut fields = vec![
        ("home", json!(ask::home(app, site, current)).to_string()),
        ("asked", keys(false)),
        ("fixed", keys(true)),
    ];
    // What a site does not have is not there: every page loads this.
    let (vendors, older) = (vendors(notice), older(site));
    if !vendors.is_empty() {
        fields.push(("disclosed", Value::Object(vendors).to_string()));
    }
    if !older.is_empty() {
        fields.push(("older", Value::Object(older).to_string()));
    }
    if notice.signals.parts().iter().any(|part| *part != "data-layer") {
        fields.push(("signals", signals(notice)));
    }
    if hosted {
        fields.push(("hosted", "1".into()));
    }
    if notice.policy.trusted_types {
        fields.push(("strict", "1".into()));
    }
    let field = |(name, value): (&str, String)| {
        let short = app.built.manifest.short.get(name);
        let short = short.ok_or_else(|| Error::Internal(format!("no short name for {name}")))?;
        Ok(format!("{short}:{value}"))
    };
    let fields: Vec<String> = fields.into_iter().map(field).collect::<Result<_, Error>>()?;
    Ok(format!("{{{}}}", fields.join(",")))
}

/// The vendors the notice discloses, each with its purposes.
pub fn vendors(notice: &Notice) -> Map<String, Value> {
    let purposes = |vendor: &Vendor| (vendor.key.to_string(), json!(vendor.purposes));
    notice.vendors.iter().map(purposes).collect()
}

/// A function that asks for the purposes of each consent type: shorter than a table and what reads it.
fn signals(notice: &Notice) -> String {
    let mut types: BTreeMap<&str, Vec<&Key>> = BTreeMap::new();
    for (purpose, names) in notice.signals.mapping() {
        for name in names {
            types.entry(name).or_default().push(purpose);
        }
    }
    let ask = |(name, purposes): (&str, Vec<&Key>)| {
        let plain = name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        let name =
            if plain && !name.is_empty() { name.to_owned() } else { json!(name).to_string() };
        let purposes: Vec<_> = purposes.iter().map(|purpose| json!(purpose).to_string()).collect();
        format!("{name}:a({})", purposes.join(","))
    };
    let types: Vec<_> = types.into_iter().map(ask).collect();
    format!("a=>({{{}}})", types.join(","))
}

/// For each older notice, by the short id in cookies: the purposes whose grants no longer hold. One
/// that is not there has lost them all.
fn older(site: &Site) -> Map<String, Value> {
    let Some(current) = site.current() else { return Map::new() };
    let mut older = Map::new();
    for (hash, _) in site.publications().iter().rev().filter(|(hash, _)| *hash != current.hash) {
        let Some(then) = site.notice(hash) else { continue };
        let lost = |key: &&Key| !then.terms.covers(&current.terms, key);
        let lost: Vec<_> = current.terms.optional().filter(lost).collect();
        if lost.len() < current.terms.optional().count() {
            older.insert(hash.short(), json!(lost));
        }
    }
    older
}
