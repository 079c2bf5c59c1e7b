//! What must hold (docs/TRUST.md), in every world and for every answer.

use crate::client::{BODIES, Floor};
use crate::database::Node;
use crate::log::{Entry, Record, records};
use crate::step::Said;
use crate::world::World;
use std::fmt;

/// A broken promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Broken {
    /// I1.
    Lost,
    /// I2.
    YesAfterWithdrawal,
    /// I2, of a key.
    AnsweredRevokedKey,
    /// I2b.
    Behind,
    /// I7.
    AckBeforeCommit,
    /// I8, and I4: one record for one id.
    NotTheFold,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lost => "I1: an acknowledged record is not there",
            Self::YesAfterWithdrawal => "I2: a yes to what was asked after a withdrawal",
            Self::AnsweredRevokedKey => "I2: an answer to a key that was revoked before it asked",
            Self::Behind => "I2b: an acknowledged record was not seen",
            Self::AckBeforeCommit => "I7: acknowledged, and not on disk",
            Self::NotTheFold => "I8: versions with holes, an id twice, or a state that is another",
        })
    }
}

/// What an answer breaks. A yes after a withdrawal needs a grant by someone who knew of it.
pub fn answer(floor: Floor, from: Record, said: Said) -> Option<Broken> {
    match said {
        Said::Yes if from.base < floor.withdrawn => Some(Broken::YesAfterWithdrawal),
        Said::Yes | Said::No if floor.revoked => Some(Broken::AnsweredRevokedKey),
        Said::Yes | Said::No if from.version < floor.version => Some(Broken::Behind),
        _ => None,
    }
}

/// What a world breaks.
pub fn world(world: &World) -> Option<Broken> {
    let valid = world.databases.valid();
    let kept = |body: usize| match world.bodies[body].acknowledged() {
        None => true,
        Some(version) => {
            records(valid).any(|record| usize::from(record.id) == body && record.version == version)
        }
    };
    if !(0..BODIES).all(kept) {
        return Some(Broken::Lost);
    }
    let sound = [Node::Old, Node::New].iter().all(|node| folds(world.databases.on_disk(*node)));
    (!sound).then_some(Broken::NotTheFold)
}

/// Whether versions count up from 1, no id is there twice, and each state row is the sum so far.
fn folds(log: &[Entry]) -> bool {
    let mut ids = 0_u64;
    records(log).zip(1_u8..).all(|(record, place)| {
        let bit = 1_u64 << (record.id % 64);
        let new = ids & bit == 0;
        ids |= bit;
        new && record.version == place && record.state == (place, record.yes)
    })
}
