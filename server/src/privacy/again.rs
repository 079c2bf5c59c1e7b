//! Erasures applied again: a restored backup brings back people who were forgotten since, and
//! somebody may remove what marks them. Witness and register keep their keyed hashes; whoever they
//! are of is forgotten once more.

use super::erase::{self, Who};
use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::compare::erased_hash;
use crate::evidence::log_keys::LogKey;
use crate::evidence::register::Entry;
use crate::sites::Site;
use crate::storage::{Storage, forget};
use ouinon_domain::ids::VisitorId;
use ouinon_domain::time::Timestamp;
use std::collections::HashMap;

/// Visitors read at once.
const PAGE: u64 = 10_000;

/// Applies the erasures in these entries of a site's register again. Those whose visitor the
/// database does not know are marked all the same: nothing may be written for them.
pub async fn erase(
    storage: &Storage,
    key: &LogKey,
    site: &Site,
    lost: &[Entry],
    clock: &Clock,
) -> Result<(), Error> {
    let site_id = &site.id;
    tracing::warn!(site = %site_id, count = lost.len(), "erasures are applied again");
    let found = find(storage, site, lost).await?;
    for (done, entry) in lost.iter().enumerate() {
        let Some(hash) = erased_hash(entry) else { continue };
        let requested_by = entry.body["requested_by"].as_str().unwrap_or("unknown").to_owned();
        let (visitor, now) = (found.get(&hash).copied(), Timestamp(clock.now()));
        let who = Who { visitor, hash, requested_by, said: Some(entry) };
        erase::enter(storage, key, site_id, who, now).await?;
        if (done + 1) % 1_000 == 0 {
            tracing::info!(site = %site_id, done = done + 1, "erasures are applied again");
        }
    }
    tracing::warn!(site = %site_id, forgotten = found.len(), "erasures were applied again");
    Ok(())
}

/// The visitors that the hashes in some entries are of, as far as the database knows them.
async fn find(
    storage: &Storage,
    site: &Site,
    lost: &[Entry],
) -> Result<HashMap<[u8; 32], VisitorId>, Error> {
    let mut found: HashMap<[u8; 32], Option<VisitorId>> =
        lost.iter().filter_map(erased_hash).map(|hash| (hash, None)).collect();
    let mut after = None;
    loop {
        let page = forget::visitors(&storage.db(), &site.id, after, PAGE).await?;
        for visitor in &page {
            if let Some(place) = found.get_mut(&site.erasure_hash(*visitor)) {
                *place = Some(*visitor);
            }
        }
        match page.last() {
            Some(last) if page.len() as u64 == PAGE => after = Some(*last),
            _ => break,
        }
    }
    Ok(found.into_iter().filter_map(|(hash, visitor)| Some((hash, visitor?))).collect())
}
