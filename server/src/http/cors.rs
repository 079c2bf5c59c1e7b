//! CORS for the calls of visitors: the site's own origins and nobody else's. A handler that has
//! checked the caller's origin leaves it on the request; the answer, good or bad, then says so.

use crate::app::App;
use crate::error::Error;
use crate::http::extract;
use crate::sites::Site;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use std::sync::Arc;

/// An origin that may read the answer.
#[derive(Clone, Debug)]
struct Allowed(HeaderValue);

/// Checks `Origin`, where there is one, against the site's origins and the server's own (the
/// hosted preferences page). `false`: there was none.
pub fn check(app: &App, request: &HttpRequest, site: &Site) -> Result<bool, Error> {
    let Some(value) = request.headers().get(header::ORIGIN) else { return Ok(false) };
    let text = value.to_str().map_err(|_| Error::ForeignOrigin)?;
    if text != app.public.origin() && !site.allows_origin(text) {
        return Err(Error::ForeignOrigin);
    }
    request.extensions_mut().insert(Allowed(value.clone()));
    Ok(true)
}

/// Adds the headers to a finished answer.
pub fn finish<B>(mut response: ServiceResponse<B>) -> ServiceResponse<B> {
    let allowed = response.request().extensions().get::<Allowed>().cloned();
    if let Some(Allowed(origin)) = allowed {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
    response
}

/// Answers a preflight for the calls of visitors.
pub async fn preflight(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let site = app.sites.fresh(&extract::site_id(&request)?).await?;
    if !check(&app, &request, &site)? {
        return Err(Error::MethodNotAllowed);
    }
    Ok(HttpResponse::NoContent()
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, "7200"))
        .finish())
}
