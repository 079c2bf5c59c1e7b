//! What every page loads: the loader with its configuration, and the content-hashed files.

use serde_json::{Value, json};
use std::collections::BTreeMap;

use super::BACKEND;
use crate::support::app::TestApp;
use crate::support::shop::{PURPOSES, Shop, notice};

async fn script(shop: &Shop<'_>) -> String {
    let answer = shop.app.get(&format!("/b/{}.js", shop.id)).send().await;
    assert_eq!(answer.status, 200);
    answer.text()
}

/// The configuration inside the loader, by the names the sources have, and each as it is written.
async fn config(shop: &Shop<'_>) -> BTreeMap<String, String> {
    read_config(&script(shop).await)
}

fn read_config(script: &str) -> BTreeMap<String, String> {
    let manifest = include_str!("../../../../banner-wasm/dist/manifest.json");
    let manifest: Value = serde_json::from_str(manifest).unwrap();
    let short = manifest["short"].as_object().unwrap();
    let start = script.rfind(&format!("({{{}:\"", short["home"].as_str().unwrap()));
    let mut rest = &script[start.expect("the configuration, the address first") + 2..];
    let mut found = BTreeMap::new();
    while let Some((key, value)) = rest.split_once(':').filter(|(key, _)| key.len() == 1) {
        let (name, _) = short.iter().find(|(_, short)| **short == *key).expect("a name");
        // All are JSON but the function that stands for the signals.
        let end = if name == "signals" {
            value.find("})").unwrap() + 2
        } else {
            let mut values = serde_json::Deserializer::from_str(value).into_iter::<Value>();
            values.next().unwrap().unwrap();
            values.byte_offset()
        };
        found.insert(name.clone(), value[..end].to_owned());
        rest = value[end..].trim_start_matches(',');
    }
    found
}

/// The script that asks, by the name the loader knows, and as the snippet asks for it.
async fn scripts(shop: &Shop<'_>) -> (String, String) {
    let config = config(shop).await;
    let home: String = serde_json::from_str(&config["home"]).unwrap();
    let path = home.strip_prefix(&shop.app.public()).unwrap();
    (format!("{path}/ask.js"), format!("/b/{}/ask.js", shop.id))
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
        let text = answer.text();
        assert_eq!(text == french, same, "{query}: what the loader would load itself");
        assert_eq!(app.get(&format!("{named}{query}")).send().await.text(), text, "{query}");
    }
    let beside = named.replace("ask.js", "preferences");
    let way = app.get(&beside).send().await;
    let page = format!("../../../preferences/{}", shop.id);
    assert_eq!((way.status, way.header("location")), (307, Some(page.as_str())));
    let whole = app.get(&format!("/n/{}/fr.json", shop.notice)).send().await.expect(200);
    let start = french.find(r#"{"controller":{"name""#).expect("the words, keys in order");
    let mut values = serde_json::Deserializer::from_str(&french[start..]).into_iter::<Value>();
    let first = values.next().unwrap().unwrap();
    let home = format!("{}{}", app.public(), named.strip_suffix("/ask.js").unwrap());
    assert_eq!(first["path"], json!(home));
    let about = json!({"base": app.public(), "site": shop.id, "notice": shop.notice,
        "language": "fr"});
    assert_eq!(first["of"], about);
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
    assert!(!config(&shop).await.contains_key("signals"));
    assert!(without.len() + 200 < with.len());
    let (_, ask) = scripts(&shop).await;
    assert!(!app.get(&ask).send().await.text().contains("\"update\""), "nor of the place");
}

#[tokio::test]
async fn the_loader_knows_its_site() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let config = config(&shop).await;
    let home: String = serde_json::from_str(&config["home"]).unwrap();
    let short = &shop.notice["sha256:".len()..][..8];
    let start = format!("{}/b/{}/{short}.", app.public(), shop.id);
    assert_eq!(home.strip_prefix(&start).map(str::len), Some(8), "site, notice and build: {home}");
    let mut asked: Vec<String> = serde_json::from_str(&config["asked"]).unwrap();
    asked.sort_unstable();
    let mut purposes = PURPOSES;
    purposes.sort_unstable();
    assert_eq!(asked, purposes);
    assert_eq!(config["fixed"], r#"["necessary"]"#);
    let vendors: Value = serde_json::from_str(&config["disclosed"]).unwrap();
    assert_eq!(vendors["adnet"], json!(["advertising", "retargeting"]));
    assert!(config["signals"].contains(r#"analytics_storage:a("analytics")"#));
    assert!(!config.contains_key("hosted"), "what a site does not have is not there");
    let plain = script(&shop).await;
    assert!(plain.contains(r#""Cookies""#) && !plain.contains("__OUINON"));
    let hosted = app.get(&format!("/b/{}.js?hosted", shop.id)).send().await.text();
    assert_eq!(read_config(&hosted)["hosted"], "1");
}

#[tokio::test]
async fn what_a_notice_turns_on_is_in_the_loader_and_only_then() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let plain = script(&shop).await;
    for absent in ["googletagmanager", "sessionStorage", "location.reload"] {
        assert!(!plain.contains(absent), "{absent}");
    }
    let mut on = notice();
    on["reload_on_withdrawal"] = json!(true);
    on["automatic"] = json!({"hosts": {"stats.example": "analytics", "left.example": null}});
    on["cookies"] = json!([{"name": "_pk_*", "purpose": "analytics"}]);
    shop.publish(on).await;
    let script = script(&shop).await;
    assert!(script.contains("location.reload") && !script.contains("crawler"));
    assert!(script.contains("googletagmanager") && script.len() > plain.len());
    assert!(script.contains("sessionStorage"), "what looks for cookies to remove");
    let hosts = r#"{"hosts":{"left.example":null,"stats.example":"analytics"},"vendors":{"#;
    assert!(
        script.find(hosts).unwrap() < script.find("adoptedStyleSheets").unwrap(),
        "before the core"
    );
    assert!(!script.contains("__OUINON_"));
}

#[tokio::test]
async fn a_notice_says_what_pages_and_robots_are_served() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let usual = config(&shop).await;
    assert!(!usual.contains_key("strict"));
    let mut strict = notice();
    strict["policy"] = json!({"wasm": false, "trusted_types": true});
    strict["hide_from_bots"] = json!(true);
    shop.publish(strict).await;
    let config = config(&shop).await;
    assert_eq!(config["strict"], "1");
    let build = |home: &str| home.rsplit('.').next().unwrap().to_owned();
    assert_ne!(build(&config["home"]), build(&usual["home"]), "a script without WebAssembly");
    assert!(script(&shop).await.contains("crawler"));
    let (named, current) = scripts(&shop).await;
    let (named, current) = (app.get(&named).send().await, app.get(&current).send().await);
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
    let (marks, core) =
        (script.find(r#""social":["advertising"]"#), script.find("adoptedStyleSheets"));
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
    assert!(after["home"].contains(&current.short()), "seen by the next request");
    let older: Value = serde_json::from_str(&after["older"]).unwrap();
    assert_eq!(older[short(&shop.notice)], json!(["analytics"]));
    assert!(older.get(current.short()).is_none());
}

#[tokio::test]
async fn a_loader_in_hand_is_not_sent_again_until_it_changes() {
    let app = TestApp::start(BACKEND).await;
    let shop = app.shop().await;
    let path = format!("/b/{}.js", shop.id);
    let first = app.get(&path).send().await;
    let cache = "max-age=300, stale-while-revalidate=86400";
    assert_eq!(first.header("cache-control"), Some(cache));
    for header in ["access-control-allow-origin", "x-request-id"] {
        assert_eq!(first.header(header), None, "every page pays for it: {header}");
    }
    let crossorigin = app.get(&path).origin("https://shop.example").send().await;
    assert_eq!(crossorigin.header("access-control-allow-origin"), Some("*"));
    assert_eq!(crossorigin.header("vary"), first.header("vary"));
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
            assert!(answer.header("vary").unwrap().starts_with("Accept-Encoding"));
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
    let text = app.get(&ask).send().await.text();
    let held = text.find("held.").map(|at| &text[at..at + "held.0123456789abcdef.js".len()]);
    for path in [ask.clone(), more(&shop).await, format!("/a/{}", held.expect("a name"))] {
        let answer = app.get(&path).send().await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("content-type").unwrap().starts_with("text/javascript"));
        assert!(answer.header("cache-control").unwrap().contains("immutable"));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.header("x-request-id"), None, "what all share belongs to no request");
        assert!(!answer.text().contains("__OUINON"), "{path}");
    }
    let version = ask.split('/').nth(3).unwrap();
    let (short, build) = version.split_once('.').unwrap();
    for wrong in [format!("{short}.01234567"), format!("01234567.{build}"), short.into()] {
        app.get(&ask.replace(version, &wrong)).send().await.problem(404, "not-found");
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
    let (_, ask) = scripts(&shop).await;
    let asked = async |languages: &str| {
        let text = app.get(&format!("{ask}?{languages}")).send().await.text();
        let start = text.find(r#""language":""#).expect("the language") + 12;
        text[start..].split('"').next().unwrap().to_owned()
    };
    for (languages, expected) in [
        ("fr", "fr"),
        ("en", "en"),
        ("pt", "pt-BR"),
        ("PT-PT", "pt-BR"),
        ("nn,en", "nb"),
        ("pl", "pl"),
    ] {
        assert_eq!(asked(languages).await, expected, "{languages}");
    }
    assert_eq!(asked("ca,en").await, "en", "no words in Catalan");
    let label = script(&shop).await;
    assert!(label.contains(r#""pl":"Ciasteczka""#), "a text of the site's own");
    own["purposes"][2]["description"]["fr"] = json!("Compter les visites et les vendre.");
    shop.publish(own).await;
    assert_eq!(asked("pl,en").await, "en", "ours would say less");
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
    let plain = script(&shop).await;
    assert!(plain.contains("wait_for_update:500") && !plain.contains(r#"vendors[""#));
    let mut own = notice();
    own["signals"] = json!({
        "purposes": {"analytics": ["analytics_storage"]},
        "google": {"url_passthrough": true, "wait_for_update": 900},
        "meta": {"vendor": "adnet"}, "clarity": {}, "data_layer": false
    });
    shop.publish(own.clone()).await;
    assert_eq!(told(&script(&shop).await), [true, false, true, true, false]);
    assert_eq!(config(&shop).await["signals"], r#"a=>({analytics_storage:a("analytics")})"#);
    let full = script(&shop).await;
    for said in ["wait_for_update:900", r#"["url_passthrough"]"#, r#"vendors["adnet"]"#] {
        assert_eq!(full.matches(said).count(), 1, "{said}");
    }
    assert!(!full.contains("__OUINON_"));
    own["signals"] = json!({"purposes": {}, "data_layer": false});
    shop.publish(own).await;
    assert_eq!(told(&script(&shop).await), [false; 5], "who tells nobody loads none of it");
    assert!(!script(&shop).await.contains("__OUINON_PARTS__"));
}
