//! Who calls, as far as a record may know: the place of the cut address, a class of device, a
//! robot's own word, the signals of the browser.

use crate::app::App;
use crate::consent::body::Circumstances;
use crate::geo::ClientAddress;
use actix_web::HttpRequest;
use actix_web::http::header;
use ouinon_domain::regime::{Place, Regime};
use std::net::{IpAddr, Ipv4Addr};

/// The caller's address, through trusted proxies only.
pub fn address(app: &App, request: &HttpRequest) -> ClientAddress {
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |addr| addr.ip());
    let forwarded: Vec<&str> = request
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .collect();
    ClientAddress::resolve(peer, forwarded.into_iter(), &app.config.trusted_proxies)
}

/// Whether a proxy that we trust passed it on.
pub fn behind_proxy(app: &App, request: &HttpRequest) -> bool {
    request.peer_addr().is_some_and(|peer| app.config.trusted_proxies.contains(peer.ip()))
}

/// Where the caller is and which rules hold there today.
pub fn place(app: &App, request: &HttpRequest) -> (Place, Regime) {
    let place = app.geo.place(address(app, request).network());
    let regime = app.regimes.resolve(&place, app.clock.now());
    (place, regime)
}

/// All a record keeps of the request around a choice.
pub fn circumstances(app: &App, request: &HttpRequest) -> Circumstances {
    let (place, regime) = place(app, request);
    let agent = user_agent(request);
    Circumstances { place, regime, device: device(agent), bot: is_bot(agent), gpc: gpc(request) }
}

/// `Sec-GPC` counts only when its value is exactly `1`.
fn gpc(request: &HttpRequest) -> bool {
    let mut values = request.headers().get_all("sec-gpc");
    values.next().is_some_and(|value| value == "1") && values.next().is_none()
}

/// The caller's own name for itself, never stored.
pub fn user_agent(request: &HttpRequest) -> &str {
    let value = request.headers().get(header::USER_AGENT);
    value.and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// `desktop`, `mobile`, `tablet` or `other`: all that is kept of a user agent.
pub fn device(agent: &str) -> &'static str {
    let has = |word: &str| agent.contains(word);
    if has("iPad") || has("Tablet") || (has("Android") && !has("Mobile")) {
        "tablet"
    } else if has("Mobi") || has("iPhone") {
        "mobile"
    } else if has("Windows") || has("Macintosh") || has("X11") || has("CrOS") {
        "desktop"
    } else {
        "other"
    }
}

/// Whether the client says it is a robot; its answers stay out of rates.
pub fn is_bot(agent: &str) -> bool {
    const WORDS: [&str; 6] =
        ["bot", "crawler", "spider", "slurp", "facebookexternalhit", "preview"];
    let agent = agent.to_ascii_lowercase();
    WORDS.iter().any(|word| agent.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_told_apart_roughly() {
        assert_eq!(
            device("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E"),
            "mobile"
        );
        assert_eq!(
            device("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/1 Mobile Safari"),
            "mobile"
        );
        assert_eq!(device("Mozilla/5.0 (Linux; Android 15; SM-X710) Chrome/1 Safari"), "tablet");
        assert_eq!(device("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/1"), "desktop");
        assert_eq!(device("curl/8"), "other");
        assert!(is_bot("Mozilla/5.0 (compatible; Googlebot/2.1)") && !is_bot("Mozilla/5.0"));
    }
}
