//! What only some sites' loaders hold: automatic mode, what moving in from another tool takes, what
//! tells others of a choice, what takes one to other domains, what loads pages anew, what robots are not
//! shown. What a site does not use, its pages never load.

use super::loader::vendors;
use crate::assets::Built;
use crate::sites::Site;
use crate::sites::origin::Origin;
use ouinon_domain::key::Key;
use ouinon_domain::notice::Notice;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Where the settings of automatic mode go, in its part.
const AUTOMATIC: &str = "__OUINON_AUTOMATIC__";
/// Where a part that reads another tool's choice is told what that tool's names stand for.
const IMPORT: &str = "__OUINON_IMPORT__";
/// The same for the marks of other tools.
const MARKUP: &str = "__OUINON_MARKUP__";

/// Where the part that takes choices to other domains is told which are the site's.
const HANDOVER: &str = "__OUINON_HANDOVER__";

/// All parts of a notice's site, in the order they run: what holds back comes before all else, and
/// what is known of a choice before others are told.
pub fn of(built: &Built, site: &Site, notice: &Notice) -> String {
    let purposes = notice.purposes.iter().map(|purpose| &purpose.key).collect();
    let parts = automatic(built, notice).into_iter().chain(markup(built, notice, &purposes));
    let parts = parts.chain(imports(built, notice, &purposes)).chain(signals(built, notice));
    parts.chain(handover(built, site, notice)).chain(switched(built, notice)).collect()
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

fn handover(built: &Built, site: &Site, notice: &Notice) -> Option<String> {
    let origins: Vec<_> = site.origins.iter().map(Origin::as_str).collect();
    notice.handover.then(|| told(&built.handover, HANDOVER, &json!(origins)))
}

/// What a notice turns on by a word, after all that changes what is allowed.
fn switched(built: &Built, notice: &Notice) -> Vec<String> {
    let all = [(notice.reload_on_withdrawal, &built.reload), (notice.hide_from_bots, &built.bots)];
    all.into_iter().filter(|(on, _)| *on).map(|(_, part)| part.clone()).collect()
}

/// The parts that tell others of a choice, in the order of their names.
fn signals(built: &Built, notice: &Notice) -> Vec<String> {
    let used = notice.signals.parts();
    let parts = built.signals.iter().filter(|(name, _)| used.contains(name.as_str()));
    parts.map(|(_, part)| part.clone()).collect()
}
