//! Samples of every page, and the one test that renders all of them in all languages.

mod app;
mod figures;
mod public;

use chrono::{DateTime, TimeDelta, Utc};

use super::{SiteRef, samples};
use crate::{Chrome, Lang, Page, Renderer, Role, SignedIn};

/// What a hostile site owner or visitor would write into every field they can.
pub(super) const HOSTILE: &str =
    "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}";
/// A word that no line holds.
pub(super) const LONG: &str = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamten\
                               gesellschaftsvorsitzendenstellvertreterin";

/// A moment `hours` before the samples' now.
pub(super) fn ago(hours: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_170_000, 0).unwrap() - TimeDelta::hours(hours)
}

pub(super) fn site(name: &str) -> SiteRef {
    SiteRef { id: "kq3v9xw2".to_owned(), name: name.to_owned(), enabled: name != LONG }
}

pub(super) fn hash(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

/// Renders samples of one page into named documents.
pub(super) struct Gallery<'a> {
    renderer: &'a Renderer,
    lang: Lang,
    pages: Vec<(String, String)>,
}

impl Gallery<'_> {
    pub(super) fn add<P: Page>(&mut self, path: &str, name: &str, signed_in: bool, page: &P) {
        let user = signed_in
            .then(|| SignedIn { email: "marie@example.org".to_owned(), role: Role::Admin });
        let chrome = Chrome {
            lang: self.lang,
            path: path.to_owned(),
            query: "period=7d&x=%22%3E%3Cscript%3E".to_owned(),
            user,
            csrf: "token-of-the-form".to_owned(),
            request_id: "0197-request".to_owned(),
        };
        let html = self
            .renderer
            .render(page, &chrome)
            .unwrap_or_else(|error| panic!("{} {name}: {error:?}", P::TEMPLATE));
        let file = P::TEMPLATE.trim_start_matches("pages/").trim_end_matches(".html");
        self.pages.push((format!("{file}-{name}-{}", self.lang.code()), html));
    }
}

fn gallery(renderer: &Renderer, lang: Lang) -> Vec<(String, String)> {
    let mut gallery = Gallery { renderer, lang, pages: Vec::new() };
    samples::app::add(&mut gallery);
    samples::figures::add(&mut gallery);
    samples::public::add(&mut gallery);
    gallery.pages
}

/// Attributes that would need `unsafe-inline`, found inside tags only: `<… NAME=`.
fn inline_code(html: &str) -> Option<&str> {
    html.split('<').skip(1).find(|tag| {
        let Some((inside, _)) = tag.split_once('>') else { return true };
        let quoted: Vec<&str> = inside.split('"').step_by(2).collect();
        let script = inside.starts_with("script") && !inside.contains(" src=");
        let names = quoted.iter().flat_map(|part| part.split_ascii_whitespace());
        script
            || inside.starts_with("style")
            || names.into_iter().any(|name| name.starts_with("style=") || name.starts_with("on"))
    })
}

#[test]
fn every_page_renders_every_sample_in_every_language() {
    let renderer = Renderer::new("/cmp").unwrap();
    let folder = std::env::var_os("OUINON_SAMPLES").map(std::path::PathBuf::from);
    for lang in Lang::ALL {
        for (name, html) in gallery(&renderer, lang) {
            for hostile in ["<script>alert", "<img src=x", "href=\"javascript:"] {
                assert!(!html.contains(hostile), "{name} lets {hostile} through");
            }
            assert_eq!(inline_code(&html), None, "{name} has inline code");
            assert!(!html.contains("{n}"), "{name} has a raw placeholder");
            assert_eq!(html.matches("<h1").count(), 1, "{name} has one main heading");
            for link in html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                let known = ["/cmp/", "#", "https://", "http://"];
                let good = known.iter().any(|start| link.starts_with(start));
                assert!(good, "{name} links to {link} outside the base path");
            }
            if let Some(folder) = &folder {
                std::fs::create_dir_all(folder).unwrap();
                std::fs::write(folder.join(format!("{name}.html")), &html).unwrap();
            }
        }
    }
}

#[test]
fn every_template_has_a_sample_and_none_switches_escaping_off() {
    let renderer = Renderer::new("").unwrap();
    let rendered: Vec<String> =
        gallery(&renderer, Lang::En).into_iter().map(|(name, _)| name).collect();
    for (name, source) in crate::renderer::sources() {
        let unescaped = source.split(['|', '%']).any(|part| {
            let word: String =
                part.trim_start().chars().take_while(|sign| sign.is_alphanumeric()).collect();
            word == "safe" || word == "autoescape"
        });
        assert!(!unescaped, "{name} switches escaping off");
        if let Some(page) = name.strip_prefix("pages/").and_then(|name| name.strip_suffix(".html"))
        {
            let sampled = rendered.iter().any(|sample| sample.starts_with(&format!("{page}-")));
            assert!(sampled, "{name} has no sample");
        }
    }
}

#[test]
fn assets_are_served_by_the_names_the_pages_use() {
    let renderer = Renderer::new("/cmp").unwrap();
    let (_, html) = gallery(&renderer, Lang::En).remove(0);
    let names: Vec<&str> =
        html.split("/cmp/assets/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    for name in names {
        assert!(renderer.asset(name).is_some_and(|asset| !asset.bytes.is_empty()), "{name}");
    }
    assert!(renderer.asset("../Cargo.toml").is_none());
}
