//! Where values come from: the environment over `ouinon.toml`. It knows names, not meanings.

use std::collections::BTreeMap;

use super::error::ConfigError;
use super::redacted::redact;

/// The names of one setting.
#[derive(Debug, Clone, Copy)]
pub struct Name {
    /// The environment variable.
    pub env: &'static str,
    /// The key in `ouinon.toml`.
    pub key: &'static str,
}

/// A value that was given, with the name its writer used.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) setting: String,
    pub(super) value: String,
}

impl Given {
    /// "SETTING is VALUE, but it must be EXPECTED."
    pub(super) fn wrong(&self, expected: impl Into<String>) -> ConfigError {
        ConfigError::Wrong {
            setting: self.setting.clone(),
            value: redact(&self.value),
            expected: expected.into(),
        }
    }
}

/// The environment and the file, not yet understood.
pub(super) struct Sources<Env> {
    env: Env,
    file: BTreeMap<String, String>,
}

impl<Env: Fn(&str) -> Option<String>> Sources<Env> {
    /// Reads the file's text; every key in it must be one of `known`.
    pub(super) fn new(env: Env, toml: Option<&str>, known: &[Name]) -> Result<Self, ConfigError> {
        let mut file = BTreeMap::new();
        let text = toml.unwrap_or_default();
        let table: toml::Table = text.parse().map_err(|error| syntax(text, &error))?;
        for (key, value) in table {
            if !known.iter().any(|name| name.key == key) {
                let names: Vec<_> = known.iter().map(|name| name.key).collect();
                return Err(ConfigError::UnknownKey { key, known: names.join(", ") });
            }
            let flat = flatten(&value).ok_or_else(|| ConfigError::Wrong {
                setting: format!("{key} in ouinon.toml"),
                value: redact(&value.to_string()),
                expected: "a text, or a list of texts".to_owned(),
            })?;
            file.insert(key, flat);
        }
        Ok(Self { env, file })
    }

    /// The value of one setting; an empty one counts as not given, as in a compose file.
    pub(super) fn get(&self, name: Name) -> Option<Given> {
        let from_env =
            (self.env)(name.env).map(|value| Given { setting: name.env.to_owned(), value });
        let from_file = || {
            let value = self.file.get(name.key)?.clone();
            Some(Given { setting: format!("{} in ouinon.toml", name.key), value })
        };
        let present = |given: &Given| !given.value.trim().is_empty();
        let mut given = from_env.filter(present).or_else(|| from_file().filter(present))?;
        given.value = given.value.trim().to_owned();
        Some(given)
    }
}

/// A text stays; `true` and `false` are `on` and `off`; a list of texts is joined with commas.
fn flatten(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Boolean(on) => Some(if *on { "on" } else { "off" }.to_owned()),
        toml::Value::Array(items) => {
            let texts: Option<Vec<_>> = items.iter().map(toml::Value::as_str).collect();
            Some(texts?.join(","))
        }
        _ => None,
    }
}

fn syntax(text: &str, error: &toml::de::Error) -> ConfigError {
    let at = error.span().map_or(0, |span| span.start.min(text.len()));
    let line = text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    ConfigError::Syntax { line, problem: error.message().replace('\n', ", ") }
}
