//! Visits every world that can be reached, nearest first: what it finds is as short as it can be.

use crate::bounds::Bounds;
use crate::design::Design;
use crate::invariant::{self, Broken};
use crate::step::Step;
use crate::world::{Next, Rules, World};
use std::collections::HashSet;
use std::fmt;
use std::rc::Rc;

/// What a search found.
#[derive(Debug)]
pub struct Found {
    /// Different worlds visited.
    pub states: usize,
    /// Every step that was possible somewhere: what the search has seen happen.
    pub steps: HashSet<Step>,
    /// The shortest way to a broken promise, if there is one.
    pub counterexample: Option<(Broken, Vec<Step>)>,
}

/// A world and how it was come by.
struct Visit {
    world: Rc<World>,
    from: usize,
    step: Option<Step>,
}

/// Searches all of a design's worlds within the bounds, or until a promise is broken.
pub fn search(design: Design, bounds: Bounds) -> Found {
    let rules = Rules { design, bounds };
    let start = Rc::new(World::start());
    let mut known = HashSet::from([Rc::clone(&start)]);
    let mut visits = vec![Visit { world: start, from: 0, step: None }];
    let mut steps = HashSet::new();
    let mut at = 0;
    while at < visits.len() {
        let here = Rc::clone(&visits[at].world);
        for Next { step, world, broken } in here.next(&rules) {
            steps.insert(step);
            let world = Rc::new(world);
            if !known.insert(Rc::clone(&world)) && broken.is_none() {
                continue;
            }
            if let Some(broken) = broken.or_else(|| invariant::world(&world)) {
                let mut way = way(&visits, at);
                way.push(step);
                return Found { states: known.len(), steps, counterexample: Some((broken, way)) };
            }
            visits.push(Visit { world, from: at, step: Some(step) });
        }
        at += 1;
    }
    Found { states: known.len(), steps, counterexample: None }
}

fn way(visits: &[Visit], mut at: usize) -> Vec<Step> {
    let mut way = Vec::new();
    while let Some(step) = visits[at].step {
        way.push(step);
        at = visits[at].from;
    }
    way.reverse();
    way
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((broken, way)) = &self.counterexample else {
            return write!(f, "{} states, nothing broken", self.states);
        };
        writeln!(f, "{broken}, after {} states:", self.states)?;
        way.iter().zip(1..).try_for_each(|(step, n)| writeln!(f, "  {n:2}. {step}"))
    }
}
