//! The stand-ins for third parties: tiny scripts and pictures that count their own requests.
//!
//! They do what such tools do (a cookie, a beacon), and send nothing off this machine.

use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::counters::{Counters, Standin};

/// One transparent dot.
const DOT: &[u8] =
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\
\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// Every address of the stand-ins' origin; each request counts.
pub fn routes(app: &mut web::ServiceConfig) {
    app.route("/analytics/tool.js", web::get().to(analytics_tool))
        .route("/analytics/hit", web::get().to(analytics_hit))
        .route("/pixel/pixel.js", web::get().to(pixel_script))
        .route("/pixel/dot.gif", web::get().to(pixel_dot))
        .route("/retargeting/tag.js", web::get().to(retargeting_tag))
        .route("/video/player", web::get().to(video_player))
        .route("/embeds/{kind}.{ending}", web::route().to(embed));
}

async fn analytics_tool(counters: web::Data<Counters>) -> HttpResponse {
    counters.add(Standin::Analytics);
    script(include_str!("../standins/analytics.js"))
}

async fn analytics_hit(counters: web::Data<Counters>) -> HttpResponse {
    counters.add(Standin::Analytics);
    dot()
}

async fn pixel_script(counters: web::Data<Counters>) -> HttpResponse {
    counters.add(Standin::Pixel);
    script(include_str!("../standins/pixel.js"))
}

async fn pixel_dot(counters: web::Data<Counters>) -> HttpResponse {
    counters.add(Standin::Pixel);
    dot()
}

async fn retargeting_tag(counters: web::Data<Counters>) -> HttpResponse {
    counters.add(Standin::Retargeting);
    script(include_str!("../standins/retargeting.js"))
}

async fn video_player(counters: web::Data<Counters>) -> HttpResponse {
    counters.add(Standin::Video);
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(include_str!("../standins/player.html"))
}

/// An embed of any kind: its address says which, and what it is answered with.
async fn embed(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    counters: web::Data<Counters>,
) -> HttpResponse {
    counters.add(Standin::Embeds);
    let (kind, ending) = path.into_inner();
    match ending.as_str() {
        "js" => {
            let own = format!("http://{}/embeds/{kind}", request.connection_info().host());
            script(include_str!("../standins/embed.js").replace("{{own}}", &own))
        }
        "html" => HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(include_str!("../standins/player.html")),
        _ => dot(),
    }
}

fn script(text: impl Into<String>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .body(text.into())
}

fn dot() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("image/gif")
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(DOT)
}
