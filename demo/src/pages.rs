//! The shop's pages, put together once at the start: a layout a language, a body a page.
//!
//! No template language: a handful of marks are replaced by fixed text.

use std::collections::HashMap;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "pages/"]
struct Files;

/// What differs between one start of the demo and another.
pub struct Setting {
    /// The tag of Ouinon, as `site create` printed it.
    pub snippet: String,
    /// The hosted preferences page of the shop's site.
    pub preferences: String,
    /// Origin of the stand-ins.
    pub standins: String,
}

/// Every page by its path, such as `fr/bowl`.
pub struct Pages(HashMap<String, String>);

impl Pages {
    /// Fills every body into the layout of its language.
    pub fn assemble(setting: &Setting) -> Self {
        let bodies = Files::iter().filter(|file| !file.ends_with("_layout.html"));
        Self(bodies.filter_map(|file| page(&file, setting)).collect())
    }

    /// The page of a language, `index` for its first one.
    pub fn get(&self, language: &str, name: &str) -> Option<&str> {
        self.0.get(&format!("{language}/{name}")).map(String::as_str)
    }
}

fn page(file: &str, setting: &Setting) -> Option<(String, String)> {
    let path = file.strip_suffix(".html")?;
    let (language, name) = path.split_once('/')?;
    let layout = text(&format!("{language}/_layout.html"))?;
    let body = text(file)?;
    let (title, main) = body.strip_prefix("<!-- ")?.split_once(" -->")?;
    let html = layout
        .replace("{{main}}", main.trim())
        .replace("{{title}}", title)
        .replace("{{page}}", if name == "index" { "" } else { name })
        .replace("{{snippet}}", &setting.snippet)
        .replace("{{preferences}}", &setting.preferences)
        .replace("{{standins}}", &setting.standins);
    Some((path.to_owned(), html))
}

fn text(file: &str) -> Option<String> {
    Some(String::from_utf8_lossy(&Files::get(file)?.data).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages() -> Pages {
        Pages::assemble(&Setting {
            snippet: "<script src=\"tag\"></script>".into(),
            preferences: "http://cmp/preferences/x".into(),
            standins: "http://third".into(),
        })
    }

    #[test]
    fn every_page_exists_in_both_languages_with_the_tag_and_no_mark_left() {
        let pages = pages();
        for name in ["index", "bowl", "basket", "workshop", "elsewhere", "cookies"] {
            for language in ["fr", "en"] {
                let html = pages.get(language, name).unwrap();
                assert!(html.contains("<script src=\"tag\"></script>"), "{language}/{name}");
                assert!(!html.contains("{{"), "{language}/{name}");
                assert!(html.contains(&format!("<html lang=\"{language}\">")));
            }
        }
        assert!(pages.get("de", "index").is_none());
    }

    #[test]
    fn third_parties_are_marked_and_wait() {
        let pages = pages();
        for html in pages.0.values() {
            assert!(!html.contains("<script src=\"http://third"));
            assert!(!html.contains("<iframe src="));
        }
    }
}
