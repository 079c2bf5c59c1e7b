//! The pages everyone may see: hosted preferences, published notices, problems, the API's
//! documentation, and the styles and scripts of all pages.

use super::{api_description, extract, html};
use crate::app::App;
use crate::error::Error;
use crate::sites::Site;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use ouinon_dashboard::Query;
use ouinon_dashboard::pages::{ApiDocs, NoticePage, Preferences, Problem};
use std::sync::Arc;
use url::Url;

/// `GET /`: the dashboard is the front door.
pub async fn root(app: web::Data<Arc<App>>) -> HttpResponse {
    html::see_other(&app, "/dashboard")
}

/// `GET /preferences/{site}`: the widget's preferences, on our own origin.
pub async fn preferences(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let site = app.sites.fresh(&extract::site_id(&request)?).await?;
    let query = Query::parse(request.query_string());
    let current = site.current();
    let page = Preferences {
        site_id: site.id.to_string(),
        controller: current
            .map_or_else(|| site.name.clone(), |own| own.notice.controller.name.clone()),
        return_url: query.get("return").and_then(|address| way_back(&site, address)),
        notice: current.map(|own| own.hash.to_string()),
    };
    html::public(&app, &request, &page)
}

/// `GET /b/{site}/{version}/preferences`: where the loader sends a visitor to whom the script that
/// asks does not come. Its own address is all it knows, and a browser takes the fragment along;
/// relative, for a server that is reached under a path of the site.
pub async fn beside_script(request: HttpRequest) -> Result<HttpResponse, Error> {
    let page = format!("../../../preferences/{}", extract::site_id(&request)?);
    Ok(HttpResponse::TemporaryRedirect().insert_header((header::LOCATION, page)).finish())
}

/// The address to go back to, only on one of the site's own origins.
fn way_back(site: &Site, address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let web = matches!(url.scheme(), "http" | "https");
    let own = site.allows_origin(&url.origin().ascii_serialization());
    (web && own).then(|| url.to_string())
}

/// `GET /notices/{hash}`: a published notice, for good, in the reader's language or in `?words=`.
pub async fn notice(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let published = super::notices::find(&app, &request).await?;
    let query = Query::parse(request.query_string());
    let words = query.get("words").unwrap_or_else(|| html::lang(&request).code());
    let page = NoticePage::of(&published.hash.to_string(), &published.notice, words);
    html::public(&app, &request, &page)
}

/// `GET /problems/{slug}`: what the `type` of a problem document means.
pub async fn problem(
    app: web::Data<Arc<App>>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let slug = request.match_info().get("slug").unwrap_or_default();
    let page = Problem::of(slug).ok_or(Error::NotFound("no such problem"))?;
    html::public(&app, &request, &page)
}

/// `GET /docs`: the API, from its own description.
pub async fn docs(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    html::public(&app, &request, &ApiDocs::from_openapi(&api_description::document()?))
}

/// `GET /assets/{name}`: a style or script under its content-hashed name.
pub async fn asset(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let name = request.match_info().get("name").unwrap_or_default();
    let asset = app.pages.asset(name).ok_or(Error::NotFound("no such file"))?;
    Ok(HttpResponse::Ok()
        .content_type(asset.content_type)
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(asset.bytes.clone()))
}
