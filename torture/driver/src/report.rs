//! What is said while it runs, and the table at the end.

use crate::body::Kind;
use crate::journal::{Broken, Decision, Journal, Micros, Outcome, Weather, Write};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Prints one line at once. A closed output is no reason to stop.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// How long serving took after a fault.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// After what.
    pub fault: String,
    /// Until both servers decided and recorded again.
    pub took: Duration,
}

/// What a story amounts to.
#[derive(Debug, Default)]
pub struct Report {
    /// Its name.
    pub story: &'static str,
    /// After each fault.
    pub recoveries: Vec<Recovery>,
    /// What is wrong.
    pub broken: Vec<Broken>,
    /// Rows in the table.
    pub stored: usize,
    /// Bodies that were sent again at the end, and proofs that were asked for.
    pub repeated: usize,
    /// Proofs asked for.
    pub redeemed: usize,
    /// Until the last leaf had its place.
    pub settled: Duration,
    /// Rows about visitors who were forgotten, before they were.
    pub forgotten: usize,
}

impl Report {
    /// Prints it; the counts of what is wrong are lines of their own.
    pub fn print(&self, journal: &Journal) {
        let (writes, decisions) = (journal.writes(), journal.decisions(0));
        say(&format!("\n{}", self.story));
        for (name, value) in self.rows(journal, &writes, &decisions) {
            say(&format!("  {name:<46}{value}"));
        }
        for (fault, worst) in self.worst() {
            say(&format!("  {:<46}{}", format!("  after: {fault}"), seconds(worst)));
        }
        let mut invariants: BTreeMap<&str, Vec<&Broken>> = BTreeMap::new();
        for broken in &self.broken {
            invariants.entry(broken.invariant).or_default().push(broken);
        }
        for (invariant, found) in invariants {
            say(&format!("  BROKEN {invariant}: {} times", found.len()));
            for one in found.iter().take(3) {
                say(&format!("    {}", one.how));
            }
        }
    }

    /// The longest that serving took after each kind of fault.
    fn worst(&self) -> BTreeMap<&str, Duration> {
        let mut worst = BTreeMap::new();
        for Recovery { fault, took } in &self.recoveries {
            let longest: &mut Duration = worst.entry(fault.as_str()).or_default();
            *longest = (*longest).max(*took);
        }
        worst
    }

    fn count(&self, invariants: &[&str]) -> usize {
        self.broken.iter().filter(|broken| invariants.contains(&broken.invariant)).count()
    }

    fn rows(
        &self,
        journal: &Journal,
        writes: &[Write],
        decisions: &[Decision],
    ) -> Vec<(&'static str, String)> {
        let acked = |kind: Kind| {
            writes.iter().filter(|write| write.acked().is_some() && write.body.kind == kind).count()
        };
        let refused = writes.iter().filter(|w| matches!(w.outcome, Outcome::Refused(_))).count();
        let unknown = writes.iter().filter(|w| w.outcome == Outcome::Unknown).count();
        let yes = decisions.iter().filter(|decision| decision.allowed).count();
        let by_first = decisions.iter().filter(|decision| decision.server == 0).count();
        let by_second = decisions.len() - by_first;
        let mut rows = vec![
            ("grants acknowledged", acked(Kind::Grant).to_string()),
            ("withdrawals acknowledged", acked(Kind::Withdraw).to_string()),
            ("refusals acknowledged", acked(Kind::Refuse).to_string()),
            ("refused as stale", refused.to_string()),
            ("nobody knows (no answer)", unknown.to_string()),
            ("decisions, by server (yes among them)", format!("{by_first} + {by_second} ({yes})")),
            ("answers by status", format!("{:?}", journal.statuses())),
            ("requests without an answer", journal.unanswered.load(Ordering::Relaxed).to_string()),
            ("records stored", self.stored.to_string()),
            ("bodies sent again, answered byte for byte", self.repeated.to_string()),
            ("receipts redeemed for a proof", self.redeemed.to_string()),
            ("every leaf in its place after", seconds(self.settled)),
            ("logged decisions about who was then forgotten", self.forgotten.to_string()),
            ("yes after an acknowledged no (I2)", self.count(&["I2"]).to_string()),
            ("acknowledged grants not seen (I2b)", self.count(&["I2b"]).to_string()),
            ("answers older than what was told before", self.count(&["stale"]).to_string()),
            ("lost or changed (I1, I7)", self.count(&["I1"]).to_string()),
            ("duplicates (I4)", self.count(&["I4"]).to_string()),
            ("across sites (I5)", self.count(&["I5"]).to_string()),
            ("invented (I6)", self.count(&["I6"]).to_string()),
            ("not in the order of the lock", self.count(&["order"]).to_string()),
            ("decisions not logged, late, or wrong", self.count(&["asked"]).to_string()),
            ("decisions about forgotten visitors (I9)", self.count(&["I9"]).to_string()),
            ("`ouinon verify` (I3, I8)", self.count(&["I3", "I3/I8"]).to_string()),
        ];
        rows.extend(self.speed(writes));
        rows
    }

    fn speed(&self, writes: &[Write]) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        let took = self.recoveries.iter().map(|one| one.took);
        if let (Some(worst), mut sorted) = (took.clone().max(), took.collect::<Vec<_>>()) {
            sorted.sort_unstable();
            let median = sorted[sorted.len() / 2];
            let both = format!("{} / {}", seconds(median), seconds(worst));
            rows.push(("serving after a fault, median / worst", both));
            rows.push(("faults", self.recoveries.len().to_string()));
        }
        let alive = p99(writes, Weather::Calm);
        for (name, weather) in [
            ("withdrawals' p99, Redis alive / dead", Weather::RedisDead),
            ("withdrawals' p99, without / with slow clients", Weather::SlowClients),
        ] {
            if let (Some(alive), Some(then)) = (alive, p99(writes, weather)) {
                let ratio = then as f64 / alive as f64;
                let text = format!("{} / {} ms ({ratio:.2})", alive / 1000, then / 1000);
                rows.push((name, text));
            }
        }
        rows
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

/// Of attempts to withdraw that were acknowledged in this weather, once there are enough.
pub fn p99(writes: &[Write], weather: Weather) -> Option<Micros> {
    let own = writes.iter().filter(|w| w.body.kind == Kind::Withdraw && w.weather == weather);
    let mut took: Vec<Micros> = own.map(|write| write.took).collect();
    took.sort_unstable();
    if took.len() < 100 { None } else { took.get(took.len() * 99 / 100).copied() }
}
