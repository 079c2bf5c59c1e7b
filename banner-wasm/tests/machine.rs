//! The rules of the banner, held against every sequence of events.

use ouinon_banner::machine::{Action, Change, Effects, Event, State, step};
use proptest::prelude::*;

fn model(required: &[bool]) -> State {
    let mut state = State::EMPTY;
    for required in required {
        state.add_purpose(*required, false);
    }
    for _ in 0..70 {
        state.add_vendor(false);
    }
    state
}

fn run(mut state: State, events: &[Event]) -> (State, Vec<Effects>) {
    let mut all = Vec::new();
    for event in events {
        let (next, effects) = step(state, *event);
        state = next;
        all.push(effects);
    }
    (state, all)
}

fn switches(state: &State) -> Vec<bool> {
    (0..state.purposes()).map(|purpose| state.is_on(purpose)).collect()
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Ask),
        Just(Event::Open),
        Just(Event::Close),
        Just(Event::AcceptAll),
        Just(Event::RejectAll),
        Just(Event::Save),
        Just(Event::Withdraw),
        Just(Event::Embed),
        Just(Event::Known),
        (0_u32..80, any::<bool>()).prop_map(|(purpose, on)| Event::Purpose(purpose, on)),
        (0_u32..5000, any::<bool>()).prop_map(|(vendor, on)| Event::Vendor(vendor, on)),
    ]
}

fn any_model() -> impl Strategy<Value = State> {
    prop::collection::vec(any::<bool>(), 0..70).prop_map(|required| model(&required))
}

proptest! {
    #[test]
    fn only_an_answer_is_recorded(state in any_model(), events in prop::collection::vec(any_event(), 0..30)) {
        let (_, effects) = run(state, &events);
        for (event, effect) in events.iter().zip(effects) {
            let expected = match event {
                Event::AcceptAll => Some(Action::AcceptAll),
                Event::RejectAll => Some(Action::RejectAll),
                Event::Save => Some(Action::Save),
                Event::Withdraw => Some(Action::Withdraw),
                _ => None,
            };
            prop_assert_eq!(effect.choice, expected);
        }
    }

    #[test]
    fn nothing_turns_on_by_itself(state in any_model(), events in prop::collection::vec(any_event(), 0..30)) {
        let quiet: Vec<Event> = events
            .into_iter()
            .filter(|event| !matches!(event, Event::AcceptAll | Event::Purpose(_, true)))
            .collect();
        let (after, _) = run(state, &quiet);
        prop_assert!(!after.any_on());
    }

    #[test]
    fn required_purposes_stay_on(required in prop::collection::vec(any::<bool>(), 0..64), events in prop::collection::vec(any_event(), 0..30)) {
        let (after, _) = run(model(&required), &events);
        for (purpose, required) in required.iter().enumerate() {
            prop_assert!(!required || after.is_on(purpose as u32));
        }
    }

    #[test]
    fn refusing_and_withdrawing_undo_everything(state in any_model(), events in prop::collection::vec(any_event(), 0..30), withdraw: bool) {
        let (busy, _) = run(state, &events);
        let (after, _) = step(busy, if withdraw { Event::Withdraw } else { Event::RejectAll });
        prop_assert!(!after.any_on());
        prop_assert!(after.decided);
        prop_assert!((0..70).all(|vendor| !after.is_excepted(vendor)));
    }

    #[test]
    fn accepting_turns_all_on(required in prop::collection::vec(any::<bool>(), 0..65), events in prop::collection::vec(any_event(), 0..30)) {
        let (busy, _) = run(model(&required), &events);
        let (after, _) = step(busy, Event::AcceptAll);
        prop_assert!(switches(&after).into_iter().all(|on| on));
        prop_assert!((0..70).all(|vendor| !after.is_excepted(vendor)));
    }

    #[test]
    fn an_answer_leaves_nothing_over_the_page(state in any_model(), events in prop::collection::vec(any_event(), 0..30)) {
        let (busy, _) = run(state, &events);
        for answer in [Event::AcceptAll, Event::RejectAll, Event::Save, Event::Withdraw] {
            let (after, effects) = step(busy, answer);
            prop_assert!(!after.asking && !after.dialog);
            prop_assert_eq!(effects.banner == Change::Remove, busy.asking);
            prop_assert_eq!(effects.dialog == Change::Remove, busy.dialog);
        }
    }

    #[test]
    fn a_switch_moves_alone(required in prop::collection::vec(Just(false), 2..64), at in 0_u32..64, vendor in 0_u32..70) {
        let state = model(&required);
        let at = at % state.purposes();
        let (on, _) = step(state, Event::Purpose(at, true));
        prop_assert_eq!(switches(&on).into_iter().filter(|on| *on).count(), 1);
        prop_assert!(on.is_on(at));
        let (without, _) = step(on, Event::Vendor(vendor, false));
        prop_assert_eq!((0..70).filter(|vendor| without.is_excepted(*vendor)).collect::<Vec<_>>(), vec![vendor]);
        let (back, _) = step(without, Event::Vendor(vendor, true));
        prop_assert_eq!(back, on);
    }
}

#[test]
fn escape_closes_the_dialog_and_the_banner_stays() {
    let (state, effects) = run(model(&[true, false]), &[Event::Ask, Event::Open, Event::Close]);
    assert!(state.asking && !state.dialog && !state.decided);
    assert_eq!(effects[2], Effects { dialog: Change::Remove, ..Effects::default() });
}

#[test]
fn a_page_with_preferences_of_its_own_gets_no_banner() {
    let (state, effects) = run(model(&[false]), &[Event::Ask, Event::Embed, Event::Ask]);
    assert!(!state.asking && state.page);
    assert_eq!(effects[1].banner, Change::Remove);
    assert_eq!(effects[2], Effects::default());
}

#[test]
fn a_choice_made_elsewhere_takes_the_banner_away() {
    let (asking, _) = step(model(&[false]), Event::Ask);
    let (state, effects) = step(asking.emptied(true), Event::Known);
    assert!(!state.asking);
    assert_eq!(effects.banner, Change::Remove);
}

#[test]
fn the_stored_choice_is_shown_again() {
    let mut state = State::EMPTY;
    state.add_purpose(true, false);
    state.add_purpose(false, true);
    state.add_purpose(false, false);
    state.add_vendor(false);
    state.add_vendor(true);
    assert_eq!(switches(&state), [true, true, false]);
    assert!(!state.is_excepted(0) && state.is_excepted(1));
}
