//! Reports over the counters, one per file. They read counters only, never records.

pub mod rates;
