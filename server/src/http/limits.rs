//! How much a visitor, a network and a site may ask, in one table. Withdrawals keep a lane of
//! their own: no flood of anything else can make a "no" late.

use super::extract::client;
use crate::app::App;
use crate::cache::{Demand, Lane, Quota, Subject};
use crate::error::Error;
use actix_web::HttpRequest;
use ouinon_domain::choice::Action;
use ouinon_domain::ids::{SiteId, VisitorId};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

/// Per /24 or /48: offices and carriers share addresses, so this is wide.
const NETWORK: Quota = Quota::new(1_200, MINUTE);
/// Reading is cheap: pages ask for notice, place and state.
const NETWORK_READS: Quota = Quota::new(6_000, MINUTE);
/// Per browser: more is not a person.
const VISITOR: Quota = Quota::new(60, MINUTE);
/// Per site: what one server writes, so that one site cannot starve the others.
const SITE: Quota = Quota::new(10_000, SECOND);

/// The lane of a choice.
pub fn lane(action: Action) -> Lane {
    match action {
        Action::Withdraw | Action::RejectAll => Lane::Withdrawal,
        Action::AcceptAll | Action::Save => Lane::Consent,
    }
}

/// Charges a visitor's write.
pub async fn write(
    app: &App,
    request: &HttpRequest,
    site: &SiteId,
    lane: Lane,
    visitor: &VisitorId,
) -> Result<(), Error> {
    let network = Subject::Network(client::address(app, request).network());
    let demands = [
        Demand { subject: Subject::Visitor(visitor), quota: VISITOR },
        Demand { subject: network, quota: NETWORK },
        Demand { subject: Subject::Site, quota: SITE },
    ];
    charge(app, site, lane, &demands).await
}

/// Charges a request that names no visitor, or only reads.
pub async fn by_network(
    app: &App,
    request: &HttpRequest,
    site: &SiteId,
    lane: Lane,
) -> Result<(), Error> {
    let network = Subject::Network(client::address(app, request).network());
    let quota = if lane == Lane::Read { NETWORK_READS } else { NETWORK };
    charge(app, site, lane, &[Demand { subject: network, quota }]).await
}

async fn charge(app: &App, site: &SiteId, lane: Lane, demands: &[Demand<'_>]) -> Result<(), Error> {
    app.cache.limit(site, lane, demands).await.map_err(|wait| {
        metrics::counter!("ouinon_rate_limited_total", "lane" => lane.as_str()).increment(1);
        Error::RateLimited(wait.seconds())
    })
}
