//! What all records of a visitor amount to: the fold that the write path applies to one record at
//! a time, and that anyone can repeat over all of them (invariant I8).

use crate::choice::{Action, Choices, Method, Vendors};
use crate::ids::{NoticeHash, RecordId};
use crate::key::Key;
use crate::record::{Personal, Record};
use crate::regime::Model;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The sum of a visitor's records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Number of records.
    pub version: u64,
    /// The last record.
    pub record: RecordId,
    /// What it did.
    pub action: Action,
    /// How.
    pub method: Method,
    /// Whether it came with Global Privacy Control.
    pub gpc: bool,
    /// The notice it names.
    pub notice: NoticeHash,
    /// What holds.
    pub choices: Choices,
    /// What holds.
    pub vendors: Vendors,
    /// Purposes about which the last thing said was a withdrawal, or a refusal after a yes.
    pub taken_back: BTreeSet<Key>,
    /// When the last record was made.
    pub given_at: Timestamp,
    /// When it lapses.
    pub expires_at: Timestamp,
    /// The forgettable part of the last record.
    pub personal: Option<Personal>,
}

impl State {
    /// The state after one more record.
    pub fn after(previous: Option<&Self>, record: &Record) -> Self {
        let was_yes = |key: &Key| {
            previous
                .is_some_and(|p| p.choices.get(key) == Some(&true) || p.taken_back.contains(key))
        };
        let no = |(key, yes): (&Key, &bool)| (!yes).then(|| key.clone());
        let unsaid = |key: &&Key| !record.choices.contains_key(*key);
        let taken_now = record
            .choices
            .iter()
            .filter_map(no)
            .filter(|key| record.action == Action::Withdraw || was_yes(key));
        // A no about a purpose that the shown notice lacked stays a no should it come back.
        let earlier = previous.map(|p| p.taken_back.iter().filter(unsaid).cloned());
        let taken_back = taken_now.chain(earlier.into_iter().flatten()).collect();
        let mut choices = record.choices.clone();
        for (key, _) in previous.iter().flat_map(|p| &p.choices).filter(|(_, yes)| !**yes) {
            choices.entry(key.clone()).or_insert(false);
        }
        Self {
            version: record.version,
            record: record.id,
            action: record.action,
            method: record.method,
            gpc: record.gpc,
            notice: record.notice,
            choices,
            vendors: record.vendors.clone(),
            taken_back,
            given_at: record.given_at,
            expires_at: record.expires_at,
            personal: record.personal.clone(),
        }
    }

    /// Whether the visitor is still bound by it at a moment: a choice holds until it lapses, and a
    /// no where the law asks for an opt-out does not lapse.
    pub fn in_force(&self, at: Timestamp) -> bool {
        let asked_first = self.personal.as_ref().is_none_or(|one| one.regime.model == Model::OptIn);
        let no = matches!(self.action, Action::Withdraw | Action::RejectAll)
            || self.choices.values().chain(self.vendors.values()).any(|yes| !yes);
        at < self.expires_at || (!asked_first && no)
    }

    /// The state after all records, in the order of their versions; `None` where there are none.
    pub fn fold<'a>(records: impl IntoIterator<Item = &'a Record>) -> Option<Self> {
        let step = |state: Option<Self>, record| Some(Self::after(state.as_ref(), record));
        records.into_iter().fold(None, step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::record;
    use proptest::prelude::*;

    #[test]
    fn a_refusal_after_a_yes_is_taken_back_until_the_next_yes() {
        let ads = Key::parse("ads").unwrap();
        let history = [
            record(1, Action::RejectAll, &[("ads", false)]),
            record(2, Action::AcceptAll, &[("ads", true)]),
            record(3, Action::RejectAll, &[("ads", false)]),
            record(4, Action::RejectAll, &[("ads", false)]),
            record(5, Action::AcceptAll, &[("ads", true)]),
        ];
        let taken_back: Vec<bool> = (1..=history.len())
            .map(|n| State::fold(&history[..n]).unwrap().taken_back.contains(&ads))
            .collect();
        assert_eq!(taken_back, [false, false, true, true, false]);
        let first = record(1, Action::Withdraw, &[("ads", false)]);
        assert!(State::fold([&first]).unwrap().taken_back.contains(&ads), "a withdrawal, always");
    }

    proptest! {
        #[test]
        fn folding_in_steps_equals_folding_at_once(answers in proptest::collection::vec(any::<(bool, bool)>(), 1..8)) {
            let records: Vec<Record> = answers.iter().zip(1..).map(|((ads, stats), version)| {
                record(version, Action::Save, &[("ads", *ads), ("stats", *stats)])
            }).collect();
            let mut state = None;
            for one in &records {
                state = Some(State::after(state.as_ref(), one));
            }
            prop_assert_eq!(&state, &State::fold(&records));
            let state = state.unwrap();
            let (ads, stats) = answers[answers.len() - 1];
            prop_assert_eq!(state.choices.values().copied().collect::<Vec<_>>(), vec![ads, stats]);
            let ever = answers.iter().any(|(ads, _)| *ads);
            prop_assert_eq!(state.taken_back.contains(&Key::parse("ads").unwrap()), ever && !ads);
        }
    }
}
