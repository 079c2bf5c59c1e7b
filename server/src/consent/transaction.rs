//! One transaction of the write path (trust.md, "the write path"): lock, look up, resolve, sign,
//! append, COMMIT. Whatever is answered, is answered after the commit (invariant I7).

use super::resolve::resolve;
use super::writer::{Context, Job, Outcome, Refused};
use crate::error::Error;
use crate::known_bad::{self, Design};
use crate::storage::hot::{self, Asked, Met};
use crate::storage::records::Stored;
use crate::storage::write::{self, Appended};
use ouinon_domain::ids::{SiteId, VisitorId};
use ouinon_domain::leaf;
use ouinon_domain::state::State;
use ouinon_domain::time::Timestamp;
use sea_orm::DatabaseTransaction;

/// Writes submissions of one site, sorted by visitor, none twice. An error means that nothing of
/// it was committed, or that the database did not say.
pub async fn run(context: &Context, jobs: &[Job]) -> Result<Vec<Result<Outcome, Refused>>, Error> {
    let Some(first) = jobs.first() else { return Ok(Vec::new()) };
    let site = &first.site.id;
    let now = Timestamp(context.clock.now());
    let asked: Vec<Asked> = jobs.iter().map(asked).collect();
    let tx = context.storage.write_by_key().await?;
    write::lock(&tx, site, asked.iter().map(|one| one.visitor), now).await?;
    let Some((epoch, met)) = hot::meet(&tx, site, &asked).await? else {
        return Ok(jobs.iter().map(|_| Err(Refused::SiteChanged)).collect());
    };
    let known = asked.iter().zip(&met).filter(|(_, met)| met.known).map(|(asked, _)| asked.id);
    let known = write::known(&tx, site, known.collect()).await?;

    let mut appended = Vec::with_capacity(jobs.len());
    let mut results = Vec::with_capacity(jobs.len());
    for (job, met) in jobs.iter().zip(&met) {
        let result = match known.get(&job.submission.id) {
            _ if epoch != job.site.epoch => Err(Refused::SiteChanged),
            _ if met.erased => Err(Error::Erased.into()),
            Some(stored) => repeated(job, stored),
            None => one(context, job, met, now).map(|one| {
                let stored = one.stored.clone();
                known_bad::remember(&stored);
                appended.push(one);
                Outcome { stored, repeated: false }
            }),
        };
        results.push(result);
    }
    match results.iter().any(Result::is_ok) {
        true => finish(tx, site, &asked, &met, &appended).await?,
        false => tx.rollback().await?,
    }
    Ok(results)
}

fn asked(job: &Job) -> Asked {
    let visitor = job.submission.visitor;
    Asked { visitor, erasure_hash: job.site.erasure_hash(visitor), id: job.submission.id }
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
fn one(context: &Context, job: &Job, met: &Met, now: Timestamp) -> Result<Appended, Refused> {
    let record = resolve(&job.site, &job.submission, met, now)?;
    let commitment =
        leaf::commitment(&met.k, &record).map_err(|error| Error::internal("leaf", error.0))?;
    let signature = context.signer.sign(&record)?;
    let state = State::after(met.state.as_ref(), &record);
    let key_id = context.signer.key_id().to_owned();
    let stored = Stored { record, commitment, key_id, signature };
    Ok(Appended { stored, visitor: job.submission.visitor, state })
}

/// Appends and commits; a visitor that was made only for this and may not write leaves no trace.
/// A repetition commits too: its record may be there without any standby that has it (a primary
/// that restarted shows what still waited), and this commit, which holds a lock, comes after it.
async fn finish(
    tx: DatabaseTransaction,
    site: &SiteId,
    asked: &[Asked],
    met: &[Met],
    appended: &[Appended],
) -> Result<(), Error> {
    let made = asked.iter().zip(met).filter(|(_, met)| met.state.is_none());
    let writes = |visitor: &VisitorId| appended.iter().any(|one| one.visitor == *visitor);
    let traceless: Vec<_> =
        made.map(|(asked, _)| asked.visitor).filter(|visitor| !writes(visitor)).collect();
    if !traceless.is_empty() {
        write::unmake(&tx, site, &traceless).await?;
    }
    write::append(&tx, site, appended).await?;
    if known_bad::is(Design::AckBeforeCommit) {
        return known_bad::commit_later(tx);
    }
    Ok(tx.commit().await?)
}
