//! The places that are easy to get wrong, by name and by property.

use super::super::{Model, Place, Regime};
use super::Regimes;
use crate::regime::day::Day;

fn micros(day: &str) -> i64 {
    Day::parse(day).unwrap().start()
}

fn on(code: &str, day: &str) -> Regime {
    let place = if code.is_empty() { Place::UNKNOWN } else { Place::parse(code).unwrap() };
    Regimes::embedded().unwrap().resolve(&place, micros(day))
}

fn now(code: &str) -> (Model, bool) {
    let regime = on(code, "2026-11-22");
    (regime.model, regime.gpc_honoured)
}

#[test]
fn a_californian_seen_only_as_american_can_opt_out_and_is_heard_by_gpc() {
    assert_eq!(now("US"), (Model::OptOut, true));
    assert_eq!(now("US-CA"), (Model::OptOut, true));
    assert_eq!(on("US", "2026-11-22").law.as_deref(), Some("CCPA/CPRA + 11 CCR 7000ff"));
    assert_eq!(now("US-ZZ"), now("US"), "a region nobody knows is no region");
}

#[test]
fn a_state_has_its_own_rule_once_it_is_in_force() {
    assert_eq!(now("US-TX"), (Model::OptOut, true));
    assert_eq!(now("US-NY"), (Model::Notice, false));
    assert!(!on("US-TX", "2024-12-31").gpc_honoured);
    assert_eq!(on("US-TX", "2024-12-31").model, Model::OptOut);
    let before = on("US-TX", "2024-06-30");
    assert_eq!((before.model, before.gpc_honoured), (Model::Notice, false));
    assert_eq!(before.law.as_deref(), Some("FTC Act s.5 (no federal law)"));
}

#[test]
fn a_signed_law_waits_for_its_day() {
    assert_eq!(on("US-OK", "2026-12-31").model, Model::Notice);
    assert_eq!(on("US-OK", "2027-01-01").model, Model::OptOut);
    assert_eq!(on("US-AL", "2099-12-31").model, Model::Notice, "no date is known");
}

#[test]
fn quebec_alone_asks_first_and_an_unplaced_canadian_is_treated_like_it() {
    assert_eq!(now("CA-QC"), (Model::OptIn, false));
    assert_eq!(now("CA-ON"), (Model::OptOut, false));
    assert_eq!(now("CA"), (Model::OptIn, false));
    assert_eq!(on("CA", "2026-11-22").law, on("CA-QC", "2026-11-22").law);
}

#[test]
fn practice_wins_over_the_letter_in_switzerland() {
    assert_eq!(now("CH"), (Model::OptIn, false));
}

#[test]
fn an_unsure_entry_asks_first() {
    assert_eq!(now("AF"), (Model::OptIn, false));
    assert_eq!(now("AU"), (Model::Notice, false), "medium confidence is enough");
}

#[test]
fn europe_asks_first_whatever_the_region() {
    assert_eq!(now("FR"), (Model::OptIn, false));
    assert_eq!(now("FR-IDF"), now("FR"));
}

#[test]
fn nowhere_is_the_strictest_place() {
    for code in ["", "ZZ", "ZZ-1"] {
        assert_eq!(now(code), (Model::OptIn, true), "{code:?}");
    }
    let nonsense = Place { country: None, region: Some("CA".to_owned()) };
    let at = micros("2026-11-22");
    assert_eq!(Regimes::embedded().unwrap().resolve(&nonsense, at).model, Model::OptIn);
}

#[test]
fn knowing_less_is_never_kinder() {
    let regimes = Regimes::embedded().unwrap();
    for day in ["2019-01-01", "2025-06-01", "2026-11-22", "2030-01-01"] {
        let at = micros(day);
        for code in regimes.regions.keys() {
            let place = Place::parse(code).unwrap();
            let exact = regimes.resolve(&place, at);
            let coarse = regimes.resolve(&Place { region: None, ..place }, at);
            let nothing = regimes.resolve(&Place::UNKNOWN, at);
            assert!(coarse.model >= exact.model, "{code} {day}");
            assert!(coarse.gpc_honoured >= exact.gpc_honoured, "{code} {day}");
            assert!(nothing.model >= coarse.model, "{code} {day}");
            assert!(nothing.gpc_honoured >= coarse.gpc_honoured, "{code} {day}");
        }
    }
}

#[test]
fn exactly_these_states_must_hear_global_privacy_control() {
    let regimes = Regimes::embedded().unwrap();
    let at = micros("2026-11-22");
    let hears = |code: &&String| regimes.resolve(&Place::parse(code).unwrap(), at).gpc_honoured;
    let states: Vec<_> =
        regimes.regions.keys().filter(|code| code.contains('-')).filter(hears).collect();
    let expected = ["CA", "CO", "CT", "DE", "MD", "MN", "MT", "NE", "NH", "NJ", "OR", "TX"];
    assert_eq!(states, expected.map(|state| format!("US-{state}")).iter().collect::<Vec<_>>());
}

#[test]
fn where_nobody_is_asked_is_said_in_few_words() {
    let table = Regimes::embedded().unwrap();
    let free = table.unasked(micros("2026-11-22"));
    for code in ["US", "AU", "CA-ON"] {
        assert!(free.contains(&code), "{code} in {free:?}");
    }
    for code in ["CA", "CA-QC", "US-CA", "FR", "GB", "CH"] {
        assert!(!free.contains(&code), "{code} in {free:?}");
    }
}
