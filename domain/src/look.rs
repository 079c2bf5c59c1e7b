//! How the banner looks beside its words: where it stands, its colours by day and by night, a logo.
//!
//! Accept and refuse are one element with one pair of colours, so no notice can tell them apart.
//! What can still go wrong, colours nobody can read, is computed before a notice is published: every
//! pair that is ever drawn, in both palettes, by WCAG 2.2 (1.4.3 words, 1.4.11 controls).

mod colour;
pub(crate) mod palette;

use crate::notice::{Finding, Notice};
use palette::{Palette, TOKENS};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Tokens of the style (`banner-wasm/css/tokens.css`) and what a site wants them to be.
pub type Theme = BTreeMap<String, String>;

/// Longest logo: it is in what every new visitor loads.
const MAX_LOGO: usize = 8 * 1024;

/// The shape of the first layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// A card: wide in the middle of an edge, narrow in a corner.
    #[default]
    Box,
    /// From one side of the window to the other.
    Bar,
    /// In the middle, over a page that waits.
    Modal,
}

/// Where a box or a bar stands; `start` is where lines of the banner's language begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// In the middle of the lower edge.
    #[default]
    Bottom,
    /// In a lower corner.
    BottomStart,
    /// In the other lower corner.
    BottomEnd,
    /// In the middle of the upper edge.
    Top,
    /// In an upper corner.
    TopStart,
    /// In the other upper corner.
    TopEnd,
}

/// The lower corner of the small control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Where lines begin.
    #[default]
    Start,
    /// Where they end.
    End,
}

/// The look of a notice. A notice without one has the default look, and keeps its id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Look {
    /// The shape of the first layer.
    #[serde(skip_serializing_if = "is_default")]
    pub layout: Layout,
    /// Where it stands.
    #[serde(skip_serializing_if = "is_default")]
    pub position: Position,
    /// Where the small control stands.
    #[serde(skip_serializing_if = "is_default")]
    pub control: Side,
    /// A modal keeps the page behind it from scrolling.
    #[serde(skip_serializing_if = "is_default")]
    pub lock: bool,
    /// The colours where the browser prefers dark ones. Where there are none beside a `theme`, it
    /// holds by night too.
    #[serde(skip_serializing_if = "is_default")]
    pub dark: Theme,
    /// A picture above the words, as a `data:` address: nobody is asked for it.
    #[serde(skip_serializing_if = "is_default")]
    pub logo: Option<String>,
}

pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Position {
    fn is_corner(self) -> bool {
        !matches!(self, Self::Bottom | Self::Top)
    }

    fn is_top(self) -> bool {
        matches!(self, Self::Top | Self::TopStart | Self::TopEnd)
    }

    fn is_end(self) -> bool {
        matches!(self, Self::BottomEnd | Self::TopEnd)
    }
}

impl Look {
    /// The parts of the widget this look is made of, in their order: names of `banner-wasm/layouts/`.
    pub fn parts(&self) -> Vec<&'static str> {
        let place = self.position;
        [
            ("bar", self.layout == Layout::Bar),
            ("corner", place.is_corner()),
            ("end", place.is_end()),
            ("modal", self.layout == Layout::Modal),
            ("top", place.is_top()),
            ("logo", self.logo.is_some()),
        ]
        .into_iter()
        .filter_map(|(part, wanted)| wanted.then_some(part))
        .collect()
    }

    /// The theme as a style sheet for the widget's shadow roots; empty where all is as it comes.
    pub fn style(&self, theme: &Theme) -> String {
        let rule = |theme: &Theme| -> String {
            let safe = theme.iter().filter(|(name, value)| is_plain(name) && is_plain(value));
            safe.map(|(name, value)| format!("--ouinon-{name}:{value};")).collect()
        };
        let logo = self.logo.iter().map(|logo| format!("--logo:url(\"{logo}\");"));
        let mut style = match rule(theme) + &logo.collect::<String>() {
            tokens if tokens.is_empty() => String::new(),
            tokens => format!(":host{{{tokens}}}"),
        };
        if let Some(night) = self.night(theme) {
            let palette = Palette::of(night.theme, night.scheme);
            let tokens = rule(&palette.tokens());
            style.push_str(&format!(
                "@media(prefers-color-scheme:dark){{:host{{{tokens}color-scheme:{}}}}}",
                night.scheme.word()
            ));
        }
        style
    }

    /// What by night differs from the widget's own dark colours.
    fn night<'a>(&'a self, theme: &'a Theme) -> Option<Night<'a>> {
        if !self.dark.is_empty() {
            return Some(Night { theme: &self.dark, scheme: Scheme::Dark });
        }
        let coloured = theme.keys().any(|name| TOKENS.iter().any(|token| token.name == name));
        coloured.then_some(Night { theme, scheme: Scheme::Light })
    }

    /// The same look with one of its two palettes whatever the browser prefers: for a picture of it.
    pub fn always(self, theme: Theme, dark: bool) -> (Self, Theme) {
        let day = Night { theme: &theme, scheme: Scheme::Light };
        let unthemed = Night { theme: &self.dark, scheme: Scheme::Dark };
        let shown = if dark { self.night(&theme).unwrap_or(unthemed) } else { day };
        let colours = Palette::of(shown.theme, shown.scheme).tokens();
        let mut shown = theme;
        shown.extend(colours);
        (Self { dark: Theme::new(), ..self }, shown)
    }

    /// The widget's own colours, by day or by night.
    pub fn usual(dark: bool) -> Theme {
        let scheme = if dark { Scheme::Dark } else { Scheme::Light };
        Palette::of(&Theme::new(), scheme).tokens()
    }

    /// Whatever keeps this look from being published.
    pub fn errors(&self, theme: &Theme) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut wrong = |at: &str, why: &str| found.push(Finding::new(format!("/look{at}"), why));
        match self.layout {
            Layout::Bar if self.position.is_corner() => {
                wrong("/position", "a bar stands at the `top` or the `bottom`");
            }
            Layout::Modal if !is_default(&self.position) => {
                wrong("/position", "a modal stands in the middle: leave it out");
            }
            Layout::Bar | Layout::Box if self.lock => {
                wrong("/lock", "only a modal keeps the page from scrolling");
            }
            _ => {}
        }
        if self.logo.as_deref().is_some_and(|logo| !is_picture(logo)) {
            let why = "must be `data:image/svg+xml`, `png`, `webp` or `jpeg` with the picture in it, \
                       8 KiB at most: a picture somewhere else would be asked for before any choice";
            wrong("/logo", why);
        }
        found.extend(palette::errors("/theme", theme, Scheme::Light));
        found.extend(palette::errors("/look/dark", &self.dark, Scheme::Dark));
        found
    }
}

/// The colours by night.
struct Night<'a> {
    theme: &'a Theme,
    scheme: Scheme,
}

/// Which of the widget's own colours stand where a theme says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Light,
    Dark,
}

impl Scheme {
    fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Notice {
    /// The theme as a style sheet for the widget's shadow roots; empty where all is as it comes.
    pub fn style(&self) -> String {
        self.look.style(&self.theme)
    }
}

/// What may stand in a rule as it is: it ends none and begins none.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b" #%(),.'\"-_".contains(&b))
}

fn is_picture(address: &str) -> bool {
    let kinds = ["svg+xml", "png", "webp", "jpeg"];
    let rest = address.strip_prefix("data:image/").unwrap_or_default();
    let known = kinds.iter().filter_map(|kind| rest.strip_prefix(kind));
    let data = known.filter(|rest| rest.starts_with([',', ';'])).any(|rest| rest.contains(','));
    // It stands between quotes in the style sheet.
    let plain = address.bytes().all(|b| b.is_ascii_graphic() && !b"\"\\".contains(&b));
    data && plain && address.len() <= MAX_LOGO
}

#[cfg(test)]
#[path = "look_tests.rs"]
mod tests;
