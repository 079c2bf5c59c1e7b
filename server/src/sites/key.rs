//! API keys: `oui_SITE_ID_SECRET`. Only a hash of the whole is stored; scopes, end and networks
//! are checked locally, revocation arrives through the site's epoch.

use crate::error::Error;
use crate::geo::ClientAddress;
use crate::storage::entity::api_key;
use crate::storage::rows::fixed;
use ipnet::IpNet;
use ouinon_domain::canonical::{base64url, sha256};
use ouinon_domain::ids::SiteId;
use ouinon_domain::time::Timestamp;
use subtle::ConstantTimeEq;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scope(&'static str);

impl Scope {
    /// Ask whether a visitor can be used.
    pub const DECISIONS_READ: Self = Self("decisions:read");
    /// Read records and their proofs.
    pub const CONSENTS_READ: Self = Self("consents:read");
    /// Record choices for visitors from a server.
    pub const CONSENTS_WRITE: Self = Self("consents:write");
    /// Read rates.
    pub const STATS_READ: Self = Self("stats:read");
    /// Read the evidence log: inclusion proofs and leaves.
    pub const LOG_READ: Self = Self("log:read");
    /// Read all that is kept about a visitor, and the register of erasures.
    pub const PRIVACY_READ: Self = Self("privacy:read");
    /// Forget visitors.
    pub const PRIVACY_WRITE: Self = Self("privacy:write");
    /// Every scope there is.
    pub const ALL: [Self; 9] = [
        Self::DECISIONS_READ,
        Self::CONSENTS_READ,
        Self::CONSENTS_WRITE,
        Self::STATS_READ,
        Self("links:write"),
        Self("webhooks:write"),
        Self::PRIVACY_READ,
        Self::PRIVACY_WRITE,
        Self::LOG_READ,
    ];

    /// Reads a scope's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|scope| scope.0 == text);
        known.ok_or_else(|| {
            let names = Self::ALL.map(|scope| scope.0).join(", ");
            format!("`{text}` is not a scope; use one of {names}")
        })
    }

    /// The scope's name.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

/// A stored key.
#[derive(Clone, Debug)]
pub struct ApiKey {
    hash: [u8; 32],
    scopes: Vec<Scope>,
    cidrs: Vec<IpNet>,
    expires_at: Option<Timestamp>,
    revoked: bool,
}

impl ApiKey {
    /// Reads a row. A scope or network this version does not know allows nothing.
    pub fn read(row: &api_key::Model) -> Result<Self, Error> {
        let broken = |_| Error::Internal("the stored value of `cidrs` cannot be read".into());
        Ok(Self {
            hash: fixed(row.hash.clone(), "api_key.hash")?,
            scopes: row.scopes.split_whitespace().filter_map(|s| Scope::parse(s).ok()).collect(),
            cidrs: row
                .cidrs
                .split_whitespace()
                .map(|cidr| cidr.parse().map_err(broken))
                .collect::<Result<_, _>>()?,
            expires_at: row.expires_at.map(Timestamp),
            revoked: row.revoked_at.is_some(),
        })
    }

    /// Whether this is the key presented, it works now and from there, and may do `scope`.
    pub fn check(
        &self,
        presented: &Presented,
        scope: Scope,
        now: Timestamp,
        from: ClientAddress,
    ) -> Result<(), Error> {
        if !bool::from(self.hash.ct_eq(&presented.hash)) {
            return Err(Error::Unauthorized("the API key is unknown"));
        }
        if self.revoked {
            return Err(Error::Unauthorized("the API key was revoked"));
        }
        if self.expires_at.is_some_and(|end| end <= now) {
            return Err(Error::Unauthorized("the API key has expired"));
        }
        if !self.cidrs.is_empty() && !self.cidrs.iter().any(|net| from.is_within(net)) {
            return Err(Error::Unauthorized("the API key does not work from this network"));
        }
        match self.scopes.contains(&scope) {
            true => Ok(()),
            false => Err(Error::MissingScope(scope.as_str())),
        }
    }
}

/// A key as presented, taken apart.
#[derive(Clone, Debug)]
pub struct Presented {
    /// The site it says it belongs to.
    pub site: SiteId,
    /// Its id in that site.
    pub id: String,
    hash: [u8; 32],
}

impl Presented {
    /// Reads `oui_SITE_ID_SECRET`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (site, rest) = text.strip_prefix("oui_")?.split_once('_')?;
        let (id, secret) = rest.split_once('_')?;
        let known = !id.is_empty() && secret.len() == 43;
        known.then_some(())?;
        Some(Self { site: SiteId::parse(site)?, id: id.into(), hash: sha256(text.as_bytes()) })
    }

    /// A number that only this key has, and nobody can tell the key from.
    pub fn fingerprint(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.hash;
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

/// A new key: its id, its text (shown once) and the hash to store.
pub fn mint(site: &SiteId, id: [u8; 5], secret: [u8; 32]) -> (String, String, [u8; 32]) {
    let id = ouinon_domain::canonical::hex(&id);
    let text = format!("oui_{site}_{id}_{}", base64url(&secret));
    let hash = sha256(text.as_bytes());
    (id, text, hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(scopes: &str, cidrs: &str, expires_at: Option<i64>) -> (Presented, ApiKey) {
        let site = SiteId::from_random([3; 12]);
        let (id, text, hash) = mint(&site, [1; 5], [255; 32]);
        let row = api_key::Model {
            site: site.as_str().into(),
            id,
            hash: hash.to_vec(),
            scopes: scopes.into(),
            cidrs: cidrs.into(),
            created_at: 0,
            expires_at,
            revoked_at: None,
        };
        (Presented::parse(&text).unwrap(), ApiKey::read(&row).unwrap())
    }

    #[test]
    fn a_key_does_what_its_scopes_say_until_its_end_from_its_networks() {
        let (presented, key) = key("decisions:read future:scope", "10.0.0.0/8", Some(100));
        let at = |ip: &str| ClientAddress::direct(ip.parse().unwrap());
        let home = at("10.1.2.3");
        let check = |scope, now, from| key.check(&presented, scope, Timestamp(now), from);
        assert!(check(Scope::DECISIONS_READ, 99, home).is_ok());
        assert!(matches!(check(Scope::STATS_READ, 99, home), Err(Error::MissingScope(_))));
        assert!(matches!(check(Scope::DECISIONS_READ, 100, home), Err(Error::Unauthorized(_))));
        let away = check(Scope::DECISIONS_READ, 1, at("11.0.0.1"));
        assert!(matches!(away, Err(Error::Unauthorized(_))));
    }

    #[test]
    fn another_secret_is_another_key() {
        let (_, key) = key("decisions:read", "", None);
        let site = SiteId::from_random([3; 12]);
        let (_, text, _) = mint(&site, [1; 5], [254; 32]);
        let other = Presented::parse(&text).unwrap();
        let checked = key.check(
            &other,
            Scope::DECISIONS_READ,
            Timestamp(0),
            ClientAddress::direct([127, 0, 0, 1].into()),
        );
        assert!(matches!(checked, Err(Error::Unauthorized(_))));
        assert!(Presented::parse("oui_short").is_none());
    }
}
