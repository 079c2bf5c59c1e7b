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
    let start = script.find(r#"{"assets""#).expect("the configuration, keys in order");
    let mut values = serde_json::Deserializer::from_str(&script[start..]).into_iter::<Value>();
    values.next().unwrap().unwrap()
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
    assert_eq!((&config["language"], &config["expires_after_days"]), (&json!("fr"), &json!(180)));
    assert_eq!(config["signals"]["analytics"], json!(["analytics_storage"]));
    assert!(!script(&shop).await.contains("__OUINON_CONFIG__"));
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
    let assets = config(&shop).await["assets"].clone();
    let module = format!("/a/{}", assets["js"].as_str().unwrap());
    let mut loader = String::new();
    for path in [module, format!("/b/{}.js", shop.id)] {
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
    let assets = config(&shop).await["assets"].clone();
    for (name, kind) in [("js", "text/javascript"), ("wasm", "application/wasm")] {
        let answer = app.get(&format!("/a/{}", assets[name].as_str().unwrap())).send().await;
        assert_eq!(answer.status, 200);
        assert!(answer.header("content-type").unwrap().starts_with(kind));
        assert!(answer.header("cache-control").unwrap().contains("immutable"));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
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
