//! The colours of one scheme, a site's own over the widget's, and whether they can be read.

use super::colour::Colour;
use super::{Scheme, Theme};
use crate::notice::Finding;

/// A colour of the widget: its name in `banner-wasm/css/tokens.css`, what it is by day and by night
/// (a name: the same as that one).
pub(super) struct Token {
    pub(super) name: &'static str,
    light: &'static str,
    dark: &'static str,
}

const fn token(name: &'static str, light: &'static str, dark: &'static str) -> Token {
    Token { name, light, dark }
}

/// Every colour. Both buttons share `button` and `label`: there is no other.
pub(super) const TOKENS: [Token; 8] = [
    token("paper", "#fbfaf7", "#12141a"),
    token("surface", "#fff", "#1a1d26"),
    token("ink", "#1b1f2a", "#eceae4"),
    token("muted", "#5a6072", "#a3a8b8"),
    token("line", "#d9d6cc", "#363b4c"),
    token("accent", "#2447d8", "#8fa8ff"),
    token("button", "ink", "ink"),
    token("label", "surface", "surface"),
];

/// What else a theme may say.
const OTHERS: [&str; 2] = ["font", "radius"];

/// What is drawn on what, the least contrast it needs, and what it is.
const PAIRS: [(&str, &str, f64, &str); 8] = [
    ("label", "button", 4.5, "the words on accept and refuse"),
    ("button", "surface", 3.0, "accept and refuse on the banner"),
    ("ink", "surface", 4.5, "the words"),
    ("muted", "surface", 4.5, "the small words"),
    ("accent", "surface", 4.5, "links and switches"),
    ("ink", "paper", 4.5, "the words about the choice"),
    ("muted", "paper", 4.5, "small words about the choice"),
    ("accent", "paper", 4.5, "links beside the choice"),
];

/// All colours of a scheme.
pub(super) struct Palette<'a> {
    theme: &'a Theme,
    scheme: Scheme,
}

impl<'a> Palette<'a> {
    pub(super) fn of(theme: &'a Theme, scheme: Scheme) -> Self {
        Self { theme, scheme }
    }

    /// A colour by its name; a colour is itself.
    fn get(&self, name: &'a str) -> &'a str {
        if let Some(own) = self.theme.get(name) {
            return own;
        }
        let Some(token) = TOKENS.iter().find(|token| token.name == name) else { return name };
        self.get(match self.scheme {
            Scheme::Light => token.light,
            Scheme::Dark => token.dark,
        })
    }

    /// Every colour by its name.
    pub(super) fn tokens(&self) -> Theme {
        TOKENS
            .iter()
            .map(|token| (token.name.to_owned(), self.get(token.name).to_owned()))
            .collect()
    }
}

/// What of a theme is no colour, or leaves something that cannot be read.
pub(super) fn errors(at: &str, theme: &Theme, scheme: Scheme) -> Vec<Finding> {
    let palette = Palette::of(theme, scheme);
    let colours = TOKENS.iter().filter_map(|token| Some((token.name, theme.get(token.name)?)));
    let mut found: Vec<_> = colours
        .filter(|(_, value)| Colour::parse(value).is_none())
        .map(|(name, _)| Finding::new(format!("{at}/{name}"), "must be a colour such as `#1b1f2a`"))
        .collect();
    for (front, back, least, what) in PAIRS {
        let (own, behind) = (palette.get(front), palette.get(back));
        let Some(both) = Colour::parse(own).zip(Colour::parse(behind)) else { continue };
        let contrast = both.0.contrast(both.1);
        if contrast < least {
            // The name the site gave; where it is the widget's own colour, the one behind it.
            let name = [front, back].into_iter().find(|name| theme.contains_key(*name));
            let why = format!(
                "{what}, `{front}` {own} on `{back}` {behind}, have a contrast of \
                 {contrast:.2}:1 and need {least}:1 (WCAG 2.2)"
            );
            found.push(Finding::new(format!("{at}/{}", name.unwrap_or(front)), why));
        }
    }
    found
}

/// Names nothing is drawn with.
pub(crate) fn unknown(theme: &Theme) -> impl Iterator<Item = &String> {
    theme.keys().filter(|name| {
        !OTHERS.contains(&name.as_str()) && TOKENS.iter().all(|token| token.name != *name)
    })
}
