//! `/dashboard/sites/{site}/install`: what to paste, and whether it works.

use super::session::Area;
use super::{enter, recipes};
use crate::app::App;
use crate::error::Error;
use crate::http::{html, loader};
use crate::storage::counters;
use crate::storage::records::{self, Filter};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ouinon_dashboard::pages::Install;
use ouinon_domain::canonical::sha256;
use ouinon_domain::time::HOUR;
use ouinon_domain::time::Timestamp;
use std::sync::Arc;

/// The page.
pub async fn show(app: web::Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Error> {
    let (session, site) = enter(&app, &request, Area::Figures).await?;
    let (base, id, db) = (app.public.as_str(), &site.id, &app.storage.db());
    let shown = counters::last_shown(db, id).await?;
    let last = records::list(db, id, &Filter::default(), None, 1).await?;
    let page = Install {
        site: super::site_ref(&site),
        origins: site.origins.iter().map(|origin| origin.as_str().to_owned()).collect(),
        snippet: loader::snippet(&app, &site),
        tag: format!("<script async src=\"{base}/b/{id}.js\"></script>"),
        csp: csp(&app),
        preferences_link: format!(
            "<a href=\"{base}/preferences/{id}\" data-ouinon=\"open\">Cookies</a>"
        ),
        gated_example: "<script type=\"text/plain\" data-purpose=\"analytics\" \
                        data-vendor=\"matomo\" src=\"…\"></script>\n\
                        <iframe data-purpose=\"advertising\" data-src=\"…\"></iframe>"
            .to_owned(),
        recipes: recipes::all(base, id.as_str()),
        last_shown: shown.map(|hour| Timestamp(hour * HOUR).datetime()),
        last_choice: last.first().map(|stored| stored.record.given_at.datetime()),
    };
    html::private(&app, &request, &session, &page)
}

/// What a strict content policy must allow: our origin, WebAssembly, and the inline part by its
/// hash, which never changes.
fn csp(app: &App) -> String {
    let origin = app.public.origin();
    let hash = STANDARD.encode(sha256(app.built.inline.trim_end().as_bytes()));
    format!("script-src {origin} 'wasm-unsafe-eval' 'sha256-{hash}'; connect-src {origin}")
}
