//! The demo shop: a small static website with Ouinon's real snippet, and local stand-ins for the
//! third parties a shop would have.
//!
//! Knows Ouinon only as any website does: by the tag in its pages.

mod counters;
mod pages;
mod shop;
mod standins;

use std::net::SocketAddr;

use actix_web::{App, HttpServer, web};
use clap::Parser;

use counters::Counters;
use pages::{Pages, Setting};

/// Serves the shop and its stand-ins until told to stop.
#[derive(Parser)]
struct Cli {
    /// Where the shop listens
    #[arg(long, default_value = "127.0.0.1:8090")]
    bind: SocketAddr,
    /// Where the stand-ins for third parties listen: another origin
    #[arg(long, default_value = "127.0.0.1:8091")]
    standins: SocketAddr,
    /// Public address of Ouinon
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    ouinon: String,
    /// The shop's site id
    #[arg(long)]
    site: String,
    /// The tag for every page, as `ouinon site create` printed it
    #[arg(long)]
    snippet: String,
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let cli = Cli::parse();
    let counters = web::Data::new(Counters::default());
    let pages = web::Data::new(Pages::assemble(&Setting {
        snippet: cli.snippet,
        preferences: format!("{}/preferences/{}", cli.ouinon, cli.site),
        standins: format!("http://{}", cli.standins),
    }));
    let counted = counters.clone();
    let shop = HttpServer::new(move || {
        App::new().app_data(pages.clone()).app_data(counters.clone()).configure(shop::routes)
    })
    .workers(1)
    .bind(cli.bind)?
    .run();
    let standins =
        HttpServer::new(move || App::new().app_data(counted.clone()).configure(standins::routes))
            .workers(1)
            .bind(cli.standins)?
            .run();
    both(shop, standins).await
}

/// Both servers stop on the same signal; the first error counts.
async fn both(
    shop: actix_web::dev::Server,
    standins: actix_web::dev::Server,
) -> std::io::Result<()> {
    let other = actix_web::rt::spawn(standins);
    shop.await?;
    other.await.map_err(std::io::Error::other)?
}
