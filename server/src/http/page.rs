//! Pages of lists: how many items one holds, and where the next one begins.

use crate::error::Error;

const DEFAULT: u64 = 100;
const MOST: u64 = 1_000;

/// How many items a page holds.
#[derive(Clone, Copy, Debug)]
pub struct Limit(u64);

impl Limit {
    /// Reads `?limit=`.
    pub fn read(asked: Option<u64>) -> Result<Self, Error> {
        match asked.unwrap_or(DEFAULT) {
            limit @ 1..=MOST => Ok(Self(limit)),
            _ => Err(Error::field("/limit", format!("must be 1 to {MOST}"))),
        }
    }

    /// How many items to ask for: one more than the page holds says whether there is another page.
    pub fn ask(self) -> u64 {
        self.0 + 1
    }

    /// Cuts what was found to the page; answers the cursor of its last item if more follow.
    pub fn cut<T>(self, found: &mut Vec<T>, cursor: impl Fn(&T) -> String) -> Option<String> {
        let more = found.len() as u64 > self.0;
        if more {
            found.pop();
        }
        found.last().filter(|_| more).map(cursor)
    }
}
