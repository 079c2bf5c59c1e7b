//! The decision table: one line per reason and the order between them.

use super::*;
use crate::choice::{Action, Method};
use crate::notice::tests::notice;
use crate::record::tests::record;

fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

fn terms() -> Terms {
    let mut notice = notice();
    notice.vendors[0].purposes.insert(key("retargeting"));
    Terms::of(notice.seal().unwrap().0, &notice)
}

fn regime(model: Model, gpc_honoured: bool) -> Regime {
    Regime { model, law: None, gpc_honoured }
}

struct Case {
    state: Option<State>,
    regime: Option<Regime>,
    recorded: Terms,
    current: Terms,
    vendor: Option<Key>,
    purpose: Key,
    at: Timestamp,
}

impl Case {
    fn new(history: &[(Action, bool)]) -> Self {
        let records: Vec<_> = history
            .iter()
            .zip(1..)
            .map(|((action, yes), v)| {
                record(v, *action, &[("retargeting", *yes), ("analytics", *yes)])
            })
            .collect();
        Self {
            state: State::fold(&records),
            regime: Some(regime(Model::OptIn, false)),
            recorded: terms(),
            current: terms(),
            vendor: None,
            purpose: key("retargeting"),
            at: Timestamp(5_000_000),
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn reason(&self) -> Reason {
        self.reason_of(true, true, false)
    }

    fn reason_of(&self, site_enabled: bool, log_verified: bool, erased: bool) -> Reason {
        let facts = Facts {
            site_enabled,
            log_verified,
            erased,
            state: self.state.as_ref(),
            recorded: Some(&self.recorded),
            current: &self.current,
            regime: self.regime.as_ref(),
        };
        let question =
            Question { purpose: &self.purpose, vendor: self.vendor.as_ref(), at: self.at };
        decide(&facts, &question)
    }
}

const YES: (Action, bool) = (Action::AcceptAll, true);
const NO: (Action, bool) = (Action::RejectAll, false);
const BACK: (Action, bool) = (Action::Withdraw, false);

#[test]
fn opt_in_places_need_a_yes_that_holds() {
    assert_eq!(Case::new(&[]).reason(), Reason::NoRecord);
    assert_eq!(Case::new(&[]).with(|c| c.regime = None).reason(), Reason::NoRecord);
    assert_eq!(Case::new(&[YES]).reason(), Reason::Granted);
    assert_eq!(Case::new(&[NO]).reason(), Reason::PurposeDenied);
    assert_eq!(Case::new(&[YES, NO]).reason(), Reason::Withdrawn);
    assert_eq!(Case::new(&[YES, BACK]).reason(), Reason::Withdrawn);
    assert_eq!(Case::new(&[YES, BACK, YES]).reason(), Reason::Granted);
}

#[test]
fn consent_lapses_at_that_second() {
    let expires = Case::new(&[YES]).state.unwrap().expires_at;
    let at = |time: i64| Case::new(&[YES]).with(|c| c.at = Timestamp(time)).reason();
    assert_eq!(at(expires.0 - 1), Reason::Granted);
    assert_eq!(at(expires.0), Reason::Expired);
    let taken = Case::new(&[YES, BACK]).with(|c| c.at = Timestamp(i64::MAX));
    assert_eq!(taken.reason(), Reason::Withdrawn, "before EXPIRED");
}

#[test]
fn consent_holds_only_for_what_was_shown() {
    let mut grown = notice();
    grown.vendors[0].purposes.insert(key("retargeting"));
    grown.purposes[2].data_categories.insert("location".into());
    let grown = Terms::of(grown.seal().unwrap().0, &grown);
    let after = |history: &[(Action, bool)]| {
        Case::new(history).with(|c| c.current = grown.clone()).reason()
    };
    assert_eq!(after(&[YES]), Reason::NoticeSuperseded);
    assert_eq!(after(&[YES, NO]), Reason::Withdrawn);
    let analytics = Case::new(&[YES]).with(|c| {
        c.current = grown.clone();
        c.purpose = key("analytics");
    });
    assert_eq!(analytics.reason(), Reason::Granted, "only the purpose that grew");
}

#[test]
fn vendors_must_be_disclosed_and_not_refused() {
    let asked = |vendor: &str| Case::new(&[YES]).with(|c| c.vendor = Some(key(vendor)));
    assert_eq!(asked("adco").reason(), Reason::Granted);
    assert_eq!(asked("nobody").reason(), Reason::VendorNotDisclosed);
    let wrong_purpose = asked("adco").with(|c| c.purpose = key("analytics"));
    assert_eq!(wrong_purpose.reason(), Reason::VendorNotDisclosed);
    let refused = |case: Case| {
        case.with(|c| c.state.as_mut().unwrap().vendors.extend([(key("adco"), false)]))
    };
    assert_eq!(refused(asked("adco")).reason(), Reason::VendorDenied);
    assert_eq!(refused(asked("matomo")).reason(), Reason::Granted);
}

#[test]
fn opt_out_places_need_the_absence_of_a_no() {
    let place = |model, history: &[(Action, bool)]| {
        Case::new(history).with(|c| c.regime = Some(regime(model, true)))
    };
    assert_eq!(place(Model::OptOut, &[]).reason(), Reason::NotOptedOut);
    assert_eq!(place(Model::Notice, &[]).reason(), Reason::NotOptedOut);
    assert_eq!(place(Model::OptOut, &[YES]).reason(), Reason::Granted);
    let import =
        |model| place(model, &[YES]).with(|c| c.state.as_mut().unwrap().method = Method::Import);
    assert_eq!(import(Model::OptOut).reason(), Reason::NotOptedOut, "nothing proves the yes");
    assert_eq!(import(Model::OptIn).reason(), Reason::Granted, "the site took it");
    assert_eq!(place(Model::OptOut, &[NO]).reason(), Reason::OptedOut);
    assert_eq!(place(Model::Notice, &[YES, BACK]).reason(), Reason::OptedOut);
    let gpc = place(Model::OptOut, &[NO]).with(|c| c.state.as_mut().unwrap().gpc = true);
    assert_eq!(gpc.reason(), Reason::GpcOptOut);
    let old = place(Model::OptOut, &[NO]).with(|c| c.at = Timestamp(i64::MAX));
    assert_eq!(old.reason(), Reason::OptedOut, "an opt-out does not lapse");
    let old_yes = place(Model::OptOut, &[YES]).with(|c| c.at = Timestamp(i64::MAX));
    assert_eq!(old_yes.reason(), Reason::NotOptedOut);
}

#[test]
fn no_to_everything_is_a_no_to_purposes_named_later() {
    for history in [&[YES, BACK][..], &[NO], &[BACK]] {
        let case = Case::new(history).with(|c| {
            c.regime = Some(regime(Model::OptOut, false));
            c.state
                .as_mut()
                .unwrap()
                .choices
                .retain(|purpose, _| purpose.as_str() != "retargeting");
        });
        assert_eq!(case.reason(), Reason::OptedOut, "{history:?}");
    }
    let mut records =
        vec![record(1, Action::RejectAll, &[("retargeting", false), ("analytics", false)])];
    records.push(record(2, Action::Save, &[("analytics", true)]));
    let case = Case::new(&[]).with(|c| {
        c.state = State::fold(&records);
        c.regime = Some(regime(Model::OptOut, false));
    });
    assert_eq!(case.reason(), Reason::OptedOut, "a purpose that went and came back");
}

#[test]
fn the_site_comes_before_the_visitor() {
    let yes = Case::new(&[YES]);
    assert_eq!(yes.reason_of(false, false, true), Reason::SiteDisabled);
    assert_eq!(yes.reason_of(true, false, true), Reason::LogUnverified);
    assert_eq!(yes.reason_of(true, true, true), Reason::Erased);
    let required = Case::new(&[]).with(|c| c.purpose = key("necessary"));
    assert_eq!(required.reason(), Reason::LegalBasis);
    assert_eq!(required.reason_of(true, true, true), Reason::Erased);
}

#[test]
fn every_reason_has_its_word() {
    for reason in Reason::ALL {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        assert!(reason.explanation().ends_with('.'));
    }
    assert!(Reason::ALL.is_sorted());
}
