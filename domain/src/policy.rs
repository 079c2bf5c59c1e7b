//! What the content security policy of a site's pages asks of the widget: what it may not do there, it
//! does not try. A policy that says nothing unusual needs none of this.

use serde::{Deserialize, Serialize};

/// Where nothing is said, WebAssembly is tried once and no Trusted Types are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// `script-src` has `'wasm-unsafe-eval'`. Where it has not, the widget comes as plain JavaScript.
    #[serde(default = "yes")]
    pub wasm: bool,
    /// `require-trusted-types-for 'script'` stands in it.
    #[serde(default)]
    pub trusted_types: bool,
}

fn yes() -> bool {
    true
}

impl Default for Policy {
    fn default() -> Self {
        Self { wasm: true, trusted_types: false }
    }
}
