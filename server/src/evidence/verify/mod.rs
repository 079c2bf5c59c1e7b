//! Verification: everything is recomputed from what is stored, as of one moment, and compared with
//! what was signed and with the witness. It reads only, page by page; whatever cannot be explained
//! is a finding. An error means that it could not be done.
//!
//! `schema` comes first: whether the tables are those that the migrations made. `register`,
//! `notices`, `keys` and `head` check what there is little of; `tree` reads the leaves
//! in order, `reader` the records by person, which `person` and `record` check on all cores; the two
//! meet in a `fingerprint`, and only where it differs `places` looks for the reason.

pub mod bundle;
mod erasures;
mod field;
mod fingerprint;
mod head;
mod keys;
mod notices;
mod orphans;
mod person;
mod places;
mod reader;
mod receipts;
mod record;
mod register;
pub mod report;
mod retired;
mod schema;
mod signed;
mod tree;
pub mod witness;

use self::reader::{Person, Reader};
use self::receipts::Receipts;
use self::record::{Facts, Seen};
use self::register::Register;
use self::report::{Finding, Findings, Held, Report};
use self::tree::Tree;
use self::witness::Memory;
use super::log_keys::{LogKey, LogKeys};
use super::witness::Witness;
use crate::error::Error;
use crate::random::random_bytes;
use crate::storage::entity::{log_head, record as record_table, site};
use crate::storage::rows::fixed;
use crate::storage::{Storage, snapshot};
use futures_util::{TryStreamExt, stream};
use ouinon_domain::canonical::hex;
use ouinon_domain::checkpoint::Checkpoint;
use ouinon_domain::ids::SiteId;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use std::sync::Arc;

/// What verifying works with.
pub struct Verifier<'a> {
    /// The database.
    pub storage: &'a Storage,
    /// The installation's log keys.
    pub keys: &'a LogKeys,
    /// The id of the receipts' key in the key file.
    pub receipt_key: &'a str,
    /// Remembers.
    pub witness: &'a Witness,
    /// Whether visitors' own signatures are checked too.
    pub full: bool,
    /// Told how many records are done, and of how many.
    pub progress: &'a (dyn Fn(u64, u64) + Sync),
}

impl Verifier<'_> {
    /// Verifies a site as of now.
    pub async fn run(&self, site: &SiteId) -> Result<Report, Error> {
        // Read before the snapshot: whatever was published by then is in the snapshot too.
        let held = witness::memories(self.witness, site).await?;
        let db = self.storage.snapshot().await?;
        let report = self.within(&db, site, &held).await?;
        db.rollback().await?;
        Ok(report)
    }

    /// Verifies a site as a transaction sees it; `held` is what the witness holds.
    pub async fn within(
        &self,
        db: &DatabaseTransaction,
        site: &SiteId,
        held: &[Memory],
    ) -> Result<Report, Error> {
        let mut findings = Findings::default();
        let report = match self.read(db, site, held, &mut findings).await {
            Ok(report) => report,
            Err(Error::Unreadable(column)) => {
                let detail =
                    format!("a value of {column} cannot be read, and all else hangs on it");
                findings.add(Finding::new("site", detail).at(&column));
                Report::new(site)
            }
            Err(error @ Error::NotFound(_)) => return Err(error),
            // What was found before stays found.
            Err(error) if !findings.is_empty() => {
                findings.add(Finding::new("site", format!("not all could be read: {error}")));
                Report::new(site)
            }
            Err(error) => return Err(error),
        };
        Ok(report.close(findings))
    }

    async fn read(
        &self,
        db: &DatabaseTransaction,
        site: &SiteId,
        held: &[Memory],
        findings: &mut Findings,
    ) -> Result<Report, Error> {
        let mut report = Report::new(site);
        let left = schema::check(db, site, findings).await?;
        let known = left || held.iter().any(Memory::is_of_something);
        let Some((row, head)) = anchors(db, site, known, findings).await? else {
            return Ok(report);
        };
        let Ok(key) = self.keys.of(&row.log_origin) else {
            let detail = "the origin of the log names nothing a key could be named after";
            findings.add(Finding::new("site", detail).at("log_origin"));
            return Ok(report);
        };
        let own = (&self.keys.installation()?, self.receipt_key);
        let signers = keys::check(db, own, findings).await?;
        let register = register::check(db, site, &key, held, findings).await?;
        let notices = notices::check(db, site, &row, &register, findings).await?;
        retired::floors(&register, &notices, findings);
        let seen_by = remembered(held, &key, &mut report, findings);
        let Ok(size) = u64::try_from(head.size) else {
            findings.add(Finding::new("log_head", "a log of negative size").at("size"));
            return Ok(report);
        };
        let salt = random_bytes().map_err(|error| Error::internal("no randomness", error))?;
        let sizes = head::sizes(&head, seen_by.iter());
        let tree = tree::check(db, site, size, &sizes, (&register, &salt), findings).await?;
        head::check(&head, &key, &tree, &register, findings);
        head::time(db, site, &head, row.created_at, findings).await?;
        for held in &seen_by {
            head::extends(held, size, &tree, findings);
        }
        let site = site.clone();
        let facts = Arc::new(Facts { site, key, signers, notices, salt, full: self.full });
        let secret = fixed(row.secret, "secret")?;
        register.names_secret(&secret, findings);
        let seen = self.records(db, &facts, secret, findings).await?;
        orphans::check(db, &facts.site, &seen, findings).await?;
        if seen.leaves != tree.leaves {
            places::check(db, &facts.site, size, &register, findings).await?;
        }
        report.signatures = self.full.then_some(seen.signatures);
        tell(&mut report, (&head, &tree), &seen, &register);
        Ok(report)
    }

    /// Reads all records, a page at a time, while those read before are checked.
    async fn records(
        &self,
        db: &DatabaseTransaction,
        facts: &Arc<Facts>,
        secret: [u8; 32],
        findings: &mut Findings,
    ) -> Result<Seen, Error> {
        let column = record_table::Column::Site;
        let total = snapshot::count::<record_table::Entity>(db, (column, &facts.site)).await?;
        let reader = &Reader::new(db, &facts.site, secret).await?;
        let mut seen = Seen::default();
        let pages = stream::try_unfold(Some(None), |next| async move {
            let Some(after) = next else { return Ok::<_, Error>(None) };
            let page = reader.page(after).await?;
            let next = page.last.map(Some);
            Ok(Some((page, next)))
        });
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let checked = pages.map_ok(|page| {
            let facts = Arc::clone(facts);
            let work = tokio::task::spawn_blocking(move || check(&page.persons, &facts));
            async move {
                let failed = |error| Error::internal("a check stopped", error);
                let (seen, found) = work.await.map_err(failed)??;
                Ok((page.findings, found, seen))
            }
        });
        // One more than there are cores: the next page is read while all of them check.
        let mut checked = std::pin::pin!(checked.try_buffered(cores + 1));
        while let Some((unread, found, more)) = checked.try_next().await? {
            findings.extend(unread);
            findings.extend(found);
            seen.merge(&more);
            (self.progress)(seen.records, total);
        }
        Ok(seen)
    }
}

/// Notes in the report what there is.
fn tell(
    report: &mut Report,
    (head, tree): (&log_head::Model, &Tree),
    seen: &Seen,
    register: &Register,
) {
    report.records = seen.records;
    report.forgotten = seen.forgotten;
    report.log.size = u64::try_from(head.size).unwrap_or_default();
    report.log.root = tree.roots.get(&report.log.size).map(|root| hex(root));
    report.log.published = u64::try_from(head.published).ok();
    report.log.waiting = seen.queued;
    report.log.retired = register.places_retired();
    report.log.register = register.size;
    report.log.reconciliations = register.reconciliations;
}

/// The checkpoints that the witness holds, noted in the report.
fn remembered(
    memories: &[Memory],
    key: &LogKey,
    report: &mut Report,
    findings: &mut Findings,
) -> Vec<Checkpoint> {
    let mut all = Vec::new();
    for memory in memories {
        let held = head::held(memory, key, findings);
        report.witness.push(Held {
            place: memory.place.clone(),
            size: held.as_ref().map(|held| held.size),
            register: memory.last.as_ref().map(|last| last.seq + 1),
        });
        all.extend(held);
    }
    all
}

/// Checks some persons.
fn check(persons: &[Person], facts: &Facts) -> Result<(Seen, Findings), Error> {
    let (mut seen, mut findings) = (Seen::default(), Findings::default());
    let mut receipts = Receipts::default();
    for person in persons {
        person::check(person, facts, &mut seen, (&mut receipts, &mut findings))?;
    }
    receipts.check(&mut findings);
    Ok((seen, findings))
}

/// The rows everything else hangs on: the site's, and its log's head. A site that the witness or
/// another table knows, and no more, was taken out.
async fn anchors(
    db: &impl ConnectionTrait,
    id: &SiteId,
    known: bool,
    findings: &mut Findings,
) -> Result<Option<(site::Model, log_head::Model)>, Error> {
    let query = site::Entity::find().filter(site::Column::Id.eq(id.as_str()));
    let (site, sites) = findings.only("site", snapshot::rows(db, query).await?);
    let query = log_head::Entity::find().filter(log_head::Column::Site.eq(id.as_str()));
    let (head, heads) = findings.only("log_head", snapshot::rows(db, query).await?);
    match (site, head) {
        (Some(site), Some(head)) => return Ok(Some((site, head))),
        (None, None) if sites + heads == 0 && !known => {
            return Err(Error::NotFound("no such site"));
        }
        (None, _) => findings.add(Finding::new("site", "the site's own row is gone")),
        (_, None) => findings.add(Finding::new("log_head", "the head of the site's log is gone")),
    }
    Ok(None)
}
