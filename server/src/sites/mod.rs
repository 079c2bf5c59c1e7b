//! A site as requests need it: settings, notices, keys, read together and cached until the site's
//! epoch changes. Changing one (`admin`) raises the epoch, so every server reads it again at its
//! next question.

pub mod admin;
pub mod default_notice;
pub mod key;
pub mod origin;
mod registry;

pub use registry::Sites;

use crate::error::Error;
use key::ApiKey;
use origin::Origin;
use ouinon_domain::basis::Terms;
use ouinon_domain::ids::{NoticeHash, SiteId, VisitorId};
use ouinon_domain::leaf::hmac_sha256;
use ouinon_domain::notice::Notice;
use ouinon_domain::time::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;

/// A published notice and its terms.
#[derive(Debug)]
pub struct Published {
    /// Its id.
    pub hash: NoticeHash,
    /// What is shown.
    pub notice: Notice,
    /// What decisions need of it.
    pub terms: Terms,
}

/// A site at one epoch.
#[derive(Debug)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// Its name for people.
    pub name: String,
    /// Not switched off.
    pub enabled: bool,
    /// What this was read at.
    pub epoch: i64,
    /// Where it may be used from.
    pub origins: Vec<Origin>,
    /// The parent domain its cookies are written for.
    pub cookie_domain: Option<String>,
    /// First line of its log's checkpoints.
    pub log_origin: String,
    secret: [u8; 32],
    notices: HashMap<NoticeHash, Arc<Published>>,
    publications: Vec<(NoticeHash, Timestamp)>,
    keys: HashMap<String, ApiKey>,
}

impl Site {
    /// The notice in force.
    pub fn current(&self) -> Option<&Arc<Published>> {
        self.publications.last().and_then(|(hash, _)| self.notices.get(hash))
    }

    /// The same where there has to be one: a site is created with a notice.
    pub fn in_force(&self) -> Result<&Arc<Published>, Error> {
        self.current().ok_or_else(|| Error::Internal("a site without a notice".into()))
    }

    /// The notice in force at a moment; the first one for any time before it.
    pub fn current_at(&self, at: Timestamp) -> Option<&Arc<Published>> {
        let last = self.publications.iter().rev().find(|(_, since)| *since <= at);
        let (hash, _) = last.or(self.publications.first())?;
        self.notices.get(hash)
    }

    /// A notice this site published at some time.
    pub fn notice(&self, hash: &NoticeHash) -> Option<&Arc<Published>> {
        self.notices.get(hash)
    }

    /// When which notice came into force, oldest first.
    pub fn publications(&self) -> &[(NoticeHash, Timestamp)] {
        &self.publications
    }

    /// The key with this id, working or not.
    pub fn key(&self, id: &str) -> Option<&ApiKey> {
        self.keys.get(id)
    }

    /// Whether the site may be used from this `Origin`.
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|own| own.matches(origin))
    }

    /// A visitor's entry in the register of erasures: a keyed hash, so that the register names
    /// nobody.
    pub fn erasure_hash(&self, visitor: VisitorId) -> [u8; 32] {
        hmac_sha256(&self.secret, &[b"erasure", &visitor.0])
    }
}
