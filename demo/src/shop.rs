//! The shop's addresses: pages in two languages, its own files, and the counts of the panel.

use actix_web::http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::RustEmbed;

use crate::counters::Counters;
use crate::pages::Pages;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Assets;

/// Every address of the shop's origin.
pub fn routes(app: &mut web::ServiceConfig) {
    app.route("/", web::get().to(entrance))
        .route("/healthz", web::get().to(HttpResponse::Ok))
        .route("/assets/{file}", web::get().to(asset))
        .route("/standins/counts", web::get().to(counts))
        .route("/standins/reset", web::post().to(reset))
        .route("/{language:fr|en}", web::get().to(to_first_page))
        .route("/{language:fr|en}/", web::get().to(first_page))
        .route("/{language:fr|en}/{page}", web::get().to(page));
}

/// The visitor's language decides: French where it is asked for before English.
async fn entrance(request: HttpRequest) -> HttpResponse {
    let asked = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let french = asked.is_some_and(|list| {
        let first = list.split(',').find(|tag| tag.starts_with("fr") || tag.starts_with("en"));
        first.is_some_and(|tag| tag.starts_with("fr"))
    });
    redirect(if french { "/fr/" } else { "/en/" })
}

async fn to_first_page(language: web::Path<String>) -> HttpResponse {
    redirect(&format!("/{language}/"))
}

async fn first_page(language: web::Path<String>, pages: web::Data<Pages>) -> HttpResponse {
    answer(pages.get(&language, "index"))
}

async fn page(path: web::Path<(String, String)>, pages: web::Data<Pages>) -> HttpResponse {
    answer(pages.get(&path.0, &path.1))
}

async fn asset(file: web::Path<String>) -> HttpResponse {
    let kind = match file.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        _ => "image/svg+xml",
    };
    match Assets::get(&file) {
        Some(found) => HttpResponse::Ok()
            .content_type(kind)
            .insert_header((CACHE_CONTROL, "max-age=60"))
            .body(found.data),
        None => HttpResponse::NotFound().finish(),
    }
}

async fn counts(counters: web::Data<Counters>) -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(counters.read())
}

async fn reset(counters: web::Data<Counters>) -> HttpResponse {
    counters.reset();
    HttpResponse::NoContent().finish()
}

fn redirect(to: &str) -> HttpResponse {
    HttpResponse::Found().insert_header((LOCATION, to)).finish()
}

fn answer(html: Option<&str>) -> HttpResponse {
    match html {
        Some(html) => HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((CACHE_CONTROL, "no-cache"))
            .body(html.to_owned()),
        None => HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body("404"),
    }
}
