//! One transaction of the write path (trust.md, "the write path"): lock, look up, resolve, sign,
//! append, COMMIT. Whatever is answered, is answered after the commit (invariant I7).

use super::resolve::resolve;
use super::writer::{Context, Job, Outcome, Refused};
use crate::error::Error;
use crate::storage::records::{self, Stored};
use crate::storage::write::{self, Appended, Arrival, Locked};
use ouinon_domain::ids::{RecordId, VisitorId};
use ouinon_domain::leaf;
use ouinon_domain::state::State;
use ouinon_domain::time::Timestamp;
use sea_orm::DatabaseTransaction;
use std::collections::HashMap;

/// Writes submissions of one site, sorted by visitor, none twice. An error means that nothing of
/// it was committed, or that the database did not say.
pub async fn run(context: &Context, jobs: &[Job]) -> Result<Vec<Result<Outcome, Refused>>, Error> {
    let Some(first) = jobs.first() else { return Ok(Vec::new()) };
    let site = &first.site.id;
    let now = Timestamp(context.clock.now());
    let arrivals = jobs.iter().map(arrival).collect::<Result<Vec<_>, _>>()?;
    let tx = context.storage.write().await?;
    let locked = write::lock(&tx, site, &arrivals, now).await?;
    let epoch = write::epoch(&tx, site).await?;
    let ids = jobs.iter().map(|job| job.submission.id);
    let known = records::by_ids(&tx, site, ids).await?;
    let known: HashMap<RecordId, Stored> =
        known.into_iter().map(|stored| (stored.record.id, stored)).collect();

    let mut appended = Vec::new();
    let mut results = Vec::with_capacity(jobs.len());
    for job in jobs {
        let result = match (locked.get(&job.submission.visitor), known.get(&job.submission.id)) {
            _ if epoch != Some(job.site.epoch) => Err(Refused::SiteChanged),
            (None, _) => Err(Error::Unavailable("the visitor is being forgotten".into()).into()),
            (Some(locked), _) if locked.erased => Err(Error::Erased.into()),
            (Some(_), Some(stored)) => repeated(job, stored),
            (Some(locked), None) => one(context, job, locked, now).map(|one| {
                let stored = one.stored.clone();
                appended.push(one);
                Outcome { stored, repeated: false }
            }),
        };
        results.push(result);
    }
    finish(tx, jobs, &locked, &appended).await?;
    Ok(results)
}

fn arrival(job: &Job) -> Result<Arrival, Error> {
    let visitor = job.submission.visitor;
    Arrival::new(visitor, job.site.erasure_hash(visitor))
}

/// The same id again: the stored answer for the same body of the same visitor, else a conflict.
fn repeated(job: &Job, stored: &Stored) -> Result<Outcome, Refused> {
    let visitor = stored.record.personal.as_ref().map(|personal| personal.visitor);
    let same = stored.record.body_hash == job.submission.body_hash
        && visitor == Some(job.submission.visitor);
    match same {
        true => Ok(Outcome { stored: stored.clone(), repeated: true }),
        false => Err(Error::IdReused.into()),
    }
}

/// Resolves, commits to and signs one submission.
fn one(context: &Context, job: &Job, locked: &Locked, now: Timestamp) -> Result<Appended, Refused> {
    let record = resolve(&job.site, &job.submission, locked, now)?;
    let commitment =
        leaf::commitment(&locked.k, &record).map_err(|error| Error::internal("leaf", error.0))?;
    let signature = context.signer.sign(&record)?;
    let state = State::after(locked.state.as_ref(), &record);
    let key_id = context.signer.key_id().to_owned();
    let stored = Stored { record, commitment, key_id, signature };
    Ok(Appended { stored, visitor: job.submission.visitor, state })
}

/// Appends and commits; a visitor that was made only for this and may not write leaves no trace.
async fn finish(
    tx: DatabaseTransaction,
    jobs: &[Job],
    locked: &HashMap<VisitorId, Locked>,
    appended: &[Appended],
) -> Result<(), Error> {
    let Some(first) = jobs.first().filter(|_| !appended.is_empty()) else {
        return Ok(tx.rollback().await?);
    };
    let writes = |visitor: &VisitorId| appended.iter().any(|one| one.visitor == *visitor);
    let traceless = |(visitor, one): (&VisitorId, &Locked)| {
        (one.state.is_none() && !writes(visitor)).then_some(*visitor)
    };
    let traceless: Vec<VisitorId> = locked.iter().filter_map(traceless).collect();
    if !traceless.is_empty() {
        write::unmake(&tx, &first.site.id, &traceless).await?;
    }
    write::append(&tx, &first.site.id, appended).await?;
    Ok(tx.commit().await?)
}
