//! The product's design holds in every world within the bounds, and every known-bad one is caught.
//! `cargo test -p ouinon-model -- --nocapture` shows what was visited and each shortest counterexample.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "tests, which show what they found")]

use ouinon_model::{Bounds, Broken, Design, Found, Said, Step, search};

/// Two primaries: the standby is promoted, with and without a partition, and the old one restarts.
const FAILOVER: Bounds = Bounds {
    attempts: 2,
    marks: 1,
    primary_crashes: 1,
    partition: true,
    promotion: true,
    ..Bounds::CALM
};

/// A withdrawal, a grant that is late, and a new one; a server is killed, clients repeat.
const WRITES: Bounds =
    Bounds { stale_grant: true, regrant: true, attempts: 2, server_crashes: 1, ..Bounds::CALM };

/// A key is revoked while the site changes otherwise, and the standby may be promoted.
const SETTINGS: Bounds = Bounds {
    withdrawal: false,
    revocation: true,
    change: true,
    marks: 1,
    primary_crashes: 1,
    partition: true,
    promotion: true,
    ..Bounds::CALM
};

/// Searches the product's design, asking one server and then the other, where they differ.
fn holds(name: &str, bounds: Bounds) -> Vec<Found> {
    let one = |asked| {
        let started = std::time::Instant::now();
        let found = search(Design::Product, Bounds { asked, ..bounds });
        println!("{name}, server {asked} asked: {found} ({:.1?})", started.elapsed());
        assert!(found.counterexample.is_none(), "{name}: {found}");
        found
    };
    (0..1 + usize::from(bounds.partition)).map(one).collect()
}

/// Whether the search saw a step: it says nothing about what cannot happen in it.
fn saw(found: &[Found], step: Step) {
    assert!(found.iter().any(|found| found.steps.contains(&step)), "never: {step}");
}

#[test]
fn the_product_holds_when_a_standby_is_promoted() {
    let found = holds("failover", FAILOVER);
    for step in [Step::Cut, Step::Heal, Step::Promote, Step::RestartPrimary, Step::Acknowledge(0)] {
        saw(&found, step);
    }
    for said in [Said::Yes, Said::No, Said::Unavailable] {
        saw(&found, Step::Decide(0, said));
        saw(&found, Step::Decide(1, said));
    }
}

#[test]
fn the_product_holds_when_writes_race_and_are_repeated() {
    let found = holds("writes", WRITES);
    for step in [Step::Acknowledge(1), Step::Acknowledge(2), Step::KillServer(0)] {
        saw(&found, step);
    }
}

#[test]
fn the_product_holds_when_a_key_is_revoked() {
    let found = holds("settings", SETTINGS);
    for said in [Said::Again, Said::Forbidden] {
        saw(&found, Step::Decide(0, said));
    }
}

/// The search finds that this design breaks this promise.
fn caught(design: Design, bounds: Bounds, promise: Broken) {
    let found = search(design, bounds);
    println!("{design:?}: {found}");
    let (broken, _) = found.counterexample.expect("a design known to be wrong was not caught");
    assert_eq!(broken, promise, "{design:?}");
}

#[test]
fn cached_yes() {
    caught(Design::CachedYes, Bounds::CALM, Broken::YesAfterWithdrawal);
}

#[test]
fn ack_before_commit() {
    caught(Design::AckBeforeCommit, Bounds::CALM, Broken::AckBeforeCommit);
}

#[test]
fn no_version_check() {
    caught(Design::NoVersionCheck, WRITES, Broken::YesAfterWithdrawal);
}

#[test]
fn replayed_ack() {
    caught(Design::ReplayedAck, WRITES, Broken::AckBeforeCommit);
}

#[test]
fn repeat_without_a_commit() {
    caught(Design::RepeatWithoutCommit, FAILOVER, Broken::Lost);
}

#[test]
fn a_question_that_joins_a_sent_statement() {
    caught(Design::JoinsSentStatement, Bounds::CALM, Broken::YesAfterWithdrawal);
}

#[test]
fn no_lease() {
    caught(Design::NoLease, FAILOVER, Broken::YesAfterWithdrawal);
}

#[test]
fn lease_counter() {
    caught(Design::LeaseCounter, FAILOVER, Broken::YesAfterWithdrawal);
}

#[test]
fn lease_from_the_answer() {
    caught(Design::LeaseFromAnswer, FAILOVER, Broken::YesAfterWithdrawal);
}

#[test]
fn no_epoch_comparison() {
    caught(Design::NoEpochComparison, SETTINGS, Broken::AnsweredRevokedKey);
}

#[test]
fn epoch_counter() {
    caught(Design::EpochCounter, SETTINGS, Broken::AnsweredRevokedKey);
}

#[test]
fn no_lock() {
    caught(Design::NoLock, WRITES, Broken::NotTheFold);
}

#[test]
fn unconfirmed_commit() {
    caught(Design::UnconfirmedCommit, FAILOVER, Broken::Lost);
}
