//! Styles and scripts of the pages: embedded in the binary, joined where that saves a request, and
//! named by their content, so that browsers may keep them for ever.

use std::collections::BTreeMap;

use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

/// One file under `/assets/`.
#[derive(Debug, Clone)]
pub struct Asset {
    /// The bytes to send.
    pub bytes: Vec<u8>,
    /// The `Content-Type`.
    pub content_type: &'static str,
}

/// All assets by their published name, and the published name of each logical one.
#[derive(Debug, Default)]
pub(crate) struct Assets {
    by_name: BTreeMap<String, Asset>,
    names: BTreeMap<String, String>,
}

impl Assets {
    /// Joins `css/*.css` in name order into `dashboard.css` and `js/*.js` into `dashboard.js`;
    /// everything else is published one to one under its file name.
    pub(crate) fn load() -> Assets {
        let mut assets = Assets::default();
        let (mut css, mut js) = (Vec::new(), Vec::new());
        let mut paths: Vec<_> = Files::iter().collect();
        paths.sort();
        for path in paths {
            let Some(file) = Files::get(&path) else { continue };
            match path.split_once('/') {
                Some(("css", _)) => css.extend_from_slice(&file.data),
                Some(("js", _)) => js.extend_from_slice(&file.data),
                _ => assets.publish(&path, file.data.into_owned()),
            }
        }
        assets.publish("dashboard.css", css);
        assets.publish("dashboard.js", js);
        assets
    }

    /// The published name of a logical one, such as `dashboard.css`.
    pub(crate) fn name(&self, logical: &str) -> Option<&str> {
        self.names.get(logical).map(String::as_str)
    }

    /// The file behind a published name.
    pub(crate) fn get(&self, name: &str) -> Option<&Asset> {
        self.by_name.get(name)
    }

    fn publish(&mut self, logical: &str, bytes: Vec<u8>) {
        let (stem, extension) = logical.rsplit_once('.').unwrap_or((logical, "bin"));
        let content_type = match extension {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => "application/octet-stream",
        };
        let digest = Sha256::digest(&bytes);
        let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let name = format!("{stem}.{hash}.{extension}");
        self.names.insert(logical.to_owned(), name.clone());
        self.by_name.insert(name, Asset { bytes, content_type });
    }
}
