//! What consent means, as pure data and functions: no I/O, no clock, no database, no web framework.
//!
//! The server and the banner share it. With the default feature `full` it holds notices, records,
//! the state they amount to, decisions and evidence; without it only the words of a choice, small
//! enough for a browser.

#[cfg(feature = "full")]
pub mod automatic;
#[cfg(feature = "full")]
pub mod basis;
#[cfg(feature = "full")]
pub mod canonical;
#[cfg(feature = "full")]
pub mod checkpoint;
pub mod choice;
#[cfg(feature = "full")]
pub mod decision;
#[cfg(feature = "full")]
pub mod exemption;
#[cfg(feature = "full")]
pub mod ids;
pub mod key;
#[cfg(feature = "full")]
pub mod language;
#[cfg(feature = "full")]
pub mod leaf;
#[cfg(feature = "full")]
pub mod lint;
#[cfg(feature = "full")]
pub mod look;
#[cfg(feature = "full")]
pub mod merkle;
#[cfg(feature = "full")]
pub mod moving;
#[cfg(feature = "full")]
pub mod notice;

pub mod policy;
#[cfg(feature = "full")]
pub mod receipt;
#[cfg(feature = "full")]
pub mod record;
pub mod regime;
#[cfg(feature = "full")]
pub mod residue;
#[cfg(feature = "full")]
pub mod signals;
#[cfg(feature = "full")]
pub mod state;
#[cfg(feature = "full")]
pub mod tile;
#[cfg(feature = "full")]
pub mod time;
pub mod wilson;
#[cfg(feature = "full")]
pub mod words;
