//! Every route of the server, in one table.

use super::deadline::InTime;
use super::{
    ask, consents, cors, dashboard, decisions, developers, events, handovers, loader, log, notices,
    ops, place, privacy, public_pages, records, stats, visitors,
};
use crate::error::Error;
use crate::request::Route as Named;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{self, ServiceConfig};
use actix_web::{
    FromRequest, Handler, HttpResponse, Resource, Responder, ResponseError, Route, guard,
};
use std::rc::Rc;

/// Adds the routes.
pub fn all(config: &mut ServiceConfig) {
    let mut add = |path: &str, methods: Vec<On>| {
        let names: Vec<_> = methods.iter().map(|on| on.names).collect();
        let allow = HeaderValue::from_str(&names.join(", ")).ok();
        let named = Rc::new(Named::new(path));
        let routes = methods.into_iter().map(|on| (on.route)(&named));
        let resource = routes.fold(web::resource(path), Resource::route);
        let other = move || std::future::ready(wrong_method(allow.clone()));
        config.service(resource.default_service(web::to(other)));
    };
    let preflight = || options().to(cors::preflight);

    // Routes are tried in this order: the one that is asked most comes first.
    add("/v1/sites/{site}/decision", vec![get().to(decisions::one)]);

    // What pages load.
    add("/b/{site}.js", vec![get().to(loader::loader)]);
    add("/b/{site}/ask.js", vec![get().to(ask::current)]);
    add("/b/{site}/{version}/ask.js", vec![get().to(ask::versioned)]);
    add("/b/{site}/{version}/place", vec![get().to(place::read)]);
    add("/b/{site}/{version}/preferences", vec![get().to(public_pages::beside_script)]);
    add("/a/{name}", vec![get().to(loader::asset)]);
    add("/n/{hash}/{lang}.json", vec![get().to(notices::in_language)]);
    add("/notices/{hash}.json", vec![get().to(notices::whole)]);

    // Visitors.
    add("/v1/sites/{site}/place", vec![get().to(place::read), preflight()]);
    add("/v1/sites/{site}/notice", vec![get().to(notices::current), preflight()]);
    add(
        "/v1/sites/{site}/consent",
        vec![get().to(visitors::read), delete().to(privacy::erase_own), preflight()],
    );
    add("/v1/sites/{site}/events", vec![post().to(events::create), preflight()]);
    add("/v1/sites/{site}/handovers", vec![post().to(handovers::create), preflight()]);
    add("/v1/sites/{site}/arrivals", vec![post().to(handovers::arrive), preflight()]);
    add(
        "/v1/sites/{site}/consents",
        vec![post().to(consents::create), get().to(records::list), preflight()],
    );

    // Marketing and operations, with a key.
    add("/v1/sites/{site}/consents/{id}", vec![get().to(records::read)]);
    add("/v1/sites/{site}/consents/{id}/proof", vec![get().to(log::bundle)]);
    add("/v1/sites/{site}/log/checkpoint", vec![get().to(log::checkpoint)]);
    add("/v1/sites/{site}/log/consistency", vec![get().to(log::consistency)]);
    add("/v1/sites/{site}/log/inclusion", vec![get().to(log::inclusion)]);
    add("/v1/sites/{site}/log/leaves", vec![get().to(log::leaves)]);
    add("/v1/sites/{site}/decisions", vec![post().to(decisions::many)]);
    add("/v1/sites/{site}/stats", vec![get().to(stats::read)]);
    add("/v1/sites/{site}/visitors/{visitor}", vec![delete().to(privacy::erase)]);
    add("/v1/sites/{site}/visitors/{visitor}/export", vec![get().to(privacy::export)]);
    add("/v1/sites/{site}/erasures", vec![get().to(privacy::erasures)]);

    // People who signed in.
    let site = "/dashboard/sites/{site}";
    let mut people = |path: &str, routes: Vec<On>| add(&format!("{site}{path}"), routes);
    people("", vec![get().to(dashboard::overview::show)]);
    people("/stats.csv", vec![get().to(dashboard::overview::export)]);
    people("/check", vec![get().to(dashboard::check::show)]);
    people("/records", vec![get().to(dashboard::records::list)]);
    people("/records.csv", vec![get().to(dashboard::records::export)]);
    people("/records/{id}", vec![get().to(dashboard::records::show)]);
    people("/notices", vec![get().to(dashboard::notices::list)]);
    people("/preview.js", vec![get().to(dashboard::preview::script)]);
    people("/install", vec![get().to(dashboard::install::show)]);
    people("/keys", vec![get().to(dashboard::keys::list), post().to(dashboard::keys::create)]);
    people("/keys/{id}/rotate", vec![post().to(dashboard::keys::rotate)]);
    people("/keys/{id}/revoke", vec![post().to(dashboard::keys::revoke)]);
    add("/dashboard", vec![get().to(dashboard::sites::list)]);
    add("/dashboard/users", vec![get().to(dashboard::users::list)]);
    add(
        "/dashboard/login",
        vec![get().to(dashboard::login::show), post().to(dashboard::login::sign_in)],
    );
    add("/dashboard/logout", vec![post().to(dashboard::login::sign_out)]);

    // Everyone.
    add("/", vec![get().to(public_pages::root)]);
    add("/preferences/{site}", vec![get().to(public_pages::preferences)]);
    add("/notices/{hash}", vec![get().to(public_pages::notice)]);
    add("/problems/{slug}", vec![get().to(public_pages::problem)]);
    add("/docs", vec![get().to(public_pages::docs)]);
    add("/ouinon.d.ts", vec![get().to(developers::types)]);
    add("/debug.js", vec![get().to(developers::debug)]);
    add("/assets/{name}", vec![get().to(public_pages::asset)]);
    add("/.well-known/gpc.json", vec![get().to(ops::gpc)]);
    add("/.well-known/jwks.json", vec![get().to(ops::jwks)]);
    add("/openapi.json", vec![get().to(ops::openapi)]);
    add("/healthz", vec![get().to(ops::healthz)]);
    add("/readyz", vec![get().to(ops::readyz)]);
    add("/metrics", vec![get().to(ops::metrics)]);
    config.default_service(web::to(nothing_here));
}

/// Makes a route that knows its name.
type Naming = dyn FnOnce(&Rc<Named>) -> Route;

/// A handler and the methods it answers.
struct On {
    names: &'static str,
    route: Box<Naming>,
}

/// Methods, before their handler is known.
struct Methods {
    names: &'static str,
    route: Route,
}

impl Methods {
    fn to<F, Args>(self, handler: F) -> On
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let Self { names, route } = self;
        let to = |named: &Rc<Named>| route.to(InTime { handler, route: Rc::clone(named) });
        On { names, route: Box::new(to) }
    }
}

/// `HEAD` is `GET` without the body, which the framework leaves out (RFC 9110 section 9.3.2).
fn get() -> Methods {
    let either = guard::Any(guard::Get()).or(guard::Head());
    Methods { names: "GET, HEAD", route: web::route().guard(either) }
}

fn post() -> Methods {
    Methods { names: "POST", route: web::post() }
}

fn delete() -> Methods {
    Methods { names: "DELETE", route: web::delete() }
}

fn options() -> Methods {
    Methods { names: "OPTIONS", route: web::route().guard(guard::Options()) }
}

fn wrong_method(allow: Option<HeaderValue>) -> HttpResponse {
    let mut response = Error::MethodNotAllowed.error_response();
    if let Some(allow) = allow {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

async fn nothing_here() -> Result<HttpResponse, Error> {
    Err(Error::NotFound("no such address"))
}
