//! Visitors who wait for a moment: they said yes before it, and take it back after it.

use crate::body::{Body, Kind};
use crate::caller::Caller;
use uuid::Builder;

/// Some visitors, and who speaks for them.
#[derive(Debug)]
pub struct Crowd {
    caller: Caller,
    visitors: Vec<u32>,
}

impl Crowd {
    /// They say yes.
    pub async fn gather(mut caller: Caller, visitors: Vec<u32>) -> Self {
        for visitor in &visitors {
            let body = body(&mut caller, *visitor, Kind::Grant);
            caller.persist(body).await;
        }
        Self { caller, visitors }
    }

    /// They take it back, at one server.
    pub async fn withdraw(&mut self, server: usize) {
        for visitor in &self.visitors {
            let body = body(&mut self.caller, *visitor, Kind::Withdraw);
            self.caller.insist(server, body).await;
        }
    }

    /// One server is asked about each of them.
    pub async fn ask(&mut self, server: usize) {
        for visitor in &self.visitors {
            self.caller.decide(server, 0, *visitor).await;
        }
    }
}

fn body(caller: &mut Caller, visitor: u32, kind: Kind) -> Body {
    let id = Builder::from_random_bytes(caller.dice.bytes()).into_uuid();
    Body { site: 0, visitor, id, kind, base: u32::from(kind == Kind::Withdraw) }
}
