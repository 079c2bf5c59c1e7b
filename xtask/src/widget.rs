//! Builds the widget: Rust to WebAssembly, bindings, TypeScript, compressed files named by their
//! content in `banner-wasm/dist/`. Does not embed them: the server does, from that folder.

use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use wasm_bindgen_cli_support::Bindgen;

use crate::npm;

const MODULE: &str = "wasm32-unknown-unknown/wasm/ouinon_banner.wasm";

/// What asks, and all of it: the features of the crate that each is built with.
const MODULES: [(&str, &[&str]); 2] = [("ask", &["--no-default-features"]), ("more", &[])];

/// Builds everything the server embeds, unless the sources are those of the last build.
pub fn build(root: &Path) -> Result<(), String> {
    let folder = root.join("banner-wasm");
    let stamp = folder.join("dist/.inputs");
    let inputs = fingerprint(root)?;
    if fs::read_to_string(&stamp).is_ok_and(|known| known == inputs) {
        return Ok(());
    }
    npm::install(&folder)?;
    let bindings = root.join("target/widget/bindings");
    for (name, features) in MODULES {
        bind(&compile(root, features)?, &bindings.join(name))?;
    }
    run(Command::new("node").arg("build.mjs").arg(&bindings).current_dir(&folder))?;
    check_sizes(root)?;
    fs::write(&stamp, inputs).map_err(|error| format!("{}: {error}", stamp.display()))
}

/// Holds the built files against `size-budget.toml`.
pub fn check_sizes(root: &Path) -> Result<(), String> {
    let folder = root.join("banner-wasm");
    let sizes: toml::Table = serde_json::from_str(&read(&folder.join("dist/sizes.json"))?)
        .map_err(|error| format!("dist/sizes.json: {error}"))?;
    let budget: toml::Table = read(&folder.join("size-budget.toml"))?
        .parse()
        .map_err(|error| format!("size-budget.toml: {error}"))?;
    let bytes = |table: &toml::Table, part: &str| table.get(part).and_then(toml::Value::as_integer);
    for part in budget.keys() {
        let (size, limit) = (bytes(&sizes, part), bytes(&budget, part));
        match size.zip(limit) {
            Some((size, limit)) if size <= limit => {}
            Some((size, limit)) => {
                return Err(format!(
                    "widget: {part} is {size} bytes, its budget {limit} (banner-wasm/size-budget.toml)"
                ));
            }
            None => {
                return Err(format!(
                    "widget: no size known for {part} (banner-wasm/size-budget.toml)"
                ));
            }
        }
    }
    Ok(())
}

fn compile(root: &Path, features: &[&str]) -> Result<PathBuf, String> {
    // A target folder of its own: the one in use may be locked by the cargo that runs this.
    let target = root.join("target/widget");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    run(Command::new(cargo)
        .args(["build", "--quiet", "--locked", "--package", "ouinon-banner", "--lib"])
        .args(features)
        .args(["--profile", "wasm", "--target", "wasm32-unknown-unknown", "--target-dir"])
        .arg(&target)
        .current_dir(root))?;
    Ok(target.join(MODULE))
}

fn bind(module: &Path, out: &Path) -> Result<(), String> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(module)
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true);
    // The shape without a loader of its own: ours fetches the module in parallel with the notice.
    bindgen
        .bundler(true)
        .and_then(|bundler| bundler.generate(out))
        .map_err(|error| format!("wasm-bindgen: {error:#}"))
}

fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed")) }
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// A hash over every file the build reads.
fn fingerprint(root: &Path) -> Result<String, String> {
    let mut files =
        vec![root.join("Cargo.toml"), root.join("Cargo.lock"), root.join("rust-toolchain.toml")];
    collect(&root.join("banner-wasm"), &mut files)?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        hasher.write(file.strip_prefix(root).unwrap_or(&file).as_os_str().as_encoded_bytes());
        hasher.write(&fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        let made = ["dist", "node_modules"].iter().any(|name| path.ends_with(name));
        if path.is_dir() && !made {
            collect(&path, files)?;
        } else if path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}
