//! Calendar days of the table of regimes. It counts days; it knows no time zones.

use serde::Deserialize;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A calendar day, as the microsecond (Unix, UTC) it starts with. UTC days start before American
/// ones, so a law is applied some hours early rather than late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Day(i64);

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is no day of the form YYYY-MM-DD"))
    }
}

impl Day {
    /// Reads `YYYY-MM-DD`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-').map(|part| part.parse::<i64>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        let plausible = text.len() == 10
            && (1900..2200).contains(&year)
            && (1..=12).contains(&month)
            && (1..=31).contains(&day);
        plausible.then(|| Self(days_since_1970(year, month, day) * MICROS_PER_DAY))
    }

    /// Microseconds since the Unix epoch.
    pub(super) fn start(self) -> i64 {
        self.0
    }
}

/// Gregorian, for years after 1600: whole 400-year cycles, counted from a year that starts in
/// March so that the leap day is its last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        for (day, days) in [("1970-01-01", 0), ("2000-02-29", 11_016), ("2026-11-22", 20_779)] {
            assert_eq!(Day::parse(day).unwrap().0, days * MICROS_PER_DAY, "{day}");
        }
        for wrong in ["", "2026", "2026-13-01", "2026-1-1", "26-01-01", "2026-01-01T00"] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
    }
}
