//! A visitor as its browser knows it: the secret, and the version it saw last.

use ouinon_domain::ids::{VisitorId, VisitorSecret};
use uuid::Uuid;

pub struct Visitor {
    pub secret: VisitorSecret,
    pub version: u64,
}

impl Visitor {
    /// A stranger.
    pub fn new() -> Self {
        let bytes = *Uuid::new_v4().as_bytes();
        let secret = VisitorSecret::parse(&ouinon_domain::canonical::base64url(&bytes)).unwrap();
        Self { secret, version: 0 }
    }

    pub fn id(&self) -> VisitorId {
        self.secret.visitor()
    }
}
