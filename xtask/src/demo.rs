//! `cargo xtask demo`: the whole product and a shop to try it on, in two local servers.
//!
//! The data folder is kept between runs; what was set up in it is remembered in `demo.json`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

use clap::Args;

use crate::service::{Service, must_be_free};
use crate::step::{Outcome, say};
use crate::{build, setup};

/// Where the demo listens and keeps its data.
#[derive(Args)]
pub struct Options {
    /// Port of Ouinon
    #[arg(long, env = "OUINON_DEMO_PORT", default_value_t = 8080)]
    port: u16,
    /// Port of the shop; the stand-ins for third parties take the next one
    #[arg(long, env = "OUINON_DEMO_SHOP_PORT", default_value_t = 8090)]
    shop_port: u16,
    /// Folder of the SQLite file and the signing key (kept between runs)
    #[arg(long, env = "OUINON_DEMO_DATA", default_value = "data/demo")]
    data: PathBuf,
}

/// Builds, sets up what is not set up yet, serves until told to stop.
pub fn run(root: &Path, options: &Options) -> Outcome {
    let ouinon = loopback(options.port);
    let shop = loopback(options.shop_port);
    let standins = loopback(options.shop_port.checked_add(1).ok_or("--shop-port is too high.")?);
    must_be_free(ouinon, "--port")?;
    must_be_free(shop, "--shop-port")?;
    must_be_free(standins, "--shop-port")?;
    build::all(root)?;

    // Until here Ctrl-C simply ends the build; from here there is something to stop in order.
    let (asked, stop) = mpsc::channel();
    ctrlc::set_handler(move || {
        let _ = asked.send(());
    })?;
    let place =
        setup::Place { root: root.to_owned(), data: root.join(&options.data), ouinon, shop };
    let ready = place.prepare()?;
    let mut serve = place.ouinon();
    // What a visitor of the demo wants to read is the list of addresses.
    if std::env::var_os("OUINON_LOG").is_none() {
        serve.env("OUINON_LOG", "warn");
    }
    let mut server = Service::start("Ouinon", serve.arg("serve"))?;
    server.ready(ouinon, "/readyz")?;
    let mut pages = Service::start("the shop", &mut shop_command(root, &place, &ready, standins))?;
    pages.ready(shop, "/healthz")?;
    welcome(&place, &ready);

    while stop.recv_timeout(Duration::from_millis(250)).is_err() {
        if let Some(status) = server.ended()? {
            return Err(format!("Ouinon stopped by itself ({status}).").into());
        }
        if let Some(status) = pages.ended()? {
            return Err(format!("The shop stopped by itself ({status}).").into());
        }
    }
    say("\nStopping.");
    pages.stop()?;
    server.stop()
}

fn shop_command(
    root: &Path,
    place: &setup::Place,
    ready: &setup::Ready,
    standins: SocketAddr,
) -> Command {
    let mut command = Command::new(root.join("target/release/ouinon-demo"));
    command
        .args(["--bind", &place.shop.to_string(), "--standins", &standins.to_string()])
        .args(["--ouinon", &place.public_url(), "--site", &ready.site])
        .args(["--snippet", &ready.snippet]);
    command
}

fn welcome(place: &setup::Place, ready: &setup::Ready) {
    let (public, site, key) = (place.public_url(), &ready.site, &ready.key);
    say(&format!(
        "
  The shop      http://{shop}/
  Preferences   {public}/preferences/{site}
  Dashboard     {public}/dashboard
                {email}  {password}
  API           {public}/docs
                key {key}

  Choose something in the shop, then ask whether that visitor may be retargeted
  (the visitor's id is the second part of the cookie `ouinon`):

  curl -H 'Authorization: Bearer {key}' \\
    '{public}/v1/sites/{site}/decision?purpose=retargeting&visitor=VISITOR'

  Data in {data}. Ctrl-C stops both servers.
",
        shop = place.shop,
        email = setup::EMAIL,
        password = ready.password,
        data = place.data.display(),
    ));
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
