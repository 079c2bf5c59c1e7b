//! Stops a build that lacks the files the server carries inside itself, with a sentence that says
//! how to make them. It makes none of them.

use std::path::Path;

/// What is embedded, from this folder, and what it is to people.
const EMBEDDED: [(&str, &str); 2] = [
    ("../banner-wasm/dist/manifest.json", "the built widget"),
    ("data/country.mmdb", "the country database"),
];

fn main() {
    for (path, what) in EMBEDDED {
        println!("cargo::rerun-if-changed={path}");
        if !Path::new(path).is_file() {
            println!(
                "cargo::error=server/{path} is missing: {what} is embedded in the server; run \
                 `cargo xtask build`, which makes it."
            );
        }
    }
}
