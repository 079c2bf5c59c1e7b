//! Counts records into the rates' counters, each exactly once: a record leaves the queue in the
//! transaction that counts it. Robots are left out.

use crate::app::App;
use crate::error::Error;
use crate::sites::Site;
use crate::storage::counters::{self, Cell};
use crate::storage::records;
use ouinon_domain::choice::Action;
use ouinon_domain::ids::SiteId;
use ouinon_domain::key::Key;
use ouinon_domain::record::{Personal, Record};
use ouinon_domain::time::HOUR;
use std::collections::BTreeMap;

/// Records counted in one transaction.
const BATCH: u64 = 500;

/// Counts all records that wait. A site that cannot be counted keeps no other site waiting.
pub async fn run(app: &App) -> Result<(), Error> {
    for site in counters::waiting_sites(app.storage.db()).await? {
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

/// Counts up to a batch; answers how many records left the queue.
async fn batch(app: &App, site: &Site) -> Result<u64, Error> {
    let tx = app.storage.write().await?;
    let taken = counters::take_waiting(&tx, &site.id, BATCH).await?;
    let count = taken.len() as u64;
    let mut cells = BTreeMap::new();
    for stored in records::by_ids(&tx, &site.id, taken).await? {
        let person = stored.record.personal.as_ref().filter(|personal| !personal.bot);
        if let Some(personal) = person {
            add(site, &stored.record, personal, &mut cells);
        }
    }
    counters::add(&tx, &site.id, &cells).await?;
    tx.commit().await?;
    Ok(count)
}

fn add(site: &Site, record: &Record, personal: &Personal, cells: &mut BTreeMap<Cell, i64>) {
    let mut count = |event: &str, key: &str| {
        let cell = Cell {
            hour: record.given_at.0.div_euclid(HOUR),
            notice: record.notice.to_string(),
            language: personal.language.clone(),
            country: personal.place.country.clone().unwrap_or_default(),
            device: personal.device.clone(),
            event: event.into(),
            key: key.into(),
        };
        *cells.entry(cell).or_default() += 1;
    };
    count(record.action.as_str(), "");
    if record.action == Action::Withdraw {
        return;
    }
    let any = record.choices.values().any(|yes| *yes);
    count(if any { "granted" } else { "denied" }, "");
    for (purpose, yes) in &record.choices {
        count(if *yes { "purpose_granted" } else { "purpose_denied" }, purpose.as_str());
    }
    let Some(notice) = site.notice(&record.notice) else { return };
    for vendor in &notice.notice.vendors {
        let granted = vendor.purposes.iter().any(|purpose| yes(record, purpose, &vendor.key));
        count(if granted { "vendor_granted" } else { "vendor_denied" }, vendor.key.as_str());
    }
}

fn yes(record: &Record, purpose: &Key, vendor: &Key) -> bool {
    record.choices.get(purpose) == Some(&true) && record.vendors.get(vendor) != Some(&false)
}
