//! What a submission amounts to on the state it meets: a record to append, or a clear refusal.
//! Pure; the rules are the contract's (`POST …/consents`).

use super::body::{Submission, unproved};
use crate::error::Error;
use crate::known_bad::{self, Design};
use crate::sites::Site;
use crate::storage::hot::Met;
use ouinon_domain::choice::{Action, Choices, Vendors, only_noes, refuses, takes_back};
use ouinon_domain::key::Key;
use ouinon_domain::record::{Personal, Record};
use ouinon_domain::state::State;
use ouinon_domain::time::Timestamp;

/// The record that follows from a submission, unless it may not be recorded.
pub fn resolve(
    site: &Site,
    submission: &Submission,
    met: &Met,
    now: Timestamp,
) -> Result<Record, Error> {
    let state = met.state.as_ref();
    let version = state.map_or(0, |state| state.version);
    let (choices, vendors) = answers(site, submission, state)?;
    let before = state.filter(|_| !known_bad::is(Design::OrderOfClocks));
    let given_at = Timestamp(before.map_or(now.0, |state| now.0.max(state.given_at.0 + 1)));
    let model = submission.circumstances.regime.model;
    let days = model.days_kept(submission.notice.terms.expires_after_days, refuses(&choices));
    Ok(Record {
        id: submission.id,
        site: site.id.clone(),
        subject: met.subject,
        version: version + 1,
        base_version: submission.base_version.unwrap_or(version),
        action: submission.action,
        asked: submission.asked.clone(),
        asked_vendors: submission.asked_vendors.clone(),
        choices,
        vendors,
        notice: submission.notice.hash,
        method: submission.method,
        gpc: submission.circumstances.gpc,
        assurance: submission.assurance,
        given_at,
        expires_at: given_at.plus_days(days),
        body_hash: submission.body_hash.clone(),
        personal: Some(personal(submission, state)),
    })
}

/// What holds after the submission.
fn answers(
    site: &Site,
    submission: &Submission,
    state: Option<&State>,
) -> Result<(Choices, Vendors), Error> {
    let current = site.in_force()?;
    let nothing = (Choices::new(), Vendors::new());
    let held = state.map_or((&nothing.0, &nothing.1), |state| (&state.choices, &state.vendors));
    // What a no to everything is about: what was shown, what was held, and what is asked today.
    let everything = || current.terms.optional().chain(submission.notice.terms.optional());
    if submission.action == Action::Withdraw {
        let known = everything().chain(held.0.keys());
        return Ok((known.map(|key| (key.clone(), false)).collect(), Vendors::new()));
    }
    let asked = (&submission.asked, &submission.asked_vendors);
    let version = state.map_or(0, |state| state.version);
    let stale = submission.base_version != Some(version) && !known_bad::is(Design::NoVersionCheck);
    let holds = |key: &Key| submission.notice.terms.covers(&current.terms, key);
    // A no is never late: it is recorded whatever the browser knew and whichever notice it saw.
    // What was never spoken of may be allowed where the law asks for an opt-out only.
    let unspoken = |(key, yes): (&Key, &bool)| !yes && !held.0.contains_key(key);
    let (mut choices, vendors) =
        if takes_back(held, asked) || (state.is_some() && asked.0.iter().any(unspoken)) {
            let (mut choices, vendors) = match stale {
                true => only_noes(held, asked),
                false => (asked.0.clone(), asked.1.clone()),
            };
            // A new yes that rides along needs terms that still hold.
            for (key, yes) in &mut choices {
                *yes = *yes && (holds(key) || held.0.get(key) == Some(&true));
            }
            (choices, vendors)
        } else if stale {
            return Err(Error::Stale { version, choices: held.0.clone() });
        } else if asked.0.iter().all(|(key, yes)| !yes || holds(key)) {
            (asked.0.clone(), asked.1.clone())
        } else {
            return Err(Error::Superseded(current.hash));
        };
    if unproved(site, submission.method, &submission.circumstances.regime) {
        choices.retain(|key, yes| !*yes || held.0.get(key) == Some(&true));
    }
    if submission.action == Action::RejectAll {
        for key in everything() {
            choices.entry(key.clone()).or_insert(false);
        }
    }
    Ok((choices, vendors))
}

fn personal(submission: &Submission, state: Option<&State>) -> Personal {
    let before = state.and_then(|state| state.personal.as_ref());
    let language = submission.language.clone();
    let language = language.or_else(|| before.map(|personal| personal.language.clone()));
    let circumstances = &submission.circumstances;
    let signed = submission.signed.clone();
    Personal {
        visitor: submission.visitor,
        regime: circumstances.regime.clone(),
        place: circumstances.place.clone(),
        language: language.unwrap_or_else(|| submission.notice.notice.default_language.clone()),
        page: submission.page.clone(),
        device: circumstances.device.into(),
        bot: circumstances.bot,
        browser_key: signed.as_ref().map(|signed| signed.key.clone()),
        browser_signature: signed.as_ref().map(|signed| signed.signature.clone()),
        browser_message: signed.map(|signed| signed.message),
    }
}
