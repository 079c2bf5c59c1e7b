//! `OUINON_WITNESS`: where checkpoints and the register are kept a second time; one or more folders
//! and web addresses, separated by commas. Nothing is read, made or asked here.

use std::path::{Path, PathBuf};

use url::{Host, Url};

use super::error::ConfigError;
use super::redacted::SecretUrl;
use super::sources::{Given, Name};

/// The setting's names.
pub const NAME: Name = Name { env: "OUINON_WITNESS", key: "witness" };

/// The default folder's name, beside the key file.
pub const DEFAULT: &str = "ouinon-witness";

const EXPECTED: &str = "folders and https addresses separated by commas, such as \
     /mnt/witness,https://bearer:TOKEN@witness.example/ouinon (http on this machine only)";

/// One place that remembers the logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A folder, best on another machine's disk.
    Folder(PathBuf),
    /// A store that answers `GET` and `PUT` under this address; a user and a password in it are
    /// sent as they are, the user `bearer` makes the password a bearer token.
    Web(SecretUrl),
}

/// `folder` is where the key file lives.
pub(super) fn parse(given: Option<&Given>, folder: &Path) -> Result<Vec<Target>, ConfigError> {
    let Some(given) = given else { return Ok(vec![Target::Folder(folder.join(DEFAULT))]) };
    let items = given.value.split(',').map(str::trim).filter(|item| !item.is_empty());
    items.map(|item| target(item).ok_or_else(|| given.wrong(EXPECTED))).collect()
}

fn target(item: &str) -> Option<Target> {
    if !item.contains("://") {
        return Some(Target::Folder(PathBuf::from(item)));
    }
    let url = Url::parse(item).ok()?;
    let safe = match url.scheme() {
        "https" => url.has_host(),
        "http" => is_this_machine(&url),
        _ => false,
    };
    let whole = url.query().is_none() && url.fragment().is_none();
    let named = url.username().is_empty() == url.password().is_none();
    (safe && whole && named).then(|| Target::Web(SecretUrl::new(item.trim_end_matches('/'))))
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Vec<Target>, ConfigError> {
        let given = Given { setting: NAME.env.to_owned(), value: value.to_owned() };
        parse(Some(&given), Path::new(""))
    }

    #[test]
    fn folders_and_addresses_in_one_list() {
        let web = |url: &str| Target::Web(SecretUrl::new(url));
        assert_eq!(
            read("/mnt/my witness, https://bearer:t0ken@w.example/o/,http://[::1]:8080").unwrap(),
            [
                Target::Folder("/mnt/my witness".into()),
                web("https://bearer:t0ken@w.example/o"),
                web("http://[::1]:8080"),
            ]
        );
        assert_eq!(
            parse(None, Path::new("/k")).unwrap(),
            [Target::Folder("/k/ouinon-witness".into())]
        );
    }

    #[test]
    fn what_cannot_be_trusted_with_a_checkpoint_is_refused_without_its_secret() {
        for value in [
            "s3://bucket",
            "http://w.example",
            "/a,ftp://w.example",
            "https://w.example/?a=1",
            "https://s3cret@w.example",
            "https://user:s3cret@",
        ] {
            let sentence = read(value).unwrap_err().to_string();
            assert!(sentence.contains("folders and https addresses"), "{sentence}");
            assert!(!sentence.contains("s3cret"), "{sentence}");
        }
    }
}
