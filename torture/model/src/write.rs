//! The write path (`consent/{submit,writer,transaction,resolve}.rs`): send, begin under the visitor's
//! lock, commit, and only then the acknowledgement. Whoever is not answered repeats the same id.

use crate::client::{BODIES, REGRANT, STALE_GRANT, Status, WITHDRAWAL};
use crate::database::Node;
use crate::design::Design;
use crate::invariant::Broken;
use crate::log::{Entry, Record, last, records};
use crate::step::Step;
use crate::world::{NODES, Next, Rules, SERVERS, World};

/// Adds what can happen to bodies and commands.
pub fn steps(world: &World, rules: &Rules, next: &mut Vec<Next>) {
    for body in 0..BODIES {
        match world.bodies[body].status {
            Status::Open => send(world, rules, body, next),
            Status::Begun(_, node, entry, version) => {
                next.push(commit(world, body, node, entry, version));
                next.push(breaks(world, body));
                if rules.design == Design::AckBeforeCommit {
                    next.push(acknowledge(world, body, Step::Acknowledge(body), node, version));
                }
            }
            Status::Written(_, node, place, version) => {
                let waits = rules.design != Design::UnconfirmedCommit;
                if world.databases.acknowledges(node, place) || !waits {
                    next.push(acknowledge(world, body, Step::Acknowledge(body), node, version));
                }
                next.push(breaks(world, body));
            }
            Status::Acknowledged(_) | Status::Refused => {}
        }
    }
    commands(world, rules, next);
}

fn send(world: &World, rules: &Rules, body: usize, next: &mut Vec<Next>) {
    let wanted = match body {
        STALE_GRANT => rules.bounds.stale_grant,
        REGRANT => rules.bounds.regrant && world.bodies[WITHDRAWAL].acknowledged().is_some(),
        _ => rules.bounds.withdrawal,
    };
    if !wanted || world.bodies[body].sent >= rules.bounds.attempts {
        return;
    }
    for server in 0..SERVERS {
        let reached = NODES.into_iter().filter(|node| world.databases.reach(server, *node));
        next.extend(reached.filter_map(|node| begin(world, rules, body, server, node)));
    }
}

/// A server has the body, and its turn has come (before, nothing depends on it): the statement that locks, looks up the id and resolves; `None` where another holds the lock.
fn begin(world: &World, rules: &Rules, body: usize, server: usize, node: Node) -> Option<Next> {
    if let Some(version) = world.servers[server].answers[body] {
        return Some(acknowledge(world, body, Step::Repeat(body), node, version));
    }
    let runs = |other: &crate::client::Body| matches!(other.status, Status::Begun(_, on, ..) if on == node);
    let locked = world.databases.waits(node) || world.bodies.iter().any(runs);
    if locked && rules.design != Design::NoLock {
        return None;
    }
    let log = world.databases.visible(node);
    let (entry, version) = match records(log).find(|record| usize::from(record.id) == body) {
        Some(stored) if rules.design == Design::RepeatWithoutCommit => {
            return Some(acknowledge(world, body, Step::Repeat(body), node, stored.version));
        }
        Some(stored) => (Entry::Repeated, stored.version),
        None => match resolve(world, rules, body, last(log)) {
            Some(record) => (Entry::Recorded(record), record.version),
            None => {
                let refuse = |world: &mut World| world.bodies[body].status = Status::Refused;
                return Some(world.after(Step::Refuse(body, node), refuse));
            }
        },
    };
    Some(world.after(Step::Begin(body, server, node), |world| {
        world.bodies[body].sent += 1;
        world.bodies[body].status = Status::Begun(server as u8, node, entry, version);
        if rules.design == Design::ReplayedAck {
            world.servers[server].answers[body] = Some(version);
        }
    }))
}

/// What a body amounts to on the state it meets: a no is never late, a yes on another version is.
fn resolve(world: &World, rules: &Rules, body: usize, before: Record) -> Option<Record> {
    let (version, _) = before.state;
    let yes = body != WITHDRAWAL;
    let base = match body {
        STALE_GRANT => 1,
        REGRANT => world.bodies[WITHDRAWAL].acknowledged().unwrap_or(0),
        _ => version,
    };
    let stale = yes && base != version && rules.design != Design::NoVersionCheck;
    let state = (version + 1, yes);
    (!stale).then_some(Record { id: body as u8, version: version + 1, base, yes, state })
}

fn commit(world: &World, body: usize, node: Node, entry: Entry, version: u8) -> Next {
    world.after(Step::Commit(body), |world| {
        let place = world.databases.commit(node, entry);
        let server = world.bodies[body].at().unwrap_or(0) as u8;
        world.bodies[body].status = Status::Written(server, node, place, version);
    })
}

/// The 2xx. Breaks a promise where the database that gave it has no such record on disk.
fn acknowledge(world: &World, body: usize, step: Step, node: Node, version: u8) -> Next {
    let mut next = world.after(step, |world| {
        world.bodies[body].status = Status::Acknowledged(version);
        // `Design::CachedYes` deletes before it acknowledges; the others have nothing there.
        world.cache = None;
    });
    let is = |record: &Record| usize::from(record.id) == body && record.version == version;
    let stored = records(world.databases.on_disk(node)).any(|record| is(&record));
    next.broken = (!stored).then_some(Broken::AckBeforeCommit);
    next
}

/// No answer: what was not committed is rolled back, what is on disk stays.
fn breaks(world: &World, body: usize) -> Next {
    world.after(Step::Break(body), |world| world.bodies[body].status = Status::Open)
}

/// What operators do, on the database itself. A command that is not answered is not repeated.
fn commands(world: &World, rules: &Rules, next: &mut Vec<Next>) {
    let reached = |node: &Node| (0..SERVERS).any(|side| world.databases.reach(side, *node));
    if rules.bounds.revocation && world.revocation == Status::Open {
        next.extend(NODES.into_iter().filter(reached).map(|node| {
            world.after(Step::Revoke(node), |world| {
                let place = world.databases.commit(node, Entry::Revoked);
                world.revocation = Status::Written(0, node, place, 0);
            })
        }));
    }
    if rules.bounds.change && world.change == Status::Open {
        next.extend(NODES.into_iter().filter(reached).map(|node| {
            world.after(Step::Change(node), |world| {
                world.databases.commit(node, Entry::Changed);
                world.change = Status::Refused;
            })
        }));
    }
    if let Status::Written(_, node, place, _) = world.revocation
        && world.databases.acknowledges(node, place)
    {
        let done = |world: &mut World| world.revocation = Status::Acknowledged(0);
        next.push(world.after(Step::Done, done));
    }
}
