//! Who writes and what: everything follows from a few numbers, so that any body of the run can be
//! made again at its end, byte for byte.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use uuid::Uuid;

/// The purpose that decisions are asked about.
pub const PURPOSE: &str = "analytics";
/// Where the sites' pages are.
pub const ORIGIN: &str = "http://127.0.0.1:9";

/// What the load is aimed at.
#[derive(Debug)]
pub struct Target {
    /// Two servers over one database.
    pub servers: [SocketAddr; 2],
    /// Two sites; visitors of the second are visitors of the first, too.
    pub sites: [Site; 2],
    /// Of everything random.
    pub seed: u64,
}

#[cfg(test)]
impl Target {
    /// One that is nowhere, for checks of checks.
    pub fn made_up() -> Self {
        let site = |id: &str| Site { id: id.into(), notice: "n".into(), key: "k".into() };
        let servers = [([127, 0, 0, 1], 1).into(), ([127, 0, 0, 1], 2).into()];
        Self { servers, sites: [site("one"), site("two")], seed: 1 }
    }
}

/// A site, and a key of it that reads.
#[derive(Debug)]
pub struct Site {
    /// Its id.
    pub id: String,
    /// Its notice.
    pub notice: String,
    /// For `decisions:read`, `consents:read`, `log:read` and `privacy:write`.
    pub key: String,
}

/// What a record says about every purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Yes.
    Grant,
    /// No.
    Refuse,
    /// Not any more.
    Withdraw,
}

impl Kind {
    /// As in bodies and tables.
    pub fn action(self) -> &'static str {
        match self {
            Self::Grant => "accept_all",
            Self::Refuse => "reject_all",
            Self::Withdraw => "withdraw",
        }
    }
}

/// One record to be, as its browser makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Body {
    /// Index of the site.
    pub site: u8,
    /// Number of the visitor.
    pub visitor: u32,
    /// Of the record.
    pub id: Uuid,
    /// What it says.
    pub kind: Kind,
    /// The version the browser knew.
    pub base: u32,
}

fn secret(seed: u64, visitor: u32) -> [u8; 16] {
    let hash = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(visitor.to_be_bytes());
    first(&hash.finalize())
}

fn first(hash: &[u8]) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes
}

/// The id of a visitor.
pub fn visitor_id(seed: u64, visitor: u32) -> String {
    URL_SAFE_NO_PAD.encode(first(&Sha256::digest(secret(seed, visitor))))
}

impl Body {
    /// The raw body; `language` tells two bodies of one id apart.
    pub fn text(&self, target: &Target, language: &str) -> String {
        let (id, action) = (self.id, self.kind.action());
        let secret = URL_SAFE_NO_PAD.encode(secret(target.seed, self.visitor));
        let who = format!(r#""id":"{id}","visitor_secret":"{secret}","action":"{action}""#);
        if self.kind == Kind::Withdraw {
            return format!(r#"{{{who},"language":"{language}"}}"#);
        }
        let (yes, base) = (self.kind == Kind::Grant, self.base);
        let notice = &target.sites[usize::from(self.site)].notice;
        let choices = ["functional", "analytics", "advertising", "retargeting"]
            .map(|purpose| format!(r#""{purpose}":{yes}"#))
            .join(",");
        format!(
            r#"{{{who},"notice":"{notice}","base_version":{base},"choices":{{{choices}}},"language":"{language}","method":"banner"}}"#
        )
    }

    /// What the table says of the body.
    pub fn hash(&self, target: &Target) -> String {
        let hash = Sha256::digest(self.text(target, "en"));
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
