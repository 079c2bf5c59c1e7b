//! What a wrong setting says: one sentence with the setting's name, its value and what was
//! expected. It never decides anything and never holds a password.

use std::path::PathBuf;

use super::sources::Name;

/// Why the settings cannot be used. Each variant prints as one sentence for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A value that cannot be understood, or contradicts another one.
    #[error("{setting} is {value:?}, but it must be {expected}.")]
    Wrong {
        /// The setting as its writer knows it: `OUINON_BIND`, or `bind in ouinon.toml`.
        setting: String,
        /// The value as given, passwords replaced by `***`.
        value: String,
        /// What would be right, finishing the sentence "it must be …".
        expected: String,
    },
    /// A value that is well formed but that this machine refuses now.
    #[error("{setting} is {value:?}, but {problem}.")]
    Unusable {
        /// The setting as its writer knows it.
        setting: String,
        /// The value as given, passwords replaced by `***`.
        value: String,
        /// What stands in the way, finishing the sentence "but …".
        problem: String,
    },
    /// A key of `ouinon.toml` that no setting has.
    #[error("ouinon.toml has the unknown setting {key:?}; the known ones are {known}.")]
    UnknownKey {
        /// The key as written.
        key: String,
        /// All keys there are, separated by commas.
        known: String,
    },
    /// `ouinon.toml` is not TOML.
    #[error("ouinon.toml cannot be read as TOML at line {line}: {problem}.")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// The parser's own words, without the text of the file.
        problem: String,
    },
    /// `ouinon.toml` is there but cannot be opened.
    #[error("{} exists but cannot be read: {problem}.", path.display())]
    Unreadable {
        /// The file that was tried.
        path: PathBuf,
        /// The operating system's words.
        problem: String,
    },
}

impl ConfigError {
    /// A part that uses the setting found that it cannot; `problem` finishes "but …".
    pub(crate) fn unusable(name: Name, value: &str, problem: String) -> Self {
        Self::Unusable { setting: name.env.to_owned(), value: value.to_owned(), problem }
    }
}
