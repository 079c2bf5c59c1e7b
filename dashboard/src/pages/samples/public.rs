//! Samples of the pages everyone may see.

use serde_json::json;

use super::super::{
    ApiDocs, Choice, ErrorPage, NoticeCookie, NoticePage, NoticePurpose, NoticeVendor, PROBLEMS,
    Preferences, Problem,
};
use super::{Gallery, HOSTILE, LONG, ago, hash};

pub(super) fn add(gallery: &mut Gallery<'_>) {
    preferences(gallery);
    for (name, text) in [("typical", "Atelier Lumière SAS"), ("hostile", HOSTILE), ("long", LONG)]
    {
        let page = notice(text);
        gallery.add("/notices/x", name, false, &page);
    }
    for slug in PROBLEMS {
        gallery.add(&format!("/problems/{slug}"), slug, false, &Problem::of(slug).unwrap());
    }
    assert!(Problem::of(HOSTILE).is_none());
    for status in [403, 404, 418, 429, 500, 503] {
        gallery.add("/nothing/here", &status.to_string(), false, &ErrorPage::new(status));
    }
    docs(gallery);
}

fn preferences(gallery: &mut Gallery<'_>) {
    let page = |controller: &str, return_url: Option<&str>| Preferences {
        site_id: "kq3v9xw2".to_owned(),
        controller: controller.to_owned(),
        return_url: return_url.map(str::to_owned),
        notice: return_url.map(|_| hash('a')),
    };
    let path = "/preferences/kq3v9xw2";
    let back = Some("https://shop.example/lampes");
    gallery.add(path, "typical", false, &page("Atelier Lumière SAS", back));
    gallery.add(path, "stranger", false, &page(LONG, None));
    gallery.add(path, "hostile", false, &page(HOSTILE, Some("javascript:alert(1)")));
}

fn notice(text: &str) -> NoticePage {
    let own = |typical: &str| if text.starts_with("Atelier") { typical } else { text }.to_owned();
    let purpose = |key: &str, title: &str, required| NoticePurpose {
        key: key.to_owned(),
        title: own(title),
        description: own("Nous comptons les visites et les pages vues pour améliorer la boutique."),
        required,
        legal_basis: if required { "legitimate-interest" } else { "consent" }.to_owned(),
        data_categories: vec![own("pages vues"), own("appareil")],
        retention: own("25 mois"),
        vendors: if required { Vec::new() } else { vec![own("Matomo")] },
    };
    let vendor = |name: &str, country: Option<&str>, policy: &str| NoticeVendor {
        key: "matomo".to_owned(),
        name: own(name),
        purposes: vec![own("Mesure d’audience")],
        country: country.map(str::to_owned),
        safeguard: country
            .filter(|code| *code == "US")
            .map(|_| own("Clauses contractuelles types")),
        policy_url: Some(policy.to_owned()),
    };
    let named = |value: &str, label: &str| Choice { value: value.to_owned(), label: own(label) };
    NoticePage {
        hash: hash('a'),
        published_at: Some(ago(400)),
        current: text != LONG,
        shown_language: "fr".to_owned(),
        other_languages: vec![Choice { value: "/notices/x?words=en".into(), label: "en".into() }],
        controller: own("Atelier Lumière SAS"),
        contact: own("vie-privee@atelier.example"),
        address: Some(own("12 rue des Lampes, 69001 Lyon")),
        dpo: Some(own("dpo@atelier.example")),
        privacy_url: Some(
            if text == HOSTILE {
                "javascript:alert(1)"
            } else {
                "https://atelier.example/vie-privee"
            }
            .to_owned(),
        ),
        purposes: vec![
            purpose("necessary", "Nécessaire", true),
            purpose("analytics", "Mesure d’audience", false),
            purpose("retargeting", "Reciblage publicitaire", false),
        ],
        vendors: vec![
            vendor("Matomo", Some("FR"), "https://matomo.example/privacy"),
            vendor("AdCo", Some("US"), "javascript:alert(1)"),
            vendor("Sonda", None, "https://sonda.example"),
        ],
        cookies: vec![
            NoticeCookie {
                name: own("_pk_id*"),
                purpose: own("Mesure d’audience"),
                duration: own("13 mois"),
                party: "first".into(),
            },
            NoticeCookie {
                name: own("adco"),
                purpose: own("Publicité"),
                duration: own("6 mois"),
                party: "third".into(),
            },
        ],
        expires_after_days: 180,
        rights: if text == LONG {
            Vec::new()
        } else {
            vec![own("Vous pouvez demander l’accès à vos données.")]
        },
        texts: vec![
            named("banner.title", "À vous de choisir"),
            named("banner.accept", "Tout accepter"),
        ],
    }
}

fn docs(gallery: &mut Gallery<'_>) {
    let document = |text: &str| {
        json!({
            "info": {"title": text, "version": "1", "description": text},
            "tags": [{"name": "Visitors", "description": text}, {"name": "Unused"}],
            "components": {"parameters": {"site": {"name": "site", "in": "path", "required": true,
                "description": text, "schema": {"type": "string"}}}},
            "paths": {
                "/v1/sites/{site}/consents": {
                    "get": {"tags": ["Visitors"], "summary": text, "security": [{"key": ["consents:read"]}],
                        "parameters": [{"$ref": "#/components/parameters/site"}, {"name": "after", "in": "query",
                            "schema": {"type": ["string", "null"], "format": "uuid"}},
                            {"name": "by", "in": "query", "schema": {"enum": ["purpose", "country"]}}],
                        "responses": {"200": {"description": "A page of records."}, "401": {"description": text}}},
                    "post": {"tags": ["Visitors"], "summary": "Records a choice", "description": "First: `503` or `<b>`.\n\nSecond.",
                        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Choice"}}}},
                        "responses": {"201": {"description": "Recorded."}}}},
                "/healthz": {"get": {"responses": {"200": {"description": "Alive."}}}}
            }
        })
    };
    gallery.add("/docs", "typical", false, &ApiDocs::from_openapi(&document("Ouinon")));
    gallery.add("/docs", "hostile", false, &ApiDocs::from_openapi(&document(HOSTILE)));
    gallery.add("/docs", "empty", false, &ApiDocs::from_openapi(&json!([])));
}
