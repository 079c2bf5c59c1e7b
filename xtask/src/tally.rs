//! Counts of checks, read from what cargo's and Node's test runners print.
//!
//! Decides nothing: the runners' own exit codes are counted by the caller.

use std::collections::BTreeMap;
use std::fmt;

/// Passed and failed checks of one group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many passed.
    pub passed: u64,
    /// How many failed.
    pub failed: u64,
}

impl Tally {
    /// One check that is a whole program run.
    pub fn one(passed: bool) -> Self {
        Self { passed: u64::from(passed), failed: u64::from(!passed) }
    }

    /// Adds another group's counts.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Counts of one `cargo test` run by test program, and of the tests that name a database.
#[derive(Debug, Default)]
pub struct CargoTests {
    program: String,
    /// By test program, such as `server api` or `domain lib`.
    pub programs: BTreeMap<String, Tally>,
    /// Of those, the tests that run on a named store.
    pub stores: BTreeMap<&'static str, Tally>,
    /// What the programs said of their failures.
    pub failures: Vec<String>,
    failing: bool,
}

impl CargoTests {
    /// Takes one line of output, of either stream.
    pub fn line(&mut self, line: &str) {
        // `failures:` stands before what each of them printed, and again before their names.
        self.failing = line == "failures:" || (self.failing && !line.starts_with("test result: "));
        if self.failing {
            self.failures.push(line.to_owned());
        }
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("Running ") {
            self.program = program(rest);
        } else if let Some(name) = line.strip_prefix("Doc-tests ") {
            self.program = format!("{name} docs");
        } else if let Some(tally) = result(line) {
            self.programs.entry(self.program.clone()).or_default().add(tally);
        } else if let Some((name, verdict)) = one_test(line) {
            let tally = Tally::one(verdict);
            for store in ["sqlite", "postgres", "redis"] {
                if name.contains(store) {
                    self.stores.entry(store).or_default().add(tally);
                }
            }
        }
    }
}

/// What Node's runner says of the failures at the end of a run.
pub fn node_failures(output: &str) -> Vec<String> {
    let told = output.lines().skip_while(|line| !line.ends_with("failing tests:"));
    told.map(str::to_owned).collect()
}

/// Counts of a `node --test` run, from the summary that its reporters print.
pub fn node_tests(output: &str) -> Tally {
    let number = |word: &str| {
        output.lines().rev().find_map(|line| {
            let (name, count) = line.trim_start_matches(['#', 'ℹ', ' ']).trim().split_once(' ')?;
            if name == word { count.parse().ok() } else { None }
        })
    };
    Tally {
        passed: number("pass").unwrap_or(0),
        failed: number("fail").unwrap_or(0) + number("cancelled").unwrap_or(0),
    }
}

/// `tests/api/main.rs (target/debug/deps/api-1f…)` → `api`; unit tests take the crate's name.
fn program(running: &str) -> String {
    let deps = running.rsplit_once("deps/").map_or(running, |(_, file)| file);
    deps.trim_end_matches(')').rsplit_once('-').map_or(deps, |(name, _)| name).replace('_', "-")
}

/// `test result: FAILED. 14 passed; 1 failed; …`: what a program itself counted.
fn result(line: &str) -> Option<Tally> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let number = |word: &str| {
        counts.split("; ").find_map(|part| part.strip_suffix(word)?.trim().parse().ok())
    };
    Some(Tally { passed: number("passed")?, failed: number("failed")? })
}

fn one_test(line: &str) -> Option<(&str, bool)> {
    let (name, verdict) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    match verdict {
        "ok" => Some((name, true)),
        "FAILED" => Some((name, false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_cargo_tests_by_program_and_store() {
        let mut tests = CargoTests::default();
        for line in [
            "     Running tests/api/main.rs (target/debug/deps/api-0a1b2c)",
            "test consents::refuse_sqlite ... ok",
            "test consents::refuse_postgres ... FAILED",
            "test consents::left_out ... ignored",
            "test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out",
            "     Running unittests src/lib.rs (target/debug/deps/ouinon_domain-ff)",
            "test ids::round_trip ... ok",
            "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
        ] {
            tests.line(line);
        }
        assert_eq!(tests.programs["api"], Tally { passed: 1, failed: 1 });
        assert_eq!(tests.programs["ouinon-domain"], Tally { passed: 1, failed: 0 });
        assert_eq!(tests.stores["postgres"], Tally { passed: 0, failed: 1 });
    }

    #[test]
    fn keeps_what_was_said_of_failures() {
        let mut tests = CargoTests::default();
        for line in [
            "test a ... FAILED",
            "failures:",
            "",
            "    a: no",
            "test result: FAILED. 0 passed; 1 failed",
            "x",
        ] {
            tests.line(line);
        }
        assert_eq!(tests.failures, ["failures:", "", "    a: no"]);
        assert_eq!(
            node_failures("✔ one\nℹ fail 1\n\n✖ failing tests:\n\n✖ two\n"),
            ["✖ failing tests:", "", "✖ two"]
        );
    }

    #[test]
    fn reads_the_summary_of_node() {
        let output = "✔ a story\nℹ tests 3\nℹ pass 2\nℹ fail 1\nℹ cancelled 0\n";
        assert_eq!(node_tests(output), Tally { passed: 2, failed: 1 });
        assert_eq!(node_tests("# pass 4\n# fail 0\n"), Tally { passed: 4, failed: 0 });
    }
}
