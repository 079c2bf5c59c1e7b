//! I1, I4, I5, I6 and I7 of what is stored: journal and table, joined by the id of the record.

use crate::body::Target;
use crate::journal::{Broken, Outcome, Write};
use crate::world::DATABASE;
use ouinon_stands::postgres::Cluster;
use std::collections::HashMap;

/// What is read of the table.
const ROWS: &str =
    "select id, site, version, action, encode(body_hash, 'hex'), subject, given_at from record";

/// A row of the table.
#[derive(Debug, PartialEq, Eq)]
struct Stored {
    site: String,
    version: u32,
    action: String,
    body_hash: String,
    subject: String,
    given_at: i64,
}

/// A visitor's number, and versions and times of its records.
type Person = (u32, Vec<(u32, i64)>);

/// The table by id, and each id that is there twice.
struct Table {
    rows: HashMap<String, Stored>,
    twice: Vec<String>,
}

impl Table {
    /// Reads what psql printed of [`ROWS`].
    fn read(text: &str) -> Self {
        let (mut rows, mut twice) = (HashMap::new(), Vec::new());
        for line in text.lines() {
            let mut parts = line.split('|').map(str::to_owned);
            let mut next = || parts.next().unwrap_or_default();
            let (id, site) = (next(), next());
            let version = next().parse().unwrap_or_default();
            let (action, body_hash, subject) = (next(), next(), next());
            let given_at = next().parse().unwrap_or_default();
            let stored = Stored { site, version, action, body_hash, subject, given_at };
            if rows.insert(id.clone(), stored).is_some() {
                twice.push(id);
            }
        }
        Self { rows, twice }
    }

    fn missing(&self, write: &Write, target: &Target) -> Option<Broken> {
        let (_, version) = write.acked()?;
        let body = write.body;
        let Some(stored) = self.rows.get(&body.id.to_string()) else {
            return Some(Broken::new("I1", format!("acknowledged, and not stored: {write:?}")));
        };
        let same = stored.version == version
            && stored.site == target.sites[usize::from(body.site)].id
            && stored.action == body.kind.action()
            && stored.body_hash == body.hash(target);
        (!same).then(|| Broken::new("I1", format!("stored as {stored:?}: {write:?}")))
    }

    /// I1: what was acknowledged is there, as it was acknowledged.
    fn lost(&self, writes: &[Write], target: &Target) -> Vec<Broken> {
        writes.iter().filter_map(|write| self.missing(write, target)).collect()
    }

    /// I4, I5, I6: nothing else is there, nothing twice, and each visitor's versions have no gaps and
    /// rising times, whatever the clocks say.
    fn surplus(&self, writes: &[Write]) -> Vec<Broken> {
        let twice = self.twice.iter();
        let mut broken: Vec<Broken> =
            twice.map(|id| Broken::new("I4", format!("{id} is stored twice"))).collect();
        let mut sent: HashMap<String, &Write> = HashMap::with_capacity(writes.len());
        sent.extend(writes.iter().map(|write| (write.body.id.to_string(), write)));
        let mut people: HashMap<(&str, &str), Person> = HashMap::new();
        for (id, stored) in &self.rows {
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
            versions.push((stored.version, stored.given_at));
        }
        for ((site, subject), (_, mut versions)) in people {
            versions.sort_unstable();
            let how = format!("versions and times {versions:?} of {subject} at {site}");
            if !versions.iter().map(|(version, _)| *version).eq(1..=versions.len() as u32) {
                broken.push(Broken::new("I4", how));
            } else if !versions.is_sorted_by(|(_, before), (_, after)| before < after) {
                broken.push(Broken::new("order", how));
            }
        }
        broken
    }
}

/// What was acknowledged by now and is not stored as it was acknowledged. May run beside a load.
pub fn lost(writes: &[Write], target: &Target, database: &Cluster) -> Vec<Broken> {
    Table::read(&database.psql(DATABASE, ROWS)).lost(writes, target)
}

/// All of it, once nothing is under way; with the number of rows.
pub fn check(writes: &[Write], target: &Target, database: &Cluster) -> (usize, Vec<Broken>) {
    let table = Table::read(&database.psql(DATABASE, ROWS));
    let mut broken = table.lost(writes, target);
    broken.extend(table.surplus(writes));
    (table.rows.len(), broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{Body, Kind};
    use crate::journal::Weather;
    use uuid::Uuid;

    fn row(id: u128, visitor: u32, outcome: Outcome) -> Write {
        let body = Body { site: 0, visitor, id: Uuid::from_u128(id), kind: Kind::Grant, base: 0 };
        Write { body, sent: 1, outcome, took: 1, weather: Weather::Storm }
    }

    fn told(version: u32) -> Outcome {
        Outcome::Acked { at: 2, version, answer: [0; 32] }
    }

    /// How psql prints it.
    fn line(write: &Write, version: u32, subject: &str) -> String {
        let (id, hash) = (write.body.id, write.body.hash(&Target::made_up()));
        format!("{id}|one|{version}|accept_all|{hash}|{subject}|{version}0\n")
    }

    fn found(writes: &[Write], text: &str) -> Vec<&'static str> {
        let table = Table::read(text);
        let broken =
            table.lost(writes, &Target::made_up()).into_iter().chain(table.surplus(writes));
        broken.map(|broken| broken.invariant).collect()
    }

    #[test]
    fn each_difference_of_journal_and_table_is_named() {
        let (first, second) = (row(1, 7, told(1)), row(2, 7, told(2)));
        let both = [first.clone(), second.clone()];
        let (one, two) = (line(&first, 1, "s"), line(&second, 2, "s"));
        assert_eq!(found(&both, &format!("{one}{two}")), [""; 0]);
        assert_eq!(found(&both, &one), ["I1"], "lost");
        let same_time = two.replace("|20\n", "|10\n");
        assert_eq!(found(&both, &format!("{one}{same_time}")), ["order"]);
        assert_eq!(found(&both, &format!("{one}{}", line(&second, 3, "s"))), ["I1", "I4"]);
        assert_eq!(found(&both, &format!("{one}{two}{two}")), ["I4"], "twice");
        assert_eq!(found(&both[..1], &format!("{one}{two}")), ["I6"], "never sent");
        let changed = one.replace("accept_all", "reject_all");
        assert_eq!(found(&both, &format!("{changed}{two}")), ["I1"]);
        let refused = [first.clone(), row(2, 7, Outcome::Refused(409))];
        assert_eq!(found(&refused, &format!("{one}{two}")), ["I6"]);
        let stranger = [first, row(2, 8, told(2))];
        let theirs = line(&stranger[1], 2, "s");
        assert_eq!(found(&stranger, &format!("{one}{theirs}")), ["I5"]);
    }
}
