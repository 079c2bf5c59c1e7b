//! How the connections to the database are used, for whoever watches.

use super::Storage;
use sea_orm::DatabaseConnection;

/// Connections for one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// What for.
    pub name: &'static str,
    /// How many are open,
    pub open: usize,
    /// and of those nobody uses so many.
    pub idle: usize,
}

impl Storage {
    /// All pools. SQLite has one.
    pub fn pools(&self) -> Vec<Pool> {
        let count = |name, db: &DatabaseConnection| {
            let (open, idle) = match self.is_sqlite() {
                true => {
                    let pool = db.get_sqlite_connection_pool();
                    (pool.size(), pool.num_idle())
                }
                false => {
                    let pool = db.get_postgres_connection_pool();
                    (pool.size(), pool.num_idle())
                }
            };
            let open = usize::try_from(open).unwrap_or(usize::MAX);
            // Counted one after the other.
            Pool { name, open, idle: idle.min(open) }
        };
        let mut pools = vec![count("general", &self.db)];
        if !self.is_sqlite() {
            pools.extend([count("decisions", &self.reads), count("choices", &self.writes)]);
        }
        pools
    }
}
