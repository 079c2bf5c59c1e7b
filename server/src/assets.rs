//! The files built into the binary: the widget and the default texts. Content-hashed files are
//! also kept in the database, so that pages which still name an older one find it after an
//! upgrade.

use crate::clock::Clock;
use crate::error::Error;
use crate::storage::entity::asset;
use crate::storage::{Storage, assets};
use ouinon_domain::notice::{Notice, Texts};
use ouinon_domain::signals::{Google, Signals};
use ouinon_domain::words::{Defaults, PurposeWords};
use rust_embed::{Embed, EmbeddedFile};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Embed)]
#[folder = "../banner-wasm/dist"]
struct Widget;

#[derive(Embed)]
#[folder = "../banner-wasm/texts"]
struct WidgetTexts;

#[derive(Embed)]
#[folder = "data/notice-texts"]
struct NoticeTexts;

#[derive(Embed)]
#[folder = "data/purpose-texts"]
struct PurposeTexts;

/// The names of what the loader loads next.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
pub struct Manifest {
    /// What asks and keeps a choice; the words of its first layer are still to be put in.
    pub ask: String,
    /// The same as plain JavaScript, for pages whose policy forbids WebAssembly.
    pub ask_plain: String,
    /// What shows the preferences.
    pub more: String,
    /// What stands in the place of what is held back.
    pub held: String,
    /// The names loader and widget share, each as short as the build made it.
    pub short: BTreeMap<String, String>,
}

impl Manifest {
    /// The script that asks on the pages of a notice's site.
    pub fn asks(&self, notice: &Notice) -> &str {
        if notice.policy.wasm { &self.ask } else { &self.ask_plain }
    }
}

/// The widget's built files that the server itself writes into answers.
#[derive(Clone, Debug)]
pub struct Built {
    /// The loader's core, with tokens where parts and configuration go.
    pub loader: String,
    /// What holds known third parties back, with a token where its settings go:
    /// `banner-wasm/loader/automatic.ts`.
    pub automatic: String,
    /// What reads the marks of other tools, with a token where their names go:
    /// `banner-wasm/loader/markup.ts`.
    pub markup: String,
    /// What keeps robots from being asked: `banner-wasm/loader/bots.ts`.
    pub bots: String,
    /// What takes a choice to another domain of the site, with a token where the site's settings go:
    /// `banner-wasm/loader/handover.ts`.
    pub handover: String,
    /// What loads a page anew: `banner-wasm/loader/reload.ts`.
    pub reload: String,
    /// What reads a choice another tool kept, by tool, with a token where that tool's names go:
    /// `banner-wasm/loader/imports/`.
    pub imports: BTreeMap<String, String>,
    /// The loader's parts that tell others of a choice, by name: `banner-wasm/loader/signals/`.
    pub signals: BTreeMap<String, String>,
    /// Other parts of the loader, by name: `banner-wasm/loader/parts/`.
    pub parts: BTreeMap<String, String>,
    /// A function that finds the small control's words, for sites where they are not the usual ones.
    pub label: String,
    /// The constant inline part of the snippet.
    pub inline: String,
    /// The panel for developers, with a token where the version goes: `banner-wasm/debug/`.
    pub debug: String,
    /// What the loader loads next.
    pub manifest: Manifest,
}

/// A file to serve.
#[derive(Clone, Debug)]
pub struct File {
    /// Its bytes, encoded as asked.
    pub body: Vec<u8>,
    /// Media type.
    pub kind: &'static str,
}

fn text(name: &str) -> Result<String, String> {
    let file = Widget::get(name);
    let file = file.ok_or_else(|| format!("{name} is not built in: run `cargo xtask build`"))?;
    String::from_utf8(file.data.into_owned()).map_err(|_| format!("{name} is not text"))
}

/// The loader's parts of one kind, by name.
fn parts(kind: &str) -> Result<BTreeMap<String, String>, String> {
    let name = |file: &str| Some(file.strip_prefix(kind)?.strip_suffix(".js")?.to_owned());
    let found = Widget::iter().filter_map(|file| Some((name(&file)?, text(&file))));
    found.map(|(name, text)| Ok((name, text?))).collect()
}

impl Built {
    /// Reads the built files.
    pub fn load() -> Result<Self, String> {
        let manifest = serde_json::from_str(&text("manifest.json")?)
            .map_err(|error| format!("manifest.json: {error}"))?;
        Ok(Self {
            loader: text("loader.js")?,
            automatic: text("automatic.js")?,
            markup: text("markup.js")?,
            bots: text("bots.js")?,
            handover: text("handover.js")?,
            reload: text("reload.js")?,
            imports: parts("import.")?,
            signals: parts("signal.")?,
            parts: parts("part.")?,
            label: text("label.js")?,
            inline: text("inline.js")?,
            debug: text("debug.js")?,
            manifest,
        })
    }

    /// What a website's owner pastes into `<head>`: the constant part, which is told by an attribute
    /// what to load early so that its hash is the same everywhere, and the site's loader. What
    /// Google's tags have to know before they run is told by attributes too: `free` is where nobody
    /// needs to be asked (`Regimes::unasked`).
    pub fn snippet(&self, base: &str, site: &str, signals: &Signals, free: &[&str]) -> String {
        let (inline, loader) = (self.inline.trim_end(), format!("{base}/b/{site}.js"));
        let google = signals.google().map(|google| attributes(&google, free)).unwrap_or_default();
        format!(
            "<script data-ouinon=\"{loader}\"{google}>{inline}</script>\n\
             <script async src=\"{loader}\"></script>"
        )
    }
}

/// What the inline part has to know about Google's tags, as attributes.
fn attributes(google: &Google, free: &[&str]) -> String {
    let covered = |code: &str| {
        let around = code.split_once('-').is_some_and(|(country, _)| free.contains(&country));
        around || free.contains(&code)
    };
    let granted = match &google.regions {
        None => free.join(" "),
        Some(wanted) => {
            let lawful = wanted.iter().map(String::as_str).filter(|code| covered(code));
            lawful.collect::<Vec<_>>().join(" ")
        }
    };
    let set = google.set().join(" ");
    let wait = google.wait_for_update.map(|wait| wait.to_string()).unwrap_or_default();
    let all = [("granted", granted), ("set", set), ("wait", wait)];
    let all = all.into_iter().filter(|(_, value)| !value.is_empty());
    all.map(|(name, value)| format!(" data-{name}=\"{value}\"")).collect()
}

static DEFAULTS: LazyLock<Result<Defaults, String>> = LazyLock::new(read_defaults);

/// The default words of every language: the widget's, what art. 13 asks for, the five purposes.
pub fn defaults() -> Result<&'static Defaults, Error> {
    DEFAULTS.as_ref().map_err(|error| Error::internal("the default texts", error))
}

fn read_defaults() -> Result<Defaults, String> {
    let mut all = Defaults::default();
    let widget = WidgetTexts::iter().map(|name| (WidgetTexts::get(&name), name));
    let notice = NoticeTexts::iter().map(|name| (NoticeTexts::get(&name), name));
    for (language, texts) in read::<Texts>(widget.chain(notice))? {
        all.0.entry(language).or_default().texts.extend(texts);
    }
    let purposes = PurposeTexts::iter().map(|name| (PurposeTexts::get(&name), name));
    for (language, words) in read::<BTreeMap<String, PurposeWords>>(purposes)? {
        all.0.entry(language).or_default().purposes = words;
    }
    Ok(all)
}

/// What the files of a folder say, each with its language, which is its name.
fn read<T: DeserializeOwned>(
    files: impl Iterator<Item = (Option<EmbeddedFile>, Cow<'static, str>)>,
) -> Result<Vec<(String, T)>, String> {
    let parsed = files.filter_map(|(file, name)| {
        let (data, language) = (file?.data, name.strip_suffix(".json")?.to_owned());
        let parsed = serde_json::from_slice(&data).map_err(|error| format!("{name}: {error}"));
        Some(parsed.map(|parsed| (language, parsed)))
    });
    parsed.collect()
}

/// Media type by ending; only what the widget is made of.
fn kind(name: &str) -> Option<&'static str> {
    let plain = name.trim_end_matches(".br").trim_end_matches(".gz");
    match plain.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        // Named by loaders of earlier versions.
        "wasm" => Some("application/wasm"),
        _ => None,
    }
}

fn is_hashed(name: &str) -> bool {
    let part = name.split('.').nth(1);
    part.is_some_and(|part| part.len() >= 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Keeps this version's files for the time after the next upgrade.
pub async fn keep(storage: &Storage, clock: &Clock) -> Result<(), Error> {
    for name in Widget::iter().filter(|name| is_hashed(name)) {
        let (Some(file), Some(kind)) = (Widget::get(&name), kind(&name)) else { continue };
        let row = asset::Model {
            name: name.into_owned(),
            body: file.data.into_owned(),
            kind: kind.into(),
            created_at: clock.now(),
        };
        assets::keep(&storage.db(), row).await?;
    }
    Ok(())
}

/// A content-hashed file of this version, or of an earlier one; `encoding` is `.br`, `.gz` or
/// nothing.
pub async fn find(storage: &Storage, name: &str, encoding: &str) -> Result<Option<File>, Error> {
    let full = format!("{name}{encoding}");
    let Some(kind) = kind(&full).filter(|_| is_hashed(name)) else { return Ok(None) };
    let embedded = Widget::get(&full).map(|file: EmbeddedFile| file.data.into_owned());
    let body = match embedded {
        Some(body) => Some(body),
        None => assets::find(&storage.db(), &full).await?.map(|row| row.body),
    };
    Ok(body.map(|body| File { body, kind }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ouinon_domain::moving::Tool;
    use ouinon_domain::words::Words;

    #[test]
    fn every_language_says_the_same_things() {
        let Defaults(all) = defaults().unwrap();
        assert!(all.len() >= 35, "{}", all.len());
        let keys = |words: &Words| words.texts.keys().cloned().collect::<Vec<_>>();
        for (language, words) in all {
            assert_eq!(keys(words), keys(&all["en"]), "{language}");
            assert!(words.texts.contains_key("complaint") && words.texts.contains_key("save"));
            let purposes = words.purposes.keys().cloned().collect::<Vec<_>>();
            assert_eq!(purposes.len(), 5, "{language}: {purposes:?}");
            for PurposeWords { title, description, retention } in words.purposes.values() {
                assert!(
                    ![title, description, retention].iter().any(|text| text.is_empty()),
                    "{language}"
                );
            }
        }
    }

    #[test]
    fn what_the_loader_names_is_built_in() {
        let built = Built::load().unwrap();
        for token in ["CONFIG", "PARTS", "CORNER", "LABEL"] {
            let token = format!("__OUINON_{token}__");
            assert_eq!(built.loader.matches(&token).count(), 1, "{token}");
        }
        assert_eq!(built.automatic.matches("__OUINON_AUTOMATIC__").count(), 1);
        assert_eq!(built.markup.matches("__OUINON_MARKUP__").count(), 1);
        assert_eq!(built.handover.matches("__OUINON_HANDOVER__").count(), 1);
        assert_eq!(built.imports.len(), 8);
        for (tool, part) in &built.imports {
            assert_eq!(part.matches("__OUINON_IMPORT__").count(), 1, "{tool}");
            let name = serde_json::from_value::<Tool>(tool.as_str().into()).unwrap();
            assert_eq!(name.part(), tool);
        }
        let signals: Vec<_> = built.signals.keys().collect();
        assert_eq!(signals, ["clarity", "data-layer", "google", "meta", "uet"]);
        assert_eq!(built.parts.keys().collect::<Vec<_>>(), ["cookies", "google-set"]);
        let Manifest { ask, ask_plain, more, held, .. } = &built.manifest;
        for name in [ask, ask_plain, more, held] {
            assert!(Widget::get(name).is_some() && is_hashed(name), "{name}");
        }
        for name in [ask, ask_plain] {
            assert!(name.starts_with("ask."), "{name}: pages name it by its digits alone");
        }
        assert!(!is_hashed("manifest.json"));
    }

    #[test]
    fn the_snippet_tells_google_before_its_tags_run() {
        let built = Built::load().unwrap();
        let free = ["AU", "CA-ON", "US"];
        let first = |signals: serde_json::Value| {
            let signals = serde_json::from_value(signals).unwrap();
            let snippet = built.snippet("https://cmp.example", "site", &signals, &free);
            snippet.split_once('>').unwrap().0.to_owned()
        };
        let plain = "<script data-ouinon=\"https://cmp.example/b/site.js\"";
        let mapping = serde_json::json!({"analytics": ["analytics_storage"]});
        assert_eq!(first(mapping.clone()), format!("{plain} data-granted=\"AU CA-ON US\""));
        assert_eq!(first(serde_json::json!({})), plain);
        assert_eq!(first(serde_json::json!({"purposes": mapping, "uet": {}})), plain);
        let google = serde_json::json!({"regions": ["FR", "CA", "US-TX"], "wait_for_update": 900,
            "ads_data_redaction": true, "url_passthrough": true});
        let told = "data-granted=\"US-TX\" data-set=\"ads_data_redaction url_passthrough\" \
            data-wait=\"900\"";
        let signals = serde_json::json!({"purposes": mapping, "google": google});
        assert_eq!(first(signals), format!("{plain} {told}"), "nothing is granted in France");
    }
}
