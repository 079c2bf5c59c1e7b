//! Every route of the server, in one table.

use super::{
    consents, cors, decisions, events, loader, notices, ops, place, records, stats, visitors,
};
use crate::error::Error;
use actix_web::guard;
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig, method, post};
use actix_web::{HttpResponse, Route};

/// GET, and HEAD as RFC 9110 asks of every resource that has GET.
fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// Adds the routes.
pub fn all(config: &mut ServiceConfig) {
    let mut add = |path: &str, routes: Vec<Route>| {
        let resource = routes.into_iter().fold(web::resource(path), |all, one| all.route(one));
        config.service(resource.default_service(web::to(wrong_method)));
    };
    let preflight = || method(Method::OPTIONS).to(cors::preflight);

    // What pages load.
    add("/b/{site}.js", vec![get().to(loader::loader)]);
    add("/a/{name}", vec![get().to(loader::asset)]);
    add("/n/{hash}/{lang}.json", vec![get().to(notices::in_language)]);
    add("/notices/{hash}.json", vec![get().to(notices::whole)]);

    // Visitors.
    add("/v1/sites/{site}/place", vec![get().to(place::read), preflight()]);
    add("/v1/sites/{site}/notice", vec![get().to(notices::current), preflight()]);
    add("/v1/sites/{site}/consent", vec![get().to(visitors::read), preflight()]);
    add("/v1/sites/{site}/events", vec![post().to(events::create), preflight()]);
    add(
        "/v1/sites/{site}/consents",
        vec![post().to(consents::create), get().to(records::list), preflight()],
    );

    // Marketing and operations, with a key.
    add("/v1/sites/{site}/consents/{id}", vec![get().to(records::read)]);
    add("/v1/sites/{site}/decision", vec![get().to(decisions::one)]);
    add("/v1/sites/{site}/decisions", vec![post().to(decisions::many)]);
    add("/v1/sites/{site}/stats", vec![get().to(stats::read)]);

    // Everyone.
    add("/.well-known/jwks.json", vec![get().to(ops::jwks)]);
    add("/openapi.json", vec![get().to(ops::openapi)]);
    add("/healthz", vec![get().to(ops::healthz)]);
    add("/readyz", vec![get().to(ops::readyz)]);
    add("/metrics", vec![get().to(ops::metrics)]);
    config.default_service(web::to(nothing_here));
}

async fn wrong_method() -> Result<HttpResponse, Error> {
    Err(Error::MethodNotAllowed)
}

async fn nothing_here() -> Result<HttpResponse, Error> {
    Err(Error::NotFound("no such address"))
}
