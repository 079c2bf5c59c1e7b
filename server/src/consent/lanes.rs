//! Lanes: work of one site that may share a statement or a transaction, never with another site's.
//! A lone piece of work starts at once; while others run, the next batch gathers. What has been
//! taken has been sent: nothing can join it any more.

use crate::error::Error;
use ouinon_domain::ids::SiteId;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Work waiting, by site.
#[derive(Debug)]
pub struct Lanes<J> {
    lanes: Mutex<HashMap<SiteId, Lane<J>>>,
    parallel: usize,
    most: usize,
    gathered: usize,
}

#[derive(Debug)]
struct Lane<J> {
    waiting: VecDeque<J>,
    running: usize,
}

impl<J> Lanes<J> {
    /// Lanes with `parallel` workers each, in which at most `most` pieces may wait.
    pub fn new(parallel: usize, most: usize) -> Self {
        Self { lanes: Mutex::default(), parallel, most, gathered: 1 }
    }

    /// The same, where each worker beside the first starts only once so many pieces wait.
    pub fn gathering(self, gathered: usize) -> Self {
        Self { gathered, ..self }
    }

    /// Whether one more may wait for the site; asked before the work is made ready.
    pub fn room(&self, site: &SiteId) -> Result<(), Error> {
        self.lock().get(site).map_or(Ok(()), |lane| self.room_in(lane))
    }

    fn room_in(&self, lane: &Lane<J>) -> Result<(), Error> {
        match lane.waiting.len() < self.most {
            true => Ok(()),
            false => Err(Error::Unavailable("too much waits for the database".into())),
        }
    }

    /// Adds work; `true` where the caller must start a worker for the site.
    pub fn push(&self, site: &SiteId, job: J) -> Result<bool, Error> {
        let mut lanes = self.lock();
        let lane = lanes
            .entry(site.clone())
            .or_insert_with(|| Lane { waiting: VecDeque::new(), running: 0 });
        self.room_in(lane)?;
        lane.waiting.push_back(job);
        let enough = lane.running == 0 || lane.waiting.len() >= self.gathered;
        let start = enough && lane.running < self.parallel;
        lane.running += usize::from(start);
        Ok(start)
    }

    /// A worker's next batch, chosen by `take`; `None` ends the worker.
    pub fn next(
        &self,
        site: &SiteId,
        take: impl FnOnce(&mut VecDeque<J>) -> Vec<J>,
    ) -> Option<Vec<J>> {
        let mut lanes = self.lock();
        let lane = lanes.get_mut(site)?;
        let batch = take(&mut lane.waiting);
        if batch.is_empty() {
            lane.running -= 1;
            if lane.running == 0 {
                lanes.remove(site);
            }
            return None;
        }
        Some(batch)
    }

    /// How many pieces wait.
    pub fn waiting(&self) -> usize {
        self.lock().values().map(|lane| lane.waiting.len()).sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SiteId, Lane<J>>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_gathers_while_workers_run() {
        let lanes = Lanes::new(1, 3);
        let site = SiteId::from_random([1; 12]);
        let all = |waiting: &mut VecDeque<i32>| waiting.drain(..).collect::<Vec<_>>();
        assert!(lanes.push(&site, 1).unwrap(), "the first starts a worker");
        assert_eq!(lanes.next(&site, all), Some(vec![1]));
        assert!(!lanes.push(&site, 2).unwrap() && !lanes.push(&site, 3).unwrap());
        assert_eq!(lanes.next(&site, all), Some(vec![2, 3]));
        assert_eq!(lanes.next(&site, all), None);
        assert!(lanes.push(&site, 4).unwrap(), "the worker ended");
        for job in [5, 6] {
            lanes.room(&site).unwrap();
            lanes.push(&site, job).unwrap();
        }
        assert!(matches!(lanes.room(&site), Err(Error::Unavailable(_))));
        assert!(matches!(lanes.push(&site, 7), Err(Error::Unavailable(_))));
        lanes.room(&SiteId::from_random([2; 12])).unwrap();
    }

    #[test]
    fn a_second_worker_starts_when_enough_waits() {
        let lanes = Lanes::new(2, 9).gathering(2);
        let site = SiteId::from_random([1; 12]);
        assert!(lanes.push(&site, 1).unwrap(), "a lone one starts at once");
        lanes.next(&site, |waiting| waiting.drain(..).collect());
        assert!(!lanes.push(&site, 2).unwrap() && lanes.push(&site, 3).unwrap());
        assert!(!lanes.push(&site, 4).unwrap(), "there are two");
    }
}
