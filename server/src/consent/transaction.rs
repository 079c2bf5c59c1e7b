//! One transaction of the write path (trust.md, "the write path"): lock, look up, resolve, sign,
//! append, COMMIT. Whatever is answered, is answered after the commit (invariant I7).

use super::body::Submission;
use super::resolve::resolve;
use super::writer::{Context, Job, Outcome, Refused};
use crate::error::Error;
use crate::known_bad::{self, Design};
use crate::sites::Site;
use crate::storage::hot::{self, Asked, First, Met, New};
use crate::storage::rows::Stored;
use crate::storage::write::{self, Appended};
use ouinon_domain::ids::{SiteId, VisitorId};
use ouinon_domain::leaf;
use ouinon_domain::state::State;
use ouinon_domain::time::Timestamp;
use sea_orm::DatabaseTransaction;
use std::sync::Arc;

/// The first record of a visitor, where a submission says that it is one: resolved, committed to and
/// signed beside others, before any transaction begins. `None` where it would be refused as such.
pub fn first(
    context: &Context,
    site: &Site,
    submission: &Submission,
) -> Result<Option<First>, Error> {
    if submission.base_version != Some(0) {
        return Ok(None);
    }
    let now = Timestamp(context.clock.now());
    let new = New::made(now)?;
    let met = Met { subject: new.subject, k: new.k, state: None, erased: false, known: false };
    let erasure_hash = site.erasure_hash(submission.visitor);
    let appended = one(context, site, submission, &met, now).ok();
    Ok(appended.map(|appended| First { new, erasure_hash, appended }))
}

/// Writes submissions of one site, sorted by visitor, none twice. An error means that nothing of
/// it was committed, or that the database did not say.
pub async fn run(context: &Context, jobs: &[Job]) -> Result<Vec<Result<Outcome, Refused>>, Error> {
    let once = async {
        match at_once(context, jobs).await? {
            Some(outcomes) => Ok(outcomes),
            None => in_turn(context, jobs).await,
        }
    };
    match once.await {
        // Whoever was in the way may be gone.
        Err(Error::Contended(_)) if jobs.len() == 1 => in_turn(context, jobs).await,
        done => done,
    }
}

/// The fast path: submissions all of which are first records, as one statement; `None` where they
/// are not, or one of them was refused, and nothing was written.
async fn at_once(
    context: &Context,
    jobs: &[Job],
) -> Result<Option<Vec<Result<Outcome, Refused>>>, Error> {
    let Some(site) = jobs.first().map(|job| &job.site) else { return Ok(Some(Vec::new())) };
    if context.storage.is_sqlite() || known_bad::is(Design::AckBeforeCommit) {
        return Ok(None);
    }
    if jobs.iter().any(|job| job.site.epoch != site.epoch) {
        return Ok(None);
    }
    let firsts = jobs.iter().map(|job| job.first.as_ref()).collect::<Option<Vec<_>>>();
    let Some(firsts) = firsts else { return Ok(None) };
    firsts.iter().for_each(|first| known_bad::remember(&first.appended.stored));
    match hot::append_first(&context.storage.writes(), &site.id, site.epoch, &firsts).await {
        Ok(true) => {
            Ok(Some(firsts.iter().map(|first| Ok(Outcome::new(&first.appended))).collect()))
        }
        Ok(false) | Err(Error::Internal(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The path of everybody: lock, look up, resolve, append.
async fn in_turn(context: &Context, jobs: &[Job]) -> Result<Vec<Result<Outcome, Refused>>, Error> {
    let Some(job) = jobs.first() else { return Ok(Vec::new()) };
    let site = &job.site.id;
    let now = Timestamp(context.clock.now());
    let new = |job: &Job| job.first.as_ref().map_or_else(|| New::made(now), |first| Ok(first.new));
    let new = jobs.iter().map(new).collect::<Result<Vec<_>, _>>()?;
    let asked: Vec<Asked> = jobs.iter().map(asked).collect();
    let tx = context.storage.write_by_key().await?;
    write::lock(&tx, site, asked.iter().map(|one| one.visitor).zip(new)).await?;
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
            None => ready(context, job, met, now).map(|one| {
                known_bad::remember(&one.stored);
                let outcome = Outcome::new(&one);
                appended.push(one);
                outcome
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
        true => Ok(Outcome { stored: Arc::new(stored.clone()), repeated: true }),
        false => Err(Error::IdReused.into()),
    }
}

/// What was made ready, where the visitor is what it was made for.
fn ready(
    context: &Context,
    job: &Job,
    met: &Met,
    now: Timestamp,
) -> Result<Arc<Appended>, Refused> {
    match &job.first {
        Some(first) if first.new.subject == met.subject => Ok(Arc::clone(&first.appended)),
        _ => one(context, &job.site, &job.submission, met, now),
    }
}

/// Resolves, commits to and signs one submission.
fn one(
    context: &Context,
    site: &Site,
    submission: &Submission,
    met: &Met,
    now: Timestamp,
) -> Result<Arc<Appended>, Refused> {
    let record = resolve(site, submission, met, now)?;
    let commitment =
        leaf::commitment(&met.k, &record).map_err(|error| Error::internal("leaf", error.0))?;
    let signature = context.signer.sign(&record)?;
    let state = State::after(met.state.as_ref(), &record);
    let key_id = context.signer.key_id().to_owned();
    let stored = Stored { record, commitment, key_id, signature };
    Ok(Arc::new(Appended::new(stored, submission.visitor, &state)?))
}

/// Appends and commits; a visitor that was made only for this and may not write leaves no trace.
/// A repetition commits too: its record may be there without any standby that has it (a primary
/// that restarted shows what still waited), and this commit, which holds a lock, comes after it.
async fn finish(
    tx: DatabaseTransaction,
    site: &SiteId,
    asked: &[Asked],
    met: &[Met],
    appended: &[Arc<Appended>],
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
