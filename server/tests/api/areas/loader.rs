//! What every page loads: the loader with its configuration, and the content-hashed files.

use serde_json::{Value, json};

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::shop::{PURPOSES, Shop, notice};

async fn script(shop: &Shop<'_>) -> String {
    let answer = shop.app.get(&format!("/b/{}.js", shop.id)).send().await;
    assert_eq!(answer.status, 200);
    answer.text()
}

/// The configuration inside the loader.
async fn config(shop: &Shop<'_>) -> Value {
    let script = script(shop).await;
    let start = script.find(r#"{"ask""#).expect("the configuration, keys in order");
    let mut values = serde_json::Deserializer::from_str(&script[start..]).into_iter::<Value>();
    values.next().unwrap().unwrap()
}

/// The script that asks, by the name the loader knows, and as the snippet asks for it.
async fn scripts(shop: &Shop<'_>) -> (String, String) {
    let config = config(shop).await;
    let named = format!("/n/{}/fr/{}", shop.notice, config["ask"].as_str().unwrap());
    (named, format!("/b/{}/ask.js", shop.id))
}

/// The script of the preferences, as the one that asks names it.
async fn more(shop: &Shop<'_>) -> String {
    let (ask, _) = scripts(shop).await;
    let text = shop.app.get(&ask).send().await.text();
    let start = text.find("more.").expect("the name of the other script");
    format!("/a/{}", &text[start..start + "more.0123456789abcdef.js".len()])
}

#[tokio::test]
async fn what_asks_carries_the_words_of_its_language() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let (named, current) = scripts(&shop).await;
    let french = app.get(&named).send().await.text();
    for (query, same) in [
        ("", true),
        ("?fr", true),
        ("?fr-CA,en", true),
        ("?ca,fr", true),
        ("?en,fr", false),
        ("?%20,;", true),
    ] {
        let answer = app.get(&format!("{current}{query}")).send().await;
        assert_eq!(answer.status, 200, "{query}");
        assert!(answer.header("etag").is_some() && answer.header("cache-control").is_some());
        assert_eq!(answer.text() == french, same, "{query}: what the loader would load itself");
    }
    let whole = app.get(&format!("/n/{}/fr.json", shop.notice)).send().await.expect(200);
    let start = french.find(r#"{"controller":{"name""#).expect("the words, keys in order");
    let mut values = serde_json::Deserializer::from_str(&french[start..]).into_iter::<Value>();
    let first = values.next().unwrap().unwrap();
    assert_eq!(first["path"], json!(named));
    for (key, text) in first["texts"].as_object().unwrap() {
        assert_eq!(*text, whole["texts"][key], "{key}: the words of the notice");
    }
    assert_eq!(first["purposes"].as_array().unwrap().len(), PURPOSES.len() + 1);
    assert_eq!(first["purposes"][1]["title"], whole["purposes"][1]["title"]);
}

#[tokio::test]
async fn a_site_without_signals_carries_none() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let with = script(&shop).await;
    assert!(with.contains("\"consent\",\"update\""), "the part that tells Google's tags");
    let mut own = notice();
    own["signals"] = json!({});
    shop.publish(own).await;
    let without = script(&shop).await;
    assert!(!without.contains("\"consent\"") && !without.contains("__OUINON"));
    assert!(config(&shop).await.get("signals").is_none());
    assert!(without.len() + 200 < with.len());
}

#[tokio::test]
async fn the_loader_knows_its_site() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let config = config(&shop).await;
    assert_eq!(config["site"], json!(shop.id));
    assert_eq!(config["base"], app.public());
    assert_eq!(config["notice"], shop.notice);
    let mut bases: Vec<_> = config["bases"].as_object().unwrap().keys().collect();
    bases.sort_unstable();
    let mut purposes = PURPOSES;
    purposes.sort_unstable();
    assert_eq!(bases, purposes);
    assert!(config["bases"]["analytics"].as_str().is_some_and(|basis| basis.len() == 22));
    assert_eq!(config["required"], json!(["necessary"]));
    assert_eq!(config["vendors"]["adnet"], json!(["advertising", "retargeting"]));
    assert_eq!(config["languages"], json!({"fr": "fr", "en": "en"}));
    assert!(config.get("labels").is_none(), "what most languages say stands in the loader");
    assert_eq!(config["language"], "fr");
    assert!(config.get("cookie_domain").is_none(), "what a site does not have is not there");
    assert_eq!(config["signals"]["analytics"], json!(["analytics_storage"]));
    assert!(!script(&shop).await.contains("__OUINON_CONFIG__"));
}

#[tokio::test]
async fn what_a_notice_turns_on_is_in_the_loader_and_only_then() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let plain = script(&shop).await;
    assert!(!plain.contains("googletagmanager") && !plain.contains("location.reload"));
    let mut on = notice();
    on["reload_on_withdrawal"] = json!(true);
    on["automatic"] = json!({"hosts": {"stats.example": "analytics", "left.example": null}});
    shop.publish(on).await;
    let script = script(&shop).await;
    assert!(script.contains("location.reload") && !script.contains("crawler"));
    assert!(script.contains("googletagmanager") && script.len() > plain.len());
    let hosts = r#"{"hosts":{"left.example":null,"stats.example":"analytics"},"vendors":{"#;
    assert!(script.find(hosts).unwrap() < script.find(r#"{"ask""#).unwrap(), "before the loader");
    assert!(!script.contains("__OUINON_"));
}

#[tokio::test]
async fn a_notice_says_what_pages_and_robots_are_served() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let usual = config(&shop).await;
    assert!(usual.get("trusted").is_none());
    let mut strict = notice();
    strict["policy"] = json!({"wasm": false, "trusted_types": true});
    strict["hide_from_bots"] = json!(true);
    let id = shop.publish(strict).await;
    let config = config(&shop).await;
    assert_eq!(config["trusted"], json!(true));
    assert_ne!(config["ask"], usual["ask"], "a script without WebAssembly");
    assert!(script(&shop).await.contains("crawler"));
    let name = config["ask"].as_str().unwrap();
    let named = app.get(&format!("/n/{id}/fr/{name}")).send().await;
    let current = app.get(&format!("/b/{}/ask.js", shop.id)).send().await;
    assert_eq!(
        (named.status, named.text()),
        (200, current.text()),
        "what the snippet begins to load is that too"
    );
}

#[tokio::test]
async fn what_moving_in_takes_is_in_the_loader_of_sites_that_move_in() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let plain = script(&shop).await;
    assert!(!plain.contains("CookieConsent") && !plain.contains("optanon-category-"));
    let mut moving = notice();
    moving["import"] = json!({"from": ["onetrust", "cookiebot"]});
    moving["markup"] = json!({"purposes": {"Social": "advertising"}});
    shop.publish(moving).await;
    let script = script(&shop).await;
    assert!(!script.contains("__OUINON_") && !script.contains("cc_cookie"), "of those named only");
    let (marks, core) = (script.find(r#""social":["advertising"]"#), script.find(r#"{"ask""#));
    let (cookiebot, onetrust) = (script.find("CookieConsent"), script.find("OptanonConsent"));
    let order = [marks, cookiebot, onetrust, script.find("\"consent\",\"update\""), core];
    assert!(order.is_sorted() && marks.is_some(), "read before anybody is told: {order:?}");
    assert!(
        script.contains(r#""statistics":["analytics"]"#) && script.contains(r#""grants":false"#)
    );
}

#[tokio::test]
async fn the_loader_says_which_older_consents_still_hold() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let short = |hash: &str| hash["sha256:".len()..][..8].to_owned();
    let mut grown = notice();
    grown["purposes"][2]["data_categories"] = json!(["ip-address", "browser", "pages-seen", "age"]);
    let current = shop.publish(grown).await;
    let after = config(&shop).await;
    assert_eq!(after["notice"], json!(current), "seen by the next request");
    assert_eq!(after["older"][short(&shop.notice)], json!(["analytics"]));
    assert!(after["older"].get(current.short()).is_none());
}

#[tokio::test]
async fn a_loader_in_hand_is_not_sent_again_until_it_changes() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let path = format!("/b/{}.js", shop.id);
    let first = app.get(&path).send().await;
    let cache = "public, max-age=300, stale-while-revalidate=86400";
    assert_eq!(first.header("cache-control"), Some(cache));
    assert_eq!(first.header("access-control-allow-origin"), Some("*"));
    let tag = first.header("etag").unwrap().to_owned();
    for known in [tag.clone(), format!("\"other\", {tag}"), format!("W/{tag}"), "*".into()] {
        let again = app.get(&path).header("If-None-Match", &known).send().await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{known}");
        for header in ["etag", "cache-control", "vary"] {
            assert_eq!(again.header(header), first.header(header), "{known}: {header}");
        }
    }
    let other = app.get(&path).header("If-None-Match", "\"other\"").send().await;
    assert_eq!(other.status, 200);
    let mut changed = notice();
    changed["theme"] = json!({"--accent": "#123456"});
    shop.publish(changed).await;
    let again = app.get(&path).header("If-None-Match", &tag).send().await;
    assert_eq!(again.status, 200);
    assert_ne!(again.header("etag"), Some(tag.as_str()));
}

#[tokio::test]
async fn each_caller_gets_the_best_encoding_it_takes() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let (module, _) = scripts(&shop).await;
    let mut loader = String::new();
    for path in [module, more(&shop).await, format!("/b/{}.js", shop.id)] {
        let plain = app.get(&path).send().await;
        for (accepts, encoding) in [
            ("", None),
            ("gzip", Some("gzip")),
            ("gzip, br", Some("br")),
            ("br;q=0, gzip", Some("gzip")),
            ("zstd", None),
        ] {
            let answer = app.get(&path).header("Accept-Encoding", accepts).send().await;
            assert_eq!(answer.header("content-encoding"), encoding, "{path}: {accepts}");
            assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
            assert!(answer.header("content-type").unwrap().starts_with("text/javascript"));
            assert!(encoding.is_none() || answer.body.len() < plain.body.len());
        }
        loader = plain.text();
    }
    let packed = app.get(&format!("/b/{}.js", shop.id)).header("Accept-Encoding", "gzip");
    let packed = packed.send().await.body;
    let mut unpacked = String::new();
    let mut reader = flate2::read::GzDecoder::new(packed.as_slice());
    std::io::Read::read_to_string(&mut reader, &mut unpacked).unwrap();
    assert_eq!(unpacked, loader);
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    for path in [format!("/b/{}.js", shop.id), "/healthz".into(), shop.path("/place")] {
        let get = app.get(&path).send().await;
        let head = app.call("HEAD", &path).send().await;
        assert_eq!((get.status, head.status), (200, 200), "{path}");
        assert!(head.body.is_empty(), "{path}");
        for header in ["content-type", "content-length", "etag", "cache-control"] {
            assert_eq!(head.header(header), get.header(header), "{path}: {header}");
        }
    }
}

#[tokio::test]
async fn files_are_immutable_and_unknown_ones_are_not_found() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let (ask, _) = scripts(&shop).await;
    let loader = script(&shop).await;
    let held = loader.split('"').find(|name| name.starts_with("held.")).expect("a name");
    for path in [ask, more(&shop).await, format!("/a/{held}")] {
        let answer = app.get(&path).send().await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("content-type").unwrap().starts_with("text/javascript"));
        assert!(answer.header("cache-control").unwrap().contains("immutable"));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.header("x-request-id"), None, "what all share belongs to no request");
        assert!(!answer.text().contains("__OUINON"), "{path}");
    }
    for path in [
        format!("/n/{}/de/{}", shop.notice, config(&shop).await["ask"].as_str().unwrap()),
        format!("/n/{}/fr/ask.0123456789abcdef.js", shop.notice),
        format!("/n/{}/fr/{}", shop.notice, more(&shop).await.rsplit('/').next().unwrap()),
        format!("/n/sha256:{}/fr/ask.js", "0".repeat(64)),
    ] {
        app.get(&path).send().await.problem(404, "not-found");
    }
    for path in ["/a/none.js", "/a/..%2f..%2fetc%2fpasswd", "/b/23456789abcd.js", "/b/x.js"] {
        app.get(path).send().await.problem(404, "not-found");
    }
}

#[tokio::test]
async fn only_whole_languages_are_offered() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let mut own = notice();
    own["languages"] = json!(["fr", "en", "pt-BR", "nb", "pl", "ca"]);
    own["texts"] = json!({"pl": {"control": "Ciasteczka"}, "nb": {"control": "Cookies"}});
    shop.publish(own.clone()).await;
    let offered = config(&shop).await;
    let known = json!({"fr": "fr", "en": "en", "pt-br": "pt-BR", "pt": "pt-BR", "nb": "nb",
        "no": "nb", "nn": "nb", "pl": "pl"});
    assert_eq!(offered["languages"], known, "no words in Catalan");
    assert_eq!(offered["labels"], json!({"pl": "Ciasteczka"}), "a text of the site's own");
    own["purposes"][2]["description"]["fr"] = json!("Compter les visites et les vendre.");
    shop.publish(own).await;
    let offered = config(&shop).await;
    assert_eq!(offered["languages"], json!({"fr": "fr", "en": "en"}), "ours would say less");
}

#[tokio::test]
async fn a_loader_tells_those_its_site_names() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let told = |script: &str| {
        let all = ["wait_for_update", "uetq", "consentv2", "fbq", "ouinon_allowed"];
        all.map(|name| script.contains(name))
    };
    assert_eq!(told(&script(&shop).await), [true, false, false, false, true]);
    assert!(config(&shop).await.get("tools").is_none(), "nothing but the mapping is said");
    let mut own = notice();
    own["signals"] = json!({
        "purposes": {"analytics": ["analytics_storage"]},
        "google": {"url_passthrough": true, "wait_for_update": 900},
        "meta": {"vendor": "adnet"}, "clarity": {}, "data_layer": false
    });
    shop.publish(own.clone()).await;
    assert_eq!(told(&script(&shop).await), [true, false, true, true, false]);
    let config = config(&shop).await;
    assert_eq!(config["signals"], json!({"analytics": ["analytics_storage"]}));
    let tools =
        json!({"google": {"set": ["url_passthrough"], "wait": 900}, "meta": {"vendor": "adnet"}});
    assert_eq!(config["tools"], tools);
    own["signals"] = json!({"purposes": {}, "data_layer": false});
    shop.publish(own).await;
    assert_eq!(told(&script(&shop).await), [false; 5], "who tells nobody loads none of it");
    assert!(!script(&shop).await.contains("__OUINON_PARTS__"));
}
