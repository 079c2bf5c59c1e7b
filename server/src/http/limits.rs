//! How much a visitor, a network, a key and a site may ask, in one table. Withdrawals keep a lane
//! of their own: no flood of anything else can make a "no" late.

use super::extract::client;
use crate::app::App;
use crate::cache::{Demand, Lane, Quota, Subject, Verdict};
use crate::error::Error;
use crate::sites::key::{Presented, Scope};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};
use ouinon_domain::choice::Action;
use ouinon_domain::ids::{SiteId, VisitorId};
use std::fmt::Write;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const TEN_SECONDS: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);

/// Per /24 or /48: offices and carriers share addresses, so this is wide.
const NETWORK: Quota = Quota::new(1_200, MINUTE);
/// Reading is cheap: pages ask for notice, place and state.
const NETWORK_READS: Quota = Quota::new(6_000, MINUTE);
/// Per browser: more is not a person.
const VISITOR: Quota = Quota::new(60, MINUTE);
/// Per site: what one server writes, so that one site cannot starve the others.
const SITE: Quota = Quota::new(10_000, SECOND);
/// Per key: a server that writes for its visitors, or imports.
const KEY_WRITES: Quota = Quota::new(1_000, SECOND);
/// Per key and server, in visitors asked about: two thirds of what a small machine answers one by
/// one, and twenty full batches at once.
const KEY_DECISIONS: Quota = Quota::new(200_000, TEN_SECONDS);
/// Per key and server: pages of records, rates, proofs.
const KEY_REQUESTS: Quota = Quota::new(1_000, TEN_SECONDS);

/// The lane of a choice.
pub fn lane(action: Action) -> Lane {
    match action {
        Action::Withdraw | Action::RejectAll => Lane::Withdrawal,
        Action::AcceptAll | Action::Save => Lane::Consent,
    }
}

/// Charges a visitor's write: to its network, or to the key that a server writes with, for a
/// server's network is that of all its visitors.
pub async fn write(
    app: &App,
    request: &HttpRequest,
    site: &SiteId,
    lane: Lane,
    visitor: &VisitorId,
    key: Option<&Presented>,
) -> Result<(), Error> {
    let from = match key {
        Some(key) => demand(Subject::Key(key.fingerprint()), KEY_WRITES),
        None => demand(Subject::Network(client::address(app, request).network()), NETWORK),
    };
    let demands = [demand(Subject::Visitor(visitor), VISITOR), from, demand(Subject::Site, SITE)];
    charge(app, request, site, lane, &demands).await
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
    charge(app, request, site, lane, &[demand(network, quota)]).await
}

/// Charges a question about so many visitors to the key it came with, one that works. In this process alone: Redis
/// would take longer than the answer, and what is protected is this server's time.
pub fn decisions(
    app: &App,
    request: &HttpRequest,
    key: &Presented,
    visitors: usize,
) -> Result<(), Error> {
    let units = u32::try_from(visitors).unwrap_or(u32::MAX);
    let demands = [Demand { units, ..demand(Subject::Key(key.fingerprint()), KEY_DECISIONS) }];
    told(
        request,
        Lane::Decision,
        &demands,
        app.cache.limit_here(&key.site, Lane::Decision, &demands),
    )
}

/// Charges any other request with a key, in this process alone as well. Forgetting has a count of
/// its own, as withdrawals do.
pub fn by_key(
    app: &App,
    request: &HttpRequest,
    site: &SiteId,
    key: &Presented,
    scope: Scope,
) -> Result<(), Error> {
    let lane = if scope == Scope::PRIVACY_WRITE { Lane::Erasure } else { Lane::Program };
    let demands = [demand(Subject::Key(key.fingerprint()), KEY_REQUESTS)];
    told(request, lane, &demands, app.cache.limit_here(site, lane, &demands))
}

fn demand(subject: Subject<'_>, quota: Quota) -> Demand<'_> {
    Demand { subject, quota, units: 1 }
}

async fn charge(
    app: &App,
    request: &HttpRequest,
    site: &SiteId,
    lane: Lane,
    demands: &[Demand<'_>],
) -> Result<(), Error> {
    told(request, lane, demands, app.cache.limit(site, lane, demands).await)
}

/// What the answer says of limits, whatever else it says.
#[derive(Clone, Debug)]
struct Said {
    policy: HeaderValue,
    left: HeaderValue,
}

/// Leaves on the request what the answer will say, and refuses where a quota is used up.
fn told(
    request: &HttpRequest,
    lane: Lane,
    demands: &[Demand<'_>],
    verdict: Verdict,
) -> Result<(), Error> {
    if let Some(said) = Said::new(demands, &verdict) {
        request.extensions_mut().insert(said);
    }
    verdict.retry_after.map_or(Ok(()), |wait| {
        metrics::counter!("ouinon_rate_limited_total", "lane" => lane.as_str()).increment(1);
        Err(Error::RateLimited(wait.seconds()))
    })
}

impl Said {
    /// draft-ietf-httpapi-ratelimit-headers-11: each quota and its seconds, what is left of it and
    /// in how many seconds it is whole again, or the request would pass.
    fn new(demands: &[Demand<'_>], verdict: &Verdict) -> Option<Self> {
        let (mut policy, mut left) = (String::new(), String::new());
        for (demand, found) in demands.iter().zip(&verdict.left) {
            let (comma, name) = (if left.is_empty() { "" } else { ", " }, demand.subject.kind());
            let (count, seconds) = (demand.quota.count(), demand.quota.seconds());
            let again = match (found.requests, verdict.retry_after) {
                (0, Some(wait)) => i64::try_from(wait.seconds()).unwrap_or(i64::MAX),
                _ => found.full_in,
            };
            // Writing into a string does not fail.
            let _ = write!(policy, "{comma}\"{name}\";q={count};w={seconds}");
            let _ = write!(left, "{comma}\"{name}\";r={};t={again}", found.requests);
        }
        let value = |text: &str| HeaderValue::from_str(text).ok().filter(|text| !text.is_empty());
        Some(Self { policy: value(&policy)?, left: value(&left)? })
    }
}

/// Adds what was said of limits to a finished answer.
pub fn finish<B>(mut response: ServiceResponse<B>) -> ServiceResponse<B> {
    let said = response.request().extensions_mut().remove::<Said>();
    if let Some(Said { policy, left }) = said {
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static("ratelimit-policy"), policy);
        headers.insert(HeaderName::from_static("ratelimit"), left);
    }
    response
}
