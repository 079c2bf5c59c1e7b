//! What only some sites' loaders hold: automatic mode, what moving in from another tool takes, what
//! tells others of a choice, what takes one to other domains, what loads pages anew, what robots are not
//! shown, what looks for cookies to remove, words and corner of the small control. What a site does not
//! use, its pages never load.

use super::configuration::vendors;
use crate::app::App;
use crate::assets::{self, Built};
use crate::error::Error;
use crate::sites::Site;
use crate::sites::origin::Origin;
use ouinon_domain::key::Key;
use ouinon_domain::language;
use ouinon_domain::look::Side;
use ouinon_domain::notice::Notice;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Where the settings of automatic mode go, in its part.
const AUTOMATIC: &str = "__OUINON_AUTOMATIC__";
/// Where a part that reads another tool's choice is told what that tool's names stand for.
const IMPORT: &str = "__OUINON_IMPORT__";
/// The same for the marks of other tools.
const MARKUP: &str = "__OUINON_MARKUP__";

/// Whether a tool's vendor is refused by name, in the part that tells it.
const REFUSED: &str = "__OUINON_REFUSED__";
/// How long Google's tags wait for an update, in milliseconds, and how long they do where nothing is said.
const WAIT: (&str, u16) = ("__OUINON_WAIT__", 500);
/// What is set before Google's defaults.
const SET: &str = "__OUINON_SET__";
/// Where the small control stands, in its style, and what it says.
const CONTROL: [&str; 2] = ["__OUINON_CORNER__", "__OUINON_LABEL__"];
/// The small control's words in most languages.
const COOKIES: &str = "Cookies";
/// Where the part that takes choices to other domains is told which are the site's, and of the site.
const HANDOVER: &str = "__OUINON_HANDOVER__";

/// All parts of a notice's site, in the order they run: what holds back comes before all else, and
/// what is known of a choice before others are told.
pub fn of(app: &App, site: &Site, notice: &Notice) -> String {
    let built = &app.built;
    let purposes = notice.purposes.iter().map(|purpose| &purpose.key).collect();
    let parts = automatic(built, notice).into_iter().chain(markup(built, notice, &purposes));
    let parts = parts.chain(imports(built, notice, &purposes)).chain(signals(built, notice));
    let parts = parts.chain(handover(app, site, notice)).chain(switched(built, notice));
    parts.chain(cookies(built, notice)).collect()
}

/// A part with its settings in it.
fn told(part: &str, token: &str, settings: &Value) -> String {
    part.replacen(token, &settings.to_string(), 1)
}

fn automatic(built: &Built, notice: &Notice) -> Option<String> {
    let automatic = notice.automatic.as_ref()?;
    let settings = json!({"hosts": automatic.hosts, "vendors": vendors(notice)});
    Some(told(&built.automatic, AUTOMATIC, &settings))
}

fn markup(built: &Built, notice: &Notice, purposes: &BTreeSet<&Key>) -> Option<String> {
    let named = notice.markup.as_ref()?.named(purposes);
    Some(told(&built.markup, MARKUP, &json!(named)))
}

fn imports(built: &Built, notice: &Notice, purposes: &BTreeSet<&Key>) -> Vec<String> {
    let Some(import) = &notice.import else { return Vec::new() };
    let part = |tool: &ouinon_domain::moving::Tool| {
        let settings = json!({
            "purposes": import.named(*tool, purposes),
            "grants": import.grants,
            "days": notice.expires_after_days,
        });
        Some(told(built.imports.get(tool.part())?, IMPORT, &settings))
    };
    import.from.iter().filter_map(part).collect()
}

/// Its settings have the names of `ask`'s: what arrives is written as a choice made here.
fn handover(app: &App, site: &Site, notice: &Notice) -> Option<String> {
    let origins: Vec<_> = site.origins.iter().map(Origin::as_str).collect();
    let mut settings = json!({"origins": origins, "base": app.public.as_str(), "site": site.id});
    if let Some(domain) = &site.cookie_domain {
        settings["cookie_domain"] = json!(domain);
    }
    notice.handover.then(|| told(&app.built.handover, HANDOVER, &settings))
}

/// What a notice turns on by a word, after all that changes what is allowed.
fn switched(built: &Built, notice: &Notice) -> Vec<String> {
    let all = [(notice.reload_on_withdrawal, &built.reload), (notice.hide_from_bots, &built.bots)];
    all.into_iter().filter(|(on, _)| *on).map(|(_, part)| part.clone()).collect()
}

/// The parts that tell others of a choice, in the order of their names.
fn signals(built: &Built, notice: &Notice) -> Vec<String> {
    let used = notice.signals.parts();
    let vendors = notice.signals.vendors();
    let google = notice.signals.google().unwrap_or_default();
    let set = google.set();
    let options = built.parts.get("google-set").filter(|_| !set.is_empty());
    let options = options.map(|part| told(part, SET, &json!(set)));
    let parts = built.signals.iter().filter(|(name, _)| used.contains(name.as_str()));
    let part = |(name, part): (&String, &String)| {
        let refused = vendors.get(name.as_str()).map_or("0".to_owned(), |vendor| {
            format!("window.ouinon.consent?.vendors[{}]==!1", json!(vendor))
        });
        let part = part.replacen(REFUSED, &refused, 1);
        told(&part, WAIT.0, &json!(google.wait_for_update.unwrap_or(WAIT.1)))
    };
    options.into_iter().chain(parts.map(part)).collect()
}

/// What looks for things to remove, where the notice lists any that may have to go.
fn cookies(built: &Built, notice: &Notice) -> Option<String> {
    let asked = |key: &Key| notice.purposes.iter().any(|own| own.key == *key && !own.required);
    let any = notice.cookies.iter().any(|cookie| asked(&cookie.purpose));
    built.parts.get("cookies").filter(|_| any).cloned()
}

/// Corner and words of the small control.
pub fn places(built: &Built, notice: &Notice) -> Result<[(&'static str, String); 2], Error> {
    let corner = match notice.look.control {
        Side::Start => "12px auto",
        Side::End => "auto 12px",
    };
    let spoken = notice.spoken(assets::defaults()?);
    let word = |language: &str| {
        let own = notice.texts.get(language).and_then(|texts| texts.get("control"));
        own.map_or(COOKIES, String::as_str).to_owned()
    };
    let words: Map<String, Value> = language::table(spoken.iter().copied())
        .into_iter()
        .map(|(tag, language)| (tag, word(language).into()))
        .collect();
    let usual = json!(word(&notice.default_language));
    let label = if words.values().chain([&usual]).all(|word| word == COOKIES) {
        usual.to_string()
    } else {
        format!("{}({},{usual})", built.label, Value::Object(words))
    };
    Ok([(CONTROL[0], corner.into()), (CONTROL[1], label)])
}
