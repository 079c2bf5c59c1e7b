//! I2, I2b and I5 of the answers to questions: each against everything its visitor had sent and was
//! told by then, on the one clock of the journal.

use crate::body::Kind;
use crate::journal::{Broken, Decision, Outcome, Write};
use std::collections::HashMap;

/// What was sent for each visitor of each site.
#[derive(Debug)]
pub struct Sent<'a>(HashMap<(u8, u32), Vec<&'a Write>>);

impl<'a> Sent<'a> {
    /// Sorted by visitor.
    pub fn of(writes: &'a [Write]) -> Self {
        let mut sent: HashMap<_, Vec<_>> = HashMap::new();
        for write in writes {
            sent.entry((write.body.site, write.body.visitor)).or_default().push(write);
        }
        Self(sent)
    }

    fn by(&self, site: u8, visitor: u32) -> &[&'a Write] {
        self.0.get(&(site, visitor)).map_or(&[], Vec::as_slice)
    }

    /// What is wrong with an answer.
    pub fn check(&self, decision: &Decision) -> Option<Broken> {
        let own = self.by(decision.site, decision.visitor);
        self.unasked_yes(decision, own)
            .or_else(|| yes_after_no(decision, own))
            .or_else(|| late(decision, own))
            .or_else(|| contrary(decision, own))
    }

    /// A yes that its visitor never sent to this site.
    fn unasked_yes(&self, decision: &Decision, own: &[&Write]) -> Option<Broken> {
        if !decision.allowed || own.iter().any(|write| could_grant(write, decision)) {
            return None;
        }
        let elsewhere = self.by(1 - decision.site, decision.visitor);
        let invariant = match elsewhere.iter().any(|write| could_grant(write, decision)) {
            true => "I5",
            false => "I6",
        };
        Some(broken(invariant, "a yes that was never given to this site", decision))
    }
}

/// A grant that was on its way before the answer was there, and was not refused.
fn could_grant(write: &Write, decision: &Decision) -> bool {
    write.body.kind == Kind::Grant
        && write.sent < decision.answered
        && !matches!(write.outcome, Outcome::Refused(_))
}

/// The version of a record acknowledged before the question was sent.
fn told(write: &Write, decision: &Decision) -> Option<u32> {
    write.acked().filter(|(at, _)| *at < decision.asked).map(|(_, version)| version)
}

/// I2: a yes to a question sent after a no was acknowledged, and no grant on that no's version.
fn yes_after_no(decision: &Decision, own: &[&Write]) -> Option<Broken> {
    if !decision.allowed {
        return None;
    }
    let noes = own.iter().filter(|write| write.body.kind != Kind::Grant);
    let no = noes.filter_map(|write| told(write, decision)).max()?;
    let excuse = |write: &&Write| could_grant(write, decision) && write.body.base >= no;
    match own.iter().any(excuse) {
        true => None,
        false => Some(broken("I2", &format!("yes after the no of version {no}"), decision)),
    }
}

/// I2b and its like: the answer stands on an older record than one that was acknowledged before.
fn late(decision: &Decision, own: &[&Write]) -> Option<Broken> {
    let newest = own.iter().filter_map(|write| Some((told(write, decision)?, write.body.kind)));
    let (version, kind) = newest.max_by_key(|(version, _)| *version)?;
    if decision.version >= version {
        return None;
    }
    // A yes was judged before: what is left of a no that was not seen is a no for another reason.
    let invariant = if kind == Kind::Grant { "I2b" } else { "stale" };
    Some(broken(invariant, &format!("version {version} was acknowledged before"), decision))
}

/// The answer is not what the record says that it stands on.
fn contrary(decision: &Decision, own: &[&Write]) -> Option<Broken> {
    let named =
        own.iter().find(|write| write.acked().is_some_and(|(_, v)| v == decision.version))?;
    let says = named.body.kind == Kind::Grant;
    if decision.allowed == says || (decision.excused && !decision.allowed) {
        return None;
    }
    let invariant = if decision.allowed { "I2" } else { "I2b" };
    Some(broken(invariant, "the record it stands on says the contrary", decision))
}

fn broken(invariant: &'static str, how: &str, decision: &Decision) -> Broken {
    Broken::new(invariant, format!("{how}: {decision:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Body;
    use crate::journal::Weather;
    use uuid::Uuid;

    fn row(kind: Kind, base: u32, sent: u64, acked: Option<(u64, u32)>) -> Write {
        let body = Body { site: 0, visitor: 7, id: Uuid::nil(), kind, base };
        let told = |(at, version)| Outcome::Acked { at, version, answer: [0; 32] };
        let outcome = acked.map_or(Outcome::Unknown, told);
        Write { body, sent, outcome, took: 0, weather: Weather::Calm }
    }

    fn answer(asked: u64, allowed: bool, version: u32) -> Decision {
        let (site, server, visitor, answered, excused) = (0, 0, 7, asked + 5, false);
        let (id, question) = (Uuid::nil(), 0);
        Decision { site, server, visitor, asked, answered, allowed, excused, version, id, question }
    }

    fn verdict(writes: &[Write], decision: Decision) -> Option<&'static str> {
        Sent::of(writes).check(&decision).map(|broken| broken.invariant)
    }

    #[test]
    fn what_holds_passes_and_what_does_not_is_named() {
        let yes = row(Kind::Grant, 0, 10, Some((20, 1)));
        let no = row(Kind::Withdraw, 1, 30, Some((40, 2)));
        let both = [yes.clone(), no.clone()];
        assert_eq!(verdict(&both, answer(25, true, 1)), None);
        assert_eq!(verdict(&both, answer(35, true, 1)), None, "the no was on its way");
        assert_eq!(verdict(&both, answer(41, false, 2)), None);
        assert_eq!(verdict(&both, answer(41, true, 1)), Some("I2"));
        assert_eq!(verdict(&both, answer(41, true, 2)), Some("I2"), "whatever it names");
        assert_eq!(verdict(&both, answer(41, false, 1)), Some("stale"), "it did not see the no");
        assert_eq!(verdict(&both, answer(25, false, 0)), Some("I2b"));
        assert_eq!(verdict(&both, answer(25, false, 1)), Some("I2b"), "the contrary");
        assert_eq!(verdict(&both, answer(1, true, 0)), Some("I6"), "nobody had sent anything");
        let elsewhere = Decision { site: 1, ..answer(25, true, 1) };
        assert_eq!(verdict(&both, elsewhere), Some("I5"));
    }

    #[test]
    fn only_a_grant_that_knew_the_no_excuses_a_yes() {
        let history = |base, outcome| {
            let mut again = row(Kind::Grant, base, 50, None);
            again.outcome = outcome;
            [
                row(Kind::Grant, 0, 10, Some((20, 1))),
                row(Kind::Withdraw, 1, 30, Some((40, 2))),
                again,
            ]
        };
        let told = Outcome::Acked { at: 60, version: 3, answer: [0; 32] };
        assert_eq!(verdict(&history(2, told), answer(61, true, 3)), None);
        assert_eq!(verdict(&history(2, Outcome::Unknown), answer(61, true, 3)), None);
        assert_eq!(verdict(&history(1, told), answer(61, true, 3)), Some("I2"), "it came late");
        assert_eq!(verdict(&history(2, Outcome::Refused(409)), answer(61, true, 3)), Some("I2"));
        assert_eq!(verdict(&history(2, Outcome::Unknown), answer(41, true, 3)), Some("I2"));
    }
}
