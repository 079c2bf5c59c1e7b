//! I1, I4, I6 and I7 of what is stored: journal and table, joined by the id of the record.

use crate::body::Target;
use crate::journal::{Broken, Outcome, Write};
use ouinon_stands::postgres::Cluster;
use std::collections::HashMap;

/// A row of the table.
#[derive(Debug, PartialEq, Eq)]
struct Stored {
    site: String,
    version: u32,
    action: String,
    body_hash: String,
    subject: String,
}

/// All rows by id; each id that is there twice.
type Table = (HashMap<String, Stored>, Vec<String>);

fn table(database: &Cluster) -> Table {
    let sql = "select id, site, version, action, encode(body_hash, 'hex'), subject from record";
    let text = database.psql(crate::world::DATABASE, sql);
    let (mut rows, mut twice) = (HashMap::new(), Vec::new());
    for line in text.lines() {
        let mut parts = line.split('|').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        let (id, site) = (next(), next());
        let version = next().parse().unwrap_or_default();
        let (action, body_hash, subject) = (next(), next(), next());
        let stored = Stored { site, version, action, body_hash, subject };
        if rows.insert(id.clone(), stored).is_some() {
            twice.push(id);
        }
    }
    (rows, twice)
}

/// What was acknowledged by now and is not stored as it was acknowledged. May run beside a load.
pub fn lost(writes: &[Write], target: &Target, database: &Cluster) -> Vec<Broken> {
    let (rows, _) = table(database);
    writes.iter().filter_map(|write| missing(write, target, &rows)).collect()
}

fn missing(write: &Write, target: &Target, rows: &HashMap<String, Stored>) -> Option<Broken> {
    let (_, version) = write.acked()?;
    let body = write.body;
    let Some(stored) = rows.get(&body.id.to_string()) else {
        return Some(Broken::new("I1", format!("acknowledged, and not stored: {write:?}")));
    };
    let same = stored.version == version
        && stored.site == target.sites[usize::from(body.site)].id
        && stored.action == body.kind.action()
        && stored.body_hash == body.hash(target);
    (!same).then(|| Broken::new("I1", format!("stored as {stored:?}: {write:?}")))
}

/// All of it, once nothing is under way.
pub fn check(writes: &[Write], target: &Target, database: &Cluster) -> (usize, Vec<Broken>) {
    let (rows, twice) = table(database);
    let mut broken: Vec<Broken> =
        writes.iter().filter_map(|write| missing(write, target, &rows)).collect();
    broken.extend(twice.iter().map(|id| Broken::new("I4", format!("{id} is stored twice"))));
    let mut sent: HashMap<String, &Write> = HashMap::with_capacity(writes.len());
    sent.extend(writes.iter().map(|write| (write.body.id.to_string(), write)));
    let mut people: HashMap<(&str, &str), (u32, Vec<u32>)> = HashMap::new();
    for (id, stored) in &rows {
        let Some(write) = sent.get(id) else {
            broken.push(Broken::new("I6", format!("{id} is stored, and was never sent")));
            continue;
        };
        if matches!(write.outcome, Outcome::Refused(_)) {
            broken.push(Broken::new("I6", format!("refused, and stored: {write:?}")));
        }
        let person = people.entry((&stored.site, &stored.subject));
        let (visitor, versions) = person.or_insert_with(|| (write.body.visitor, Vec::new()));
        if *visitor != write.body.visitor {
            broken.push(Broken::new("I5", format!("of somebody else: {write:?}")));
        }
        versions.push(stored.version);
    }
    for ((site, subject), (_, mut versions)) in people {
        versions.sort_unstable();
        if !versions.iter().copied().eq(1..=versions.len() as u32) {
            broken.push(Broken::new("I4", format!("versions {versions:?} of {subject} at {site}")));
        }
    }
    (rows.len(), broken)
}
