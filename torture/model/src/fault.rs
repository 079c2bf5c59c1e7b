//! What time, the network and kills do. Every fault may come between any two steps.

use crate::client::Status;
use crate::database::Node;
use crate::read::lose;
use crate::server::Server;
use crate::step::Step;
use crate::world::{Next, Rules, SERVERS, World};

/// Adds what can happen to the machines.
pub fn steps(world: &World, rules: &Rules, next: &mut Vec<Next>) {
    let ticked = world.after(Step::Tick, World::tick);
    // Time only takes answers away, unless a standby may be promoted.
    if rules.bounds.promotion && ticked.world != *world {
        next.push(ticked);
    }
    let databases = &world.databases;
    if databases.replicates() {
        next.push(world.after(Step::Confirm, |world| {
            world.databases.confirmed += 1;
            world.databases.silence = 0;
        }));
    }
    if rules.bounds.promotion && databases.promotable() {
        next.push(world.after(Step::Promote, |world| {
            let databases = &mut world.databases;
            databases.new = Some(databases.old[..databases.confirmed].to_vec());
        }));
    }
    if rules.bounds.partition && !world.was_cut {
        next.push(world.after(Step::Cut, cut));
    }
    if databases.cut {
        next.push(world.after(Step::Heal, |world| world.databases.cut = false));
    }
    if databases.up && world.kills.1 < rules.bounds.primary_crashes {
        next.push(world.after(Step::KillPrimary, kill_primary));
    }
    if !databases.up {
        next.push(world.after(Step::RestartPrimary, |world| {
            world.databases.up = true;
            world.databases.recovered = world.databases.old.len();
        }));
    }
    if world.kills.0 < rules.bounds.server_crashes {
        let kill = |server| world.after(Step::KillServer(server), |world| kill(world, server));
        next.extend((0..SERVERS).map(kill));
    }
}

/// Server 1 loses the old primary, server 0 the new one. Operators are on both sides.
fn cut(world: &mut World) {
    world.was_cut = true;
    world.databases.cut = true;
    for (server, node) in [(0, Node::New), (1, Node::Old)] {
        break_connections(world, server, node);
    }
}

fn kill_primary(world: &mut World) {
    world.kills.1 += 1;
    world.databases.up = false;
    for server in 0..SERVERS {
        break_connections(world, server, Node::Old);
    }
    if matches!(world.revocation, Status::Written(_, Node::Old, ..)) {
        world.revocation = Status::Refused;
    }
}

/// What ran between a server and a database is not answered any more.
fn break_connections(world: &mut World, server: usize, node: Node) {
    for body in &mut world.bodies {
        if body.at() == Some(server) && body.on() == Some(node) {
            body.status = Status::Open;
        }
    }
    let asked = &mut world.servers[server];
    asked.writing = asked.writing.filter(|writing| writing.node != node);
    if asked.sent.is_some_and(|sent| sent.node == node && sent.row.is_none()) {
        lose(world, server);
    }
}

fn kill(world: &mut World, server: usize) {
    world.kills.0 += 1;
    let made = world.servers[server].made;
    world.servers[server] = Server { made, ..Server::default() };
    for body in &mut world.bodies {
        if body.at() == Some(server) {
            body.status = Status::Open;
        }
    }
}
