//! I1 and I4 of receipts: whoever sends the same body again gets the same bytes; and I3: each receipt
//! can be redeemed for a proof.

use crate::body::Target;
use crate::caller::{Caller, Said};
use crate::dice::Dice;
use crate::journal::{Broken, Journal, Outcome, Write};
use std::sync::Arc;

/// Callers at a time.
const CALLERS: usize = 16;
/// Receipts that are redeemed.
const PROOFS: usize = 64;

/// Sends bodies again, at most so many, chosen by chance; how many were compared. What differs is in
/// the journal.
pub async fn repeat(target: &Arc<Target>, journal: &Arc<Journal>, most: usize) -> usize {
    let mut rows: Vec<(usize, Write)> = journal.writes().into_iter().enumerate().collect();
    rows.retain(|(_, write)| !matches!(write.outcome, Outcome::Refused(_)));
    let mut dice = Dice::new(target.seed, u64::MAX);
    while rows.len() > most {
        let at = dice.below(rows.len());
        rows.swap_remove(at);
    }
    let compared = rows.len();
    let mut tasks = Vec::new();
    for number in 0..CALLERS {
        let own: Vec<_> = rows.iter().skip(number).step_by(CALLERS).cloned().collect();
        let caller = Caller::new(target, journal, u64::MAX - 1 - number as u64);
        tasks.push(tokio::spawn(repeat_all(caller, own)));
    }
    for task in tasks {
        if let Err(error) = task.await {
            journal.breaks("driver", error.to_string());
        }
    }
    compared
}

async fn repeat_all(mut caller: Caller, rows: Vec<(usize, Write)>) {
    for (row, write) in rows {
        let text = write.body.text(&caller.target, "en");
        let mut said = Said::Later;
        for attempt in 0..8 {
            said = caller.attempt(attempt % 2, row, write.body, &text).await;
            if said != Said::Later {
                break;
            }
        }
        match (said, write.acked()) {
            (Said::Yes(_), _) | (Said::No, None) => {}
            (said, _) => caller.journal.breaks("I1", format!("{said:?} on repeating {write:?}")),
        }
    }
}

/// Redeems some receipts; how many.
pub async fn redeem(target: &Arc<Target>, journal: &Arc<Journal>) -> (usize, Vec<Broken>) {
    let rows: Vec<Write> = journal.writes().into_iter().filter(|w| w.acked().is_some()).collect();
    let mut caller = Caller::new(target, journal, u64::MAX / 2);
    let mut broken = Vec::new();
    for turn in 0..PROOFS.min(rows.len()) {
        let body = rows[caller.dice.below(rows.len())].body;
        let site = &target.sites[usize::from(body.site)].id;
        let path = format!("/v1/sites/{site}/consents/{}/proof", body.id);
        let answer = caller.get(turn % 2, body.site, &path, 200).await;
        if answer.as_ref().is_none_or(|answer| answer.status != 200) {
            let status = answer.map(|answer| answer.status);
            broken.push(Broken::new("I3", format!("no proof of {}: {status:?}", body.id)));
        }
    }
    (PROOFS.min(rows.len()), broken)
}
