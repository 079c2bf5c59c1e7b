//! Rebuilds the crate when a template or an asset comes or goes: the embedding macro alone notices
//! only changes inside the files it already knows.

fn main() {
    for folder in ["templates", "assets"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
