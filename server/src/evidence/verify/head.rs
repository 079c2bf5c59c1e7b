//! The head of the log: what it says of itself, the checkpoint it published, and what the witness
//! holds.

use super::register::Register;
use super::report::{Finding, Findings};
use super::tree::Tree;
use super::witness::Memory;
use crate::error::Error;
use crate::evidence::log_keys::LogKey;
use crate::storage::entity::log_head;
use crate::storage::snapshot;
use ouinon_domain::checkpoint::{self, Checkpoint};
use ouinon_domain::ids::SiteId;
use sea_orm::ConnectionTrait;

/// The sizes whose roots are compared: of the head, of the checkpoint, of the witness.
pub fn sizes<'a>(head: &log_head::Model, held: impl Iterator<Item = &'a Checkpoint>) -> Vec<u64> {
    let own = [head.size, head.published].into_iter().filter_map(|size| u64::try_from(size).ok());
    own.chain(held.map(|held| held.size)).collect()
}

/// Compares the head with the recomputed tree and register.
pub fn check(
    head: &log_head::Model,
    key: &LogKey,
    tree: &Tree,
    register: &Register,
    findings: &mut Findings,
) {
    let mut add = |field: &str, detail: &str| {
        findings.add(Finding::new("log_head", detail).at(field));
    };
    let size = u64::try_from(head.size).unwrap_or(u64::MAX);
    if tree.roots.get(&size).is_none_or(|root| root.as_slice() != head.root) {
        add("root", "the leaves do not make the root of the log's head");
    }
    if u64::try_from(head.register_size) != Ok(register.size) {
        add("register_size", "the register has another number of entries than the head says");
    }
    if head.register_hash != register.hash.map(|hash| hash.to_vec()) {
        add("register_hash", "the head does not name the last entry of the register");
    }
    if !(0..=head.register_size).contains(&head.register_published) {
        add("register_published", "more entries of the register were published than there are");
    }
    let Some(note) = &head.checkpoint else {
        if head.published != -1 {
            add("checkpoint", "the published checkpoint is gone");
        }
        return;
    };
    match checkpoint::open(note, key.verifier()) {
        Err(refused) => add("checkpoint", &format!("the published checkpoint: {refused}")),
        Ok(published) => {
            if key.checkpoint(&published) != *note {
                add("checkpoint", "the published checkpoint is not written as it was signed");
            }
            if i64::try_from(published.size) != Ok(head.published) {
                add("published", "the published checkpoint is of another size than the head says");
            }
            if tree.roots.get(&published.size) != Some(&published.root) {
                add("checkpoint", "the leaves do not make the root that was published");
            }
        }
    }
}

/// The head's time is that of its last leaf.
pub async fn time(
    db: &impl ConnectionTrait,
    site: &SiteId,
    head: &log_head::Model,
    created_at: i64,
    findings: &mut Findings,
) -> Result<(), Error> {
    let size = u64::try_from(head.size).unwrap_or_default();
    let expected = match size.checked_sub(1) {
        None => Some(created_at),
        Some(last) => {
            let last = findings.readable(snapshot::places(db, site, last, size).await?);
            let ids = last.into_iter().map(|row| row.record).collect();
            let last = findings.readable(snapshot::records_named(db, site, ids).await?);
            last.first().map(|record| record.given_at)
        }
    };
    if expected.is_some_and(|expected| expected != head.updated_at) {
        let detail = "the log's head is not of the time of its last leaf";
        findings.add(Finding::new("log_head", detail).at("updated_at"));
    }
    Ok(())
}

/// The checkpoint that a keeper holds, if the site's log key signed it.
pub fn held(memory: &Memory, key: &LogKey, findings: &mut Findings) -> Option<Checkpoint> {
    let opened = memory.note.as_deref().map(|note| checkpoint::open(note, key.verifier()));
    let wrong = match opened {
        Some(Ok(held)) => return Some(held),
        Some(Err(refused)) => Some(refused.to_string()),
        None => memory.broken.clone(),
    };
    if let Some(why) = wrong {
        let detail = format!("what the witness {} holds is not of this log: {why}", memory.place);
        findings.add(Finding::new("witness", detail));
    }
    None
}

/// The log must extend what the witness holds.
pub fn extends(held: &Checkpoint, size: u64, tree: &Tree, findings: &mut Findings) {
    if held.size > size {
        let detail = format!(
            "the log has {size} leaves, the witness has seen {}: it was set back to an older state",
            held.size
        );
        findings.add(Finding::new("witness", detail).at("size"));
    } else if tree.roots.get(&held.size) != Some(&held.root) {
        let detail = format!(
            "the first {} leaves are not those that the witness has seen: the log was forked",
            held.size
        );
        findings.add(Finding::new("witness", detail).at("root"));
    }
}
