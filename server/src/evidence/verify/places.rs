//! Where places and leaves do not agree: finds which. Only called once that is known.

use super::register::Register;
use super::report::{Finding, Findings};
use crate::error::Error;
use crate::storage::entity::{log_index, log_tile};
use crate::storage::{log, snapshot};
use ouinon_domain::ids::{RecordId, SiteId};
use ouinon_domain::leaf;
use ouinon_domain::tile::{TileId, WIDTH};
use sea_orm::ConnectionTrait;
use std::collections::HashMap;

/// Leaves compared at once, whole tiles.
const PAGE: u64 = 16 * WIDTH as u64;

/// Compares each place of the log with the record that has it.
pub async fn check(
    db: &impl ConnectionTrait,
    site: &SiteId,
    size: u64,
    register: &Register,
    findings: &mut Findings,
) -> Result<(), Error> {
    let mut placed = 0;
    // What the head says may be anything; the stored leaves say how far there is to look.
    let tiles = snapshot::count::<log_tile::Entity>(db, (log_tile::Column::Site, site)).await?;
    let size = size.min(tiles.saturating_mul(WIDTH as u64));
    for from in (0..size).step_by(usize::try_from(PAGE).unwrap_or(usize::MAX)) {
        let to = size.min(from + PAGE);
        let names = (from..to).step_by(WIDTH).map(TileId::of_leaf);
        let Ok(log::Stored { leaves, .. }) = log::tiles(db, site, names).await else { continue };
        let stored = findings.readable(snapshot::places(db, site, from, to).await?);
        placed += stored.len() as u64;
        let ids = stored.iter().map(|row| row.record).collect();
        let named = findings.readable(snapshot::records_named(db, site, ids).await?);
        let committed: HashMap<RecordId, Vec<u8>> =
            named.into_iter().map(|row| (row.id, row.commitment)).collect();
        let at: HashMap<u64, RecordId> = stored
            .into_iter()
            .filter_map(|row| Some((u64::try_from(row.position).ok()?, row.record)))
            .collect();
        for place in from..to {
            if let Some(finding) = one(place, at.get(&place), register, |place, record| {
                let tile = leaves.get(&TileId::of_leaf(place))?;
                let within = usize::try_from(place).ok()? % WIDTH;
                let leaf = tile.chunks(leaf::LEN).nth(within)?;
                Some(leaf.get(1..)? == committed.get(record)?.as_slice())
            }) {
                findings.add(finding);
            }
        }
    }
    let all = snapshot::count::<log_index::Entity>(db, (log_index::Column::Site, site)).await?;
    if all != placed {
        let detail =
            format!("{all} records have a place, {placed} of them within the log's {size}");
        findings.add(Finding::new("log_index", detail).at("position"));
    }
    Ok(())
}

fn one(
    place: u64,
    record: Option<&RecordId>,
    register: &Register,
    agrees: impl Fn(u64, &RecordId) -> Option<bool>,
) -> Option<Finding> {
    let retired = register.is_retired(place);
    match record {
        Some(record) if retired => {
            let detail = format!("its place {place} was retired");
            Some(Finding::new("log_index", detail).of(*record).at("position"))
        }
        Some(record) if agrees(place, record) == Some(true) => None,
        Some(record) => {
            let detail = format!("the leaf at its place {place} is not what the record commits to");
            Some(Finding::new("log_index", detail).of(*record).at("position"))
        }
        None if retired => None,
        None => {
            let detail = format!("no record has the place {place}, and no retention explains it");
            Some(Finding::new("log_index", detail).at("position"))
        }
    }
}
