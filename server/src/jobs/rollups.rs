//! Counts records into the rates' counters, each exactly once: what waits leaves the queue in the
//! transaction that counts it.

use crate::app::App;
use crate::error::Error;
use crate::sites::Site;
use crate::storage::counters::{self, Alike, Cell};
use ouinon_domain::choice::Action;
use ouinon_domain::ids::SiteId;
use ouinon_domain::key::Key;
use std::collections::BTreeMap;

/// Groups of records counted in one transaction.
const BATCH: u64 = 1_000;

/// Counts all records that wait. A site that cannot be counted keeps no other site waiting.
pub async fn run(app: &App) -> Result<(), Error> {
    for site in counters::waiting_sites(&app.storage.db()).await? {
        let Some(site) = SiteId::parse(&site) else { continue };
        if let Err(error) = of_site(app, &site).await {
            tracing::warn!(%error, %site, "records wait to be counted");
        }
    }
    Ok(())
}

async fn of_site(app: &App, site: &SiteId) -> Result<(), Error> {
    let site = app.sites.cached(site).await?;
    while batch(app, &site).await? == BATCH {}
    Ok(())
}

/// Counts up to a batch; answers how many groups left the queue.
async fn batch(app: &App, site: &Site) -> Result<u64, Error> {
    let tx = app.storage.write_by_key().await?;
    let taken = counters::take_waiting(&tx, &site.id, BATCH).await?;
    let mut cells = BTreeMap::new();
    taken.iter().for_each(|alike| add(site, alike, &mut cells));
    counters::add(&tx, &site.id, &cells).await?;
    tx.commit().await?;
    Ok(taken.len() as u64)
}

fn add(site: &Site, alike: &Alike, cells: &mut BTreeMap<Cell, i64>) {
    let mut count = |event: &str, key: &str| {
        let cell = Cell {
            hour: alike.hour,
            notice: alike.notice.to_string(),
            language: alike.language.clone(),
            country: alike.country.clone().unwrap_or_default(),
            device: alike.device.clone(),
            event: event.into(),
            key: key.into(),
        };
        *cells.entry(cell).or_default() += alike.records;
    };
    count(alike.action.as_str(), "");
    if alike.action == Action::Withdraw {
        return;
    }
    let any = alike.choices.values().any(|yes| *yes);
    count(if any { "granted" } else { "denied" }, "");
    for (purpose, yes) in &alike.choices {
        count(if *yes { "purpose_granted" } else { "purpose_denied" }, purpose.as_str());
    }
    let Some(notice) = site.notice(&alike.notice) else { return };
    for vendor in &notice.notice.vendors {
        let granted = vendor.purposes.iter().any(|purpose| yes(alike, purpose, &vendor.key));
        count(if granted { "vendor_granted" } else { "vendor_denied" }, vendor.key.as_str());
    }
}

fn yes(alike: &Alike, purpose: &Key, vendor: &Key) -> bool {
    alike.choices.get(purpose) == Some(&true) && alike.vendors.get(vendor) != Some(&false)
}
