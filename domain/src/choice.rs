//! What a visitor chose: the action, the way it was made, the answer per purpose and vendor, and
//! the two rules between them (an action must agree with its choices; an answer given on an older
//! state can only take back). Who said it and when is in `record`.

use crate::key::Key;
use std::collections::BTreeMap;

/// A yes or no per non-required purpose.
pub type Choices = BTreeMap<Key, bool>;
/// A yes or no per vendor, only where it differs from its purpose.
pub type Vendors = BTreeMap<Key, bool>;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum $name { $($(#[$vdoc])* #[cfg_attr(feature = "serde", serde(rename = $word))] $variant),+ }

        impl $name {
            /// Every value, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word on the wire and in the database.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads the word; `None` for any other.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }
    };
}

words! {
    /// What the visitor did.
    Action {
        /// Yes to every purpose and vendor.
        AcceptAll = "accept_all",
        /// No to every purpose.
        RejectAll = "reject_all",
        /// A yes or no each.
        Save = "save",
        /// Takes everything back (GDPR art. 7(3)); always applies.
        Withdraw = "withdraw",
    }
}

words! {
    /// The way the choice was made.
    Method {
        /// The first layer.
        Banner = "banner",
        /// The preferences, in place or on the hosted page.
        Preferences = "preferences",
        /// The browser's Global Privacy Control.
        Gpc = "gpc",
        /// A one-time link.
        Link = "link",
        /// Brought over from another system.
        Import = "import",
        /// Entered by the site's staff; needs a key.
        Operator = "operator",
    }
}

words! {
    /// How far the browser vouched for a person's act (recorded, never a condition).
    Assurance {
        /// A trusted event on visible controls.
        Gesture = "gesture",
        /// A trusted event while the controls were hidden or covered.
        Hidden = "hidden",
        /// A script produced the event or called the API.
        Scripted = "scripted",
        /// Nothing was reported.
        Unknown = "unknown",
    }
}

impl Assurance {
    /// From the body's `gesture`: `None` where it was absent.
    pub fn from_gesture(gesture: Option<(bool, bool)>) -> Self {
        match gesture {
            None => Self::Unknown,
            Some((false, _)) => Self::Scripted,
            Some((true, false)) => Self::Hidden,
            Some((true, true)) => Self::Gesture,
        }
    }
}

/// Whether the answers say no to a purpose.
pub fn refuses(choices: &Choices) -> bool {
    choices.values().any(|yes| !yes)
}

/// Whether the answers are what the action says.
pub fn agrees(action: Action, choices: &Choices, vendors: &Vendors) -> bool {
    let mut all = choices.values().chain(vendors.values());
    match action {
        Action::AcceptAll => all.all(|yes| *yes),
        Action::RejectAll | Action::Withdraw => all.all(|yes| !*yes),
        Action::Save => true,
    }
}

/// Whether `asked` says no to something that `held` says yes to: an answer that must never be late.
pub fn takes_back(held: (&Choices, &Vendors), asked: (&Choices, &Vendors)) -> bool {
    let purposes = held.0.iter().any(|(key, yes)| *yes && asked.0.get(key) == Some(&false));
    let vendors = asked.1.iter().any(|(key, yes)| {
        !*yes && held.1.get(key) != Some(&false) && held.0.values().any(|yes| *yes)
    });
    purposes || vendors
}

/// What holds after an answer that was given on an older state: only its noes apply.
pub fn only_noes(held: (&Choices, &Vendors), asked: (&Choices, &Vendors)) -> (Choices, Vendors) {
    let yes = |choices: &Choices, key: &Key| choices.get(key).copied().unwrap_or(false);
    let purposes = asked.0.keys().map(|key| (key.clone(), yes(held.0, key) && yes(asked.0, key)));
    let noes = held.1.iter().chain(asked.1).filter(|(_, yes)| !**yes);
    let both = held.1.iter().filter(|(key, yes)| **yes && asked.1.get(*key) == Some(&true));
    let vendors = both.chain(noes).map(|(key, yes)| (key.clone(), *yes)).collect();
    (purposes.collect(), vendors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn map(pairs: &[(&str, bool)]) -> Choices {
        pairs.iter().map(|(key, yes)| (Key::parse(key).unwrap(), *yes)).collect()
    }

    #[test]
    fn words_round_trip() {
        for action in Action::ALL {
            assert_eq!(Action::parse(action.as_str()), Some(*action));
        }
        assert_eq!(Method::parse("Banner"), None);
    }

    #[test]
    fn an_action_must_agree_with_its_choices() {
        let mixed = map(&[("ads", true), ("stats", false)]);
        let none = Vendors::new();
        assert!(agrees(Action::Save, &mixed, &none));
        assert!(!agrees(Action::AcceptAll, &mixed, &none));
        assert!(!agrees(Action::RejectAll, &mixed, &none));
        assert!(!agrees(Action::AcceptAll, &map(&[("ads", true)]), &map(&[("v", false)])));
    }

    #[test]
    fn a_vendor_refused_takes_back_only_where_something_was_granted() {
        let no_vendor = map(&[("v", false)]);
        let held = map(&[("ads", true)]);
        assert!(takes_back((&held, &map(&[])), (&held, &no_vendor)));
        assert!(!takes_back((&held, &no_vendor), (&held, &no_vendor)));
        assert!(!takes_back((&map(&[("ads", false)]), &map(&[])), (&held, &no_vendor)));
    }

    fn choices() -> impl Strategy<Value = Choices> {
        proptest::collection::btree_map(
            prop_oneof![Just("ads"), Just("stats"), Just("video")]
                .prop_map(|k| Key::parse(k).unwrap()),
            any::<bool>(),
            0..4,
        )
    }

    proptest! {
        #[test]
        fn noes_never_grant(held in choices(), hv in choices(), asked in choices(), av in choices()) {
            let (result, vendors) = only_noes((&held, &hv), (&asked, &av));
            for (key, yes) in &result {
                prop_assert!(!yes || (held.get(key) == Some(&true) && asked.get(key) == Some(&true)));
            }
            for (key, yes) in hv.iter().chain(&av) {
                prop_assert!(*yes || vendors.get(key) == Some(&false));
            }
            for (key, yes) in &vendors {
                prop_assert!(!yes || (hv.get(key) == Some(&true) && av.get(key) == Some(&true)));
            }
        }
    }
}
