//! Loads the templates once, with everything they may call, and renders pages. One template engine
//! per language, so that filters know their language without being told on every use.

use std::sync::Arc;

use rust_embed::RustEmbed;
use serde::Serialize;
use tera::{Context, Tera};

use crate::assets::{Asset, Assets};
use crate::filters;
use crate::{Chrome, Lang};

#[derive(RustEmbed)]
#[folder = "templates/"]
struct Templates;

/// Why a page could not be rendered. All of it is a defect of this crate, never of the request.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template does not load or does not fit its context.
    #[error("template: {0:?}")]
    Template(#[from] tera::Error),
    /// An embedded template is not UTF-8.
    #[error("template {0} is not UTF-8")]
    Encoding(String),
}

/// The content policy a page needs; the server sends [`Policy::header`] with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Own styles and scripts, nothing else.
    Plain,
    /// The same, plus the widget: its loader, its WASM module and its calls home.
    Widget,
    /// The same beside forms of the page's own, with a logo that is in its address.
    Preview,
}

impl Policy {
    /// The value of `Content-Security-Policy`.
    pub fn header(self) -> &'static str {
        match self {
            Policy::Plain => {
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                 form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
            }
            Policy::Widget => {
                "default-src 'none'; style-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
                 img-src 'self'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; \
                 base-uri 'none'"
            }
            Policy::Preview => {
                "default-src 'none'; style-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
                 img-src 'self' data:; connect-src 'self'; form-action 'self'; \
                 frame-ancestors 'none'; base-uri 'none'"
            }
        }
    }
}

/// A page: a context that knows its template.
pub trait Page: Serialize {
    /// The template's name, such as `pages/login.html`.
    const TEMPLATE: &'static str;
    /// The entry of the site's navigation that is marked as current; empty where there is none.
    const NAV: &'static str = "";
    /// The content policy to send with it.
    const POLICY: Policy = Policy::Plain;
}

/// Renders pages and holds their assets. Make one at start and share it.
#[derive(Debug)]
pub struct Renderer {
    english: Tera,
    french: Tera,
    base: Arc<str>,
    assets: Arc<Assets>,
}

impl Renderer {
    /// Loads templates, texts and assets. `base` is the path of the public address without a final
    /// slash (empty at the root); every link on every page starts with it.
    pub fn new(base: &str) -> Result<Renderer, RenderError> {
        let base: Arc<str> = Arc::from(base.trim_end_matches('/'));
        let assets = Arc::new(Assets::load());
        Ok(Renderer {
            english: engine(Lang::En, &base, &assets)?,
            french: engine(Lang::Fr, &base, &assets)?,
            base,
            assets,
        })
    }

    /// Renders one page in the chrome's language.
    pub fn render<P: Page>(&self, page: &P, chrome: &Chrome) -> Result<String, RenderError> {
        let mut context = Context::from_serialize(page)?;
        context.insert("lang", chrome.lang.code());
        context.insert("languages", &chrome.languages());
        context.insert("path", &chrome.path);
        context.insert("user", &chrome.user);
        context.insert("csrf", &chrome.csrf);
        context.insert("request_id", &chrome.request_id);
        context.insert("nav", P::NAV);
        let engine = match chrome.lang {
            Lang::En => &self.english,
            Lang::Fr => &self.french,
        };
        Ok(engine.render(P::TEMPLATE, &context)?)
    }

    /// A style or script by its published name, for `GET {base}/assets/{name}`; immutable.
    pub fn asset(&self, name: &str) -> Option<&Asset> {
        self.assets.get(name)
    }

    /// The path every link starts with.
    pub fn base(&self) -> &str {
        &self.base
    }
}

fn engine(lang: Lang, base: &Arc<str>, assets: &Arc<Assets>) -> Result<Tera, RenderError> {
    let mut engine = Tera::new();
    filters::register(&mut engine, lang, base, assets);
    let mut templates = Vec::new();
    for path in Templates::iter() {
        let Some(file) = Templates::get(&path) else { continue };
        let text = String::from_utf8(file.data.into_owned())
            .map_err(|_| RenderError::Encoding(path.to_string()))?;
        templates.push((path.into_owned(), text));
    }
    engine.add_raw_templates(templates)?;
    Ok(engine)
}

/// Every template with its name, for the tests.
#[cfg(test)]
pub(crate) fn sources() -> Vec<(String, String)> {
    Templates::iter()
        .filter_map(|path| {
            let file = Templates::get(&path)?;
            Some((path.into_owned(), String::from_utf8(file.data.into_owned()).ok()?))
        })
        .collect()
}
