//! One person: its records follow each other, its state is their sum, and whoever was forgotten
//! left what was signed.

use super::reader::Person;
use super::receipts::Receipts;
use super::record::{self, Facts, Seen};
use super::report::{Finding, Findings};
use crate::error::Error;
use crate::evidence::log_keys::Statement;
use crate::storage::entity::{state, subject};
use crate::storage::rows::{Stored, fixed, read_state, state_row};
use ouinon_domain::ids::VisitorId;
use ouinon_domain::residue::{residue, statement};
use ouinon_domain::state::State;

/// Checks one person.
pub fn check(
    person: &Person,
    facts: &Facts,
    seen: &mut Seen,
    (receipts, findings): (&mut Receipts, &mut Findings),
) -> Result<(), Error> {
    let link = person.link.as_ref();
    let known = match link.map(identity).transpose() {
        Ok(known) => known,
        Err(error) => {
            findings.add(Finding::unreadable("subject", error)?);
            return Ok(());
        }
    };
    seen.links += u64::from(link.is_some());
    seen.states += u64::from(person.state.is_some());
    seen.forgotten += u64::from(person.forgotten.is_some());
    let mut history = Vec::with_capacity(person.records.len());
    for row in &person.records {
        seen.note(row);
        let visitor = known.map(|(visitor, _)| visitor);
        let Some(stored) = record::read(row, visitor, findings)? else { continue };
        if let Some((_, k)) = &known {
            record::check(&stored, k, facts, seen, (receipts, findings))?;
        } else if row.personal.is_some() {
            let detail = "a personal part is left of somebody who was forgotten";
            findings.add(Finding::new("record_personal", detail).of(stored.record.id));
        }
        record::place(row, &stored, facts, seen, findings);
        history.push(stored);
    }
    if history.len() < person.records.len() {
        return Ok(());
    }
    succession(&history, findings);
    match (link, person.forgotten.is_some()) {
        (Some(link), false) => linked(person, link, &history, facts, findings),
        (None, true) => forgotten(person, &history, facts, findings),
        (Some(_), true) => {
            let detail = format!("the subject {} is forgotten and linked", person.subject);
            findings.add(Finding::new("forgotten_subject", detail));
            Ok(())
        }
        (None, false) => {
            let detail = format!("the subject {} is gone and nothing says why", person.subject);
            let first = history.first().map(|stored| stored.record.id);
            findings.add(Finding { record: first, ..Finding::new("subject", detail) });
            Ok(())
        }
    }
}

/// Who it is, and the key of its leaves.
fn identity(link: &subject::Model) -> Result<(VisitorId, [u8; 32]), Error> {
    Ok((VisitorId(fixed(link.visitor.clone(), "visitor")?), fixed(link.k.clone(), "k")?))
}

/// Versions without gaps, times that grow.
fn succession(history: &[Stored], findings: &mut Findings) {
    for pair in history.windows(2) {
        let (before, after) = (&pair[0].record, &pair[1].record);
        if after.version != before.version + 1 {
            let detail = format!("its version {} follows {}", after.version, before.version);
            findings.add(Finding::new("record", detail).of(after.id).at("version"));
        }
        if after.given_at <= before.given_at {
            let detail = "it is not later than the record before it";
            findings.add(Finding::new("record", detail).of(after.id).at("given_at"));
        }
    }
}

/// A person the site knows.
fn linked(
    person: &Person,
    link: &subject::Model,
    history: &[Stored],
    facts: &Facts,
    findings: &mut Findings,
) -> Result<(), Error> {
    let visitor = VisitorId(fixed(link.visitor.clone(), "visitor")?);
    let Some(first) = history.first().map(|stored| &stored.record) else { return Ok(()) };
    if person.erased {
        let detail = format!("the visitor {visitor} was erased and is known again");
        findings.add(Finding::new("subject", detail).of(first.id));
    }
    let whole = first.version == 1;
    let since = link.created_at;
    if if whole { since != first.given_at.0 } else { since >= first.given_at.0 } {
        let detail = format!("the visitor {visitor} is not known since its first record");
        findings.add(Finding::new("subject", detail).of(first.id).at("created_at"));
    }
    let Some(row) = &person.state else {
        let detail = format!("what holds for the visitor {visitor} is gone");
        findings.add(Finding::new("state", detail).of(first.id));
        return Ok(());
    };
    let folded = State::fold(history.iter().map(|stored| &stored.record));
    let Some(folded) = folded else { return Ok(()) };
    let stored = match read_state(row.clone()) {
        Ok(state) => state,
        Err(error) => {
            findings.add(Finding::unreadable("state", error)?.of(folded.record));
            return Ok(());
        }
    };
    let expected = if whole { folded } else { with_older_noes(folded, &stored) };
    let mut expected: state::Model = state_row(&facts.site, visitor, &expected)?;
    (expected.position, expected.position_of) = (row.position, row.position_of);
    expected.noted_subject = row.noted_subject.map(|_| link.subject);
    // A note on another version means nothing, as none does.
    if row.position.is_some() && row.position_of == Some(row.version) {
        let own = person.records.iter().find(|one| one.record.id == row.record);
        expected.position = own.and_then(|one| Some(one.place.as_ref()?.position));
    }
    if let Some(field) = record::differing(&expected, row) {
        let detail = format!("{field} of the visitor {visitor} does not follow from its records");
        findings.add(Finding::new("state", detail).of(stored.record).at(&field));
    }
    Ok(())
}

/// Where a visitor's older records were retired, noes they said may still hold.
fn with_older_noes(mut folded: State, stored: &State) -> State {
    for (key, _) in stored.choices.iter().filter(|(_, yes)| !**yes) {
        folded.choices.entry(key.clone()).or_insert(false);
    }
    let no = |key: &&_| folded.choices.get(*key) == Some(&false);
    folded.taken_back.extend(stored.taken_back.iter().filter(no).cloned());
    folded
}

/// A person who was forgotten.
fn forgotten(
    person: &Person,
    history: &[Stored],
    facts: &Facts,
    findings: &mut Findings,
) -> Result<(), Error> {
    let Some(row) = &person.forgotten else { return Ok(()) };
    let left = residue(history.iter().map(Stored::remains))
        .map_err(|error| Error::internal("residue", error.0))?;
    let first = history.first().map(|stored| stored.record.id);
    let mut add = |field: &str, detail: String| {
        let finding = Finding::new("forgotten_subject", detail).at(field);
        findings.add(Finding { record: first, ..finding });
    };
    if row.residue != left {
        let detail = "records of the forgotten subject are not what stayed of it";
        add("residue", format!("{detail}: {}", person.subject));
    }
    let signed = fixed(row.residue.clone(), "residue").is_ok_and(|residue| {
        let statement = statement(&person.subject, &residue);
        facts.key.signed(Statement::Residue, &statement, &row.signature)
    });
    if !signed {
        let detail = "what stayed of the forgotten subject is not what the log's key signed";
        add("signature", format!("{detail}: {}", person.subject));
    }
    Ok(())
}
