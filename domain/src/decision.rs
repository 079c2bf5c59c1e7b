//! "Can I use this visitor for this purpose, with this vendor?": the decision logic, as a pure
//! function of facts. Where the facts come from, and that they are fresh, is the server's part.

use crate::basis::Terms;
use crate::choice::{Action, Method};
use crate::key::Key;
use crate::regime::{Model, Regime};
use crate::state::State;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident $allows:literal $word:literal $explanation:literal),+ $(,)?) => {
        /// Why the answer is what it is; the first that applies, in this order.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Reason { $($(#[$doc])* #[serde(rename = $word)] $name),+ }

        impl Reason {
            /// All reasons in their order.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Whether this reason is a yes.
            pub fn allows(self) -> bool {
                match self { $(Self::$name => $allows),+ }
            }

            /// The word on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// One English sentence.
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$name => $explanation),+ }
            }
        }
    };
}

reasons! {
    /// The operator switched the site off.
    SiteDisabled false "SITE_DISABLED" "The site is switched off.",
    /// The evidence log does not extend what the witness holds.
    LogUnverified false "LOG_UNVERIFIED" "The evidence log is shorter than or different from its witness, or no witness could be asked since the server started; `ouinon log status` says which.",
    /// GDPR art. 17 was exercised.
    Erased false "ERASED" "This visitor asked to be forgotten.",
    /// The identifiers given name different customers.
    IdentityConflict false "IDENTITY_CONFLICT" "The identifiers given belong to different customers.",
    /// No consent can cover a vendor nobody was told about.
    VendorNotDisclosed false "VENDOR_NOT_DISCLOSED" "The current notice does not name this vendor under this purpose.",
    /// Global Privacy Control, where the law honours it.
    GpcOptOut false "GPC_OPT_OUT" "The visitor's browser opted out with Global Privacy Control.",
    /// An opt-out under an opt-out or notice regime.
    OptedOut false "OPTED_OUT" "The visitor opted out.",
    /// GDPR art. 7(3).
    Withdrawn false "WITHDRAWN" "The visitor took consent back.",
    /// The record is older than the notice lets it hold.
    Expired false "EXPIRED" "The visitor's choice is too old to rely on.",
    /// Purposes, vendors or transfers grew since.
    NoticeSuperseded false "NOTICE_SUPERSEDED" "The notice has grown since the visitor chose; ask again.",
    /// Refused.
    PurposeDenied false "PURPOSE_DENIED" "The visitor refused this purpose.",
    /// Refused.
    VendorDenied false "VENDOR_DENIED" "The visitor refused this vendor.",
    /// Nothing was said.
    NoRecord false "NO_RECORD" "This visitor has not chosen anything about this purpose.",
    /// A required purpose.
    LegalBasis true "LEGAL_BASIS" "This purpose needs no consent: it is required for the service.",
    /// Consent, and it holds.
    Granted true "GRANTED" "The visitor consented, and the consent holds.",
    /// Opt-out and notice regimes.
    NotOptedOut true "NOT_OPTED_OUT" "The law of the visitor's place asks for an opt-out, and the visitor has not opted out.",
}

/// What a decision is made of.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The operator has not switched the site off.
    pub site_enabled: bool,
    /// The log extends what the witness holds.
    pub log_verified: bool,
    /// The visitor stands in the register of erasures.
    pub erased: bool,
    /// The sum of the visitor's records.
    pub state: Option<&'a State>,
    /// The terms of the notice the last record names; `None` where it is unknown.
    pub recorded: Option<&'a Terms>,
    /// The terms in force.
    pub current: &'a Terms,
    /// The rules of the visitor's place: of the record, else of the question; `None` unknown.
    pub regime: Option<&'a Regime>,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// For this use,
    pub purpose: &'a Key,
    /// by this vendor (`None`: by the site itself),
    pub vendor: Option<&'a Key>,
    /// at this moment.
    pub at: Timestamp,
}

/// Answers, with the first reason that applies.
pub fn decide(facts: &Facts<'_>, question: &Question<'_>) -> Reason {
    if !facts.site_enabled {
        return Reason::SiteDisabled;
    }
    if !facts.log_verified {
        return Reason::LogUnverified;
    }
    if facts.erased {
        return Reason::Erased;
    }
    if question.vendor.is_some_and(|vendor| !facts.current.discloses(vendor, question.purpose)) {
        return Reason::VendorNotDisclosed;
    }
    if facts.current.required(question.purpose) {
        return Reason::LegalBasis;
    }
    let asks_first = facts.regime.is_none_or(|regime| regime.model == Model::OptIn);
    match facts.state {
        None if asks_first => Reason::NoRecord,
        None => Reason::NotOptedOut,
        Some(state) if asks_first => opt_in(facts, state, question),
        Some(state) => opt_out(facts, state, question),
    }
}

/// Consent must be there, hold and cover.
fn opt_in(facts: &Facts<'_>, state: &State, question: &Question<'_>) -> Reason {
    let said = state.choices.get(question.purpose);
    let covered = facts.recorded.is_some_and(|t| t.covers(facts.current, question.purpose));
    if state.taken_back.contains(question.purpose) {
        Reason::Withdrawn
    } else if said.is_none() {
        Reason::NoRecord
    } else if question.at >= state.expires_at {
        Reason::Expired
    } else if !covered {
        Reason::NoticeSuperseded
    } else if said == Some(&false) {
        Reason::PurposeDenied
    } else if vendor_denied(state, question) {
        Reason::VendorDenied
    } else {
        Reason::Granted
    }
}

/// A yes needs nothing; a no is an opt-out, and does not lapse.
fn opt_out(facts: &Facts<'_>, state: &State, question: &Question<'_>) -> Reason {
    let honoured = facts.regime.is_some_and(|regime| regime.gpc_honoured);
    match state.choices.get(question.purpose) {
        Some(false) if state.gpc && honoured => Reason::GpcOptOut,
        Some(false) => Reason::OptedOut,
        // No to everything is a no to what the notice names since.
        None if matches!(state.action, Action::Withdraw | Action::RejectAll) => Reason::OptedOut,
        _ if vendor_denied(state, question) => Reason::VendorDenied,
        // What another tool kept proves no yes; none is needed.
        Some(true) if state.method == Method::Import => Reason::NotOptedOut,
        Some(true) if opt_in(facts, state, question) == Reason::Granted => Reason::Granted,
        _ => Reason::NotOptedOut,
    }
}

fn vendor_denied(state: &State, question: &Question<'_>) -> bool {
    question.vendor.is_some_and(|vendor| state.vendors.get(vendor) == Some(&false))
}

#[cfg(test)]
#[path = "decision_tests.rs"]
mod tests;
