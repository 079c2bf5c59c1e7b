//! A person's rights over what is kept: to be forgotten, and what follows from it.

pub mod erase;
pub mod export;
pub mod forget;
pub mod retention;
