//! Answering with pages: language, what surrounds a page, the headers every page is sent with, and
//! what a browser sees where a program would get a problem document.

use crate::app::App;
use crate::error::Error;
use crate::http::dashboard::session::Session;
use crate::request::RequestId;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header::{self, ContentType};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder};
use ouinon_dashboard::pages::ErrorPage;
use ouinon_dashboard::{Chrome, Lang, Page, Query, RenderError, SignedIn};

/// Remembers the language somebody chose with the switch.
const LANGUAGE_COOKIE: &str = "ouinon_lang";

/// The language of a request: its address, then the cookie, then the browser's wish.
pub fn lang(request: &HttpRequest) -> Lang {
    let query = Query::parse(request.query_string());
    let cookie = request.cookie(LANGUAGE_COOKIE);
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE);
    Lang::negotiate(
        query.get("lang"),
        cookie.as_ref().map(Cookie::value),
        accepted.and_then(|value| value.to_str().ok()),
    )
}

/// The path of a request below the public address's own path, which a proxy may have passed on.
fn path<'a>(app: &App, request: &'a HttpRequest) -> &'a str {
    let full = request.path();
    match full.strip_prefix(app.public.path()) {
        Some(rest) if rest.starts_with('/') => rest,
        _ => full,
    }
}

/// What surrounds a page. `csrf` is the session's token, where somebody is signed in.
pub fn chrome(app: &App, request: &HttpRequest, session: Option<&Session>) -> Chrome {
    let id = request.extensions().get::<RequestId>().map(|id| id.to_string());
    Chrome {
        lang: lang(request),
        path: path(app, request).to_owned(),
        query: request.query_string().to_owned(),
        user: session.map(|session| SignedIn { email: session.email.clone(), role: session.role }),
        csrf: session.map(|session| session.csrf.clone()).unwrap_or_default(),
        request_id: id.unwrap_or_default(),
    }
}

/// A page for somebody signed in; nobody keeps it.
pub fn private<P: Page>(
    app: &App,
    request: &HttpRequest,
    session: &Session,
    page: &P,
) -> Result<HttpResponse, Error> {
    let chrome = chrome(app, request, Some(session));
    answer(app, request, &chrome, StatusCode::OK, page)
}

/// A page for everyone.
pub fn public<P: Page>(app: &App, request: &HttpRequest, page: &P) -> Result<HttpResponse, Error> {
    answer(app, request, &chrome(app, request, None), StatusCode::OK, page)
}

/// A page with its status and headers.
pub fn answer<P: Page>(
    app: &App,
    request: &HttpRequest,
    chrome: &Chrome,
    status: StatusCode,
    page: &P,
) -> Result<HttpResponse, Error> {
    let broken = |error: RenderError| Error::internal("a page cannot be rendered", error);
    let html = app.pages.render(page, chrome).map_err(broken)?;
    let mut response = HttpResponse::build(status);
    headers::<P>(&mut response, chrome.lang);
    let chosen = Query::parse(request.query_string()).get("lang").and_then(Lang::parse);
    if let Some(lang) = chosen {
        response.cookie(language_cookie(app, lang));
    }
    Ok(response.body(html))
}

fn headers<P: Page>(response: &mut HttpResponseBuilder, lang: Lang) {
    response
        .content_type(ContentType::html())
        .insert_header((header::CONTENT_LANGUAGE, lang.code()))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::CONTENT_SECURITY_POLICY, P::POLICY.header()))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::X_FRAME_OPTIONS, "DENY"))
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .insert_header(("cross-origin-opener-policy", "same-origin"));
}

fn language_cookie(app: &App, lang: Lang) -> Cookie<'static> {
    Cookie::build(LANGUAGE_COOKIE, lang.code())
        .path(format!("{}/", app.public.path()))
        .secure(app.public.is_https())
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(Duration::days(365))
        .finish()
}

/// Leads a browser to another page of this server.
pub fn see_other(app: &App, path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, format!("{}{path}", app.public.path())))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

/// What a browser sees of a failure: the sign-in page for a dashboard without a session, else a
/// page of its own. `None` for programs, which get a problem document.
pub fn failure(app: &App, request: &HttpRequest, status: StatusCode) -> Option<HttpResponse> {
    let accepted = request.headers().get(header::ACCEPT)?.to_str().ok()?;
    let path = path(app, request);
    let program = ["/v1/", "/n/", "/a/", "/b/"].iter().any(|api| path.starts_with(api));
    if program || !accepted.contains("text/html") {
        return None;
    }
    if status == StatusCode::UNAUTHORIZED && path.starts_with("/dashboard") {
        let here = Query::parse(request.query_string()).on(path);
        let next = Query::default().with("next", &here);
        let asked = request.method() == Method::GET && here != "/dashboard";
        let login = "/dashboard/login";
        return Some(see_other(app, &if asked { next.on(login) } else { login.to_owned() }));
    }
    let page = ErrorPage::new(status.as_u16());
    answer(app, request, &chrome(app, request, None), status, &page).ok()
}
