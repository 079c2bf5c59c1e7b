//! Charts as geometry: numbers in, coordinates out. The templates turn them into SVG with classes
//! and attributes only, so that a strict content policy holds and the page works without scripts.

mod line;

/// A moment on a time axis, UTC.
pub type Moment = chrono::DateTime<chrono::Utc>;

pub use line::{LineChart, Marker, Point, Series};
