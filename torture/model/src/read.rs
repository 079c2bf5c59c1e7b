//! The read path (`consent/{decide,asker,lease}.rs`, `storage/hot/read.rs`): a question waits, a
//! statement is sent for all that wait, runs, and comes back; the lease and the epoch say whether it
//! counts.

use crate::bounds::TERM;
use crate::database::Node;
use crate::design::Design;
use crate::invariant::answer;
use crate::log::{Entry, last, marks, site};
use crate::server::{Mark, Row, Statement, Writing, later};
use crate::step::{Said, Step};
use crate::world::{NODES, Next, Rules, World};

/// Adds what can happen to questions and marks.
pub fn steps(world: &World, rules: &Rules, next: &mut Vec<Next>) {
    let server = rules.bounds.asked;
    ask(world, rules, server, next);
    for node in NODES.into_iter().filter(|node| world.databases.reach(server, *node)) {
        toward(world, rules, server, node, next);
    }
    if let Some(sent) = world.servers[server].sent {
        match sent.row {
            None => next.push(run(world, rules, server, sent)),
            Some(row) => next.push(decide(world, rules, server, sent, row)),
        }
    }
    marked(world, rules, server, next);
}

fn ask(world: &World, rules: &Rules, server: usize, next: &mut Vec<Next>) {
    let floor = world.floor();
    let asked = &world.servers[server];
    if rules.design == Design::CachedYes
        && let Some(record) = world.cache
    {
        let mut said = world.after(Step::Decide(server, Said::Yes), |_| {});
        said.broken = answer(floor, record, Said::Yes);
        next.push(said);
    }
    if rules.design == Design::JoinsSentStatement
        && asked.sent.is_some_and(|sent| sent.floor.and(floor) != sent.floor)
    {
        next.push(world.after(Step::Ask(server), |world| {
            if let Some(sent) = &mut world.servers[server].sent {
                sent.floor = sent.floor.and(floor);
            }
        }));
    }
    if asked.waiting.is_none() {
        let wait = |world: &mut World| world.servers[server].waiting = Some(floor);
        next.push(world.after(Step::Ask(server), wait));
    }
}

/// What a server can begin with a database that it reaches.
fn toward(world: &World, rules: &Rules, server: usize, node: Node, next: &mut Vec<Next>) {
    let asked = &world.servers[server];
    let counted = rules.design == Design::EpochCounter;
    match (asked.site, asked.waiting, asked.sent) {
        (None, Some(_), _) => next.push(world.after(Step::Load(server, node), |world| {
            world.servers[server].site = Some(site(world.databases.visible(node), counted));
        })),
        (Some(site), Some(_), _) if !site.key_works => {
            let refuse = |world: &mut World| world.servers[server].waiting = None;
            next.push(world.after(Step::Decide(server, Said::Forbidden), refuse));
        }
        (Some(site), Some(floor), None) => {
            let sent = Statement { floor, node, site, mark: asked.mark, row: None };
            next.push(world.after(Step::SendStatement(server, node), |world| {
                world.servers[server].waiting = None;
                world.servers[server].sent = Some(sent);
            }));
        }
        _ => {}
    }
    let rested = asked.mark.is_none_or(|mark| mark.age > 0);
    if asked.writing.is_none() && asked.made < rules.bounds.marks && rested {
        next.push(world.after(Step::Mark(server, node), |world| {
            let made = &mut world.servers[server].made;
            *made += 1;
            let mark = Mark { name: *made, age: 0 };
            let place = world.databases.commit(node, Entry::Marked(server as u8, mark.name));
            world.servers[server].writing = Some(Writing { mark, node, place });
        }));
    }
}

/// The one moment at which the statement sees the database.
fn run(world: &World, rules: &Rules, server: usize, sent: Statement) -> Next {
    let log = world.databases.visible(sent.node);
    let marked =
        sent.mark.is_some_and(|mark| log.contains(&Entry::Marked(server as u8, mark.name)));
    let epoch = site(log, rules.design == Design::EpochCounter).epoch;
    let row = Row { record: last(log), epoch, marked, count: marks(log) };
    world.after(Step::Run(server), |world| {
        world.servers[server].sent = Some(Statement { row: Some(row), ..sent });
    })
}

/// The answer has come: whether it counts, and what it says.
fn decide(world: &World, rules: &Rules, server: usize, sent: Statement, row: Row) -> Next {
    let advanced = world.servers[server].mark.is_none_or(|mark| row.count > mark.name);
    let held = match rules.design {
        Design::NoLease => true,
        Design::LeaseCounter => {
            advanced || world.servers[server].mark.is_some_and(|mark| mark.age < TERM)
        }
        _ => row.marked && sent.mark.is_some_and(|mark| mark.age < TERM),
    };
    let same = row.epoch == sent.site.epoch || rules.design == Design::NoEpochComparison;
    let said = match (held, same, row.record.state.1) {
        (false, ..) => Said::Unavailable,
        (true, false, _) => Said::Again,
        (true, true, true) => Said::Yes,
        (true, true, false) => Said::No,
    };
    let mut next = world.after(Step::Decide(server, said), |world| {
        let asked = &mut world.servers[server];
        asked.sent = None;
        if said == Said::Again {
            asked.site = None;
            asked.waiting = later(asked.waiting, sent.floor);
        }
        if rules.design == Design::LeaseCounter && advanced {
            asked.mark = Some(Mark { name: row.count, age: 0 });
        }
        if rules.design == Design::CachedYes && said == Said::Yes {
            world.cache = Some(row.record);
        }
    });
    next.broken = answer(sent.floor, row.record, said);
    next
}

/// A mark's commit is acknowledged, or not waited for any longer.
fn marked(world: &World, rules: &Rules, server: usize, next: &mut Vec<Next>) {
    let Some(writing) = world.servers[server].writing else { return };
    let broken = !world.databases.reach(server, writing.node);
    if !broken && world.databases.acknowledges(writing.node, writing.place) {
        next.push(world.after(Step::Marked(server), |world| {
            let asked = &mut world.servers[server];
            asked.writing = None;
            match rules.design {
                // Only what a statement sees counts there.
                Design::LeaseCounter => {}
                Design::LeaseFromAnswer => asked.mark = Some(Mark { age: 0, ..writing.mark }),
                _ => asked.mark = Some(writing.mark),
            }
        }));
    } else if broken || writing.mark.age >= TERM {
        let lose = |world: &mut World| world.servers[server].writing = None;
        next.push(world.after(Step::MarkLost(server), lose));
    }
}

/// A statement whose database was lost: its questions get `503`.
pub fn lose(world: &mut World, server: usize) {
    world.servers[server].sent = None;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Floor;

    #[test]
    fn questions_that_wait_together_are_held_to_the_strictest() {
        let early = Floor { version: 1, withdrawn: 0, revoked: false };
        let late = Floor { version: 2, withdrawn: 2, revoked: true };
        assert_eq!(later(Some(late), early), Some(late));
        assert_eq!(later(None, early), Some(early));
    }
}
