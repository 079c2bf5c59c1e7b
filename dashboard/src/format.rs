//! Numbers and dates as people of a language write them. All times are UTC, and say so where the
//! hour is shown.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};

use crate::Lang;

/// A narrow space that does not break: French thousands, and before `%`.
const NARROW: char = '\u{202f}';

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const MONTHS_FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// `1,234,567` or `1 234 567`.
pub(crate) fn integer(value: i64, lang: Lang) -> String {
    let separator = match lang {
        Lang::En => ',',
        Lang::Fr => NARROW,
    };
    let digits = value.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0 {
        out.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

/// A share between 0 and 1 as `63.4%` or `63,4 %`.
pub(crate) fn percent(share: f64, lang: Lang) -> String {
    match lang {
        Lang::En => format!("{:.1}%", share * 100.0),
        Lang::Fr => format!("{:.1}{NARROW}%", share * 100.0).replace('.', ","),
    }
}

/// A difference of two shares in points with its sign: `+2.1` or `−0,4`.
pub(crate) fn points(difference: f64, lang: Lang) -> String {
    let sign = if difference < 0.0 { "−" } else { "+" };
    let text = format!("{sign}{:.1}", difference.abs() * 100.0);
    match lang {
        Lang::En => text,
        Lang::Fr => text.replace('.', ","),
    }
}

/// `3 October 2026` or `3 octobre 2026`, `1er` for the first of a French month.
pub(crate) fn date(day: NaiveDate, lang: Lang) -> String {
    format!("{} {}", day_and_month(day, lang), day.year())
}

/// `3 October`, without the year.
pub(crate) fn day_and_month(day: NaiveDate, lang: Lang) -> String {
    let month = day.month0() as usize;
    match lang {
        Lang::En => format!("{} {}", day.day(), MONTHS_EN[month]),
        Lang::Fr if day.day() == 1 => format!("1er {}", MONTHS_FR[month]),
        Lang::Fr => format!("{} {}", day.day(), MONTHS_FR[month]),
    }
}

/// `3 Oct` or `3 oct.`, for axes.
pub(crate) fn day_and_month_short(day: NaiveDate, lang: Lang) -> String {
    const SHORT_FR: [&str; 12] = [
        "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
        "déc.",
    ];
    let month = day.month0() as usize;
    match lang {
        Lang::En => format!("{} {}", day.day(), &MONTHS_EN[month][..3]),
        Lang::Fr => format!("{} {}", day.day(), SHORT_FR[month]),
    }
}

/// The date without its year while that is clear from the moment of reading, within ten months.
pub(crate) fn near_date(moment: DateTime<Utc>, reading: DateTime<Utc>, lang: Lang) -> String {
    let apart = (moment - reading).num_days().abs();
    if apart < 300 {
        day_and_month(moment.date_naive(), lang)
    } else {
        date(moment.date_naive(), lang)
    }
}

/// `3 October 2026, 14:05 UTC` or `3 octobre 2026 à 14 h 05 UTC`.
pub(crate) fn date_time(moment: DateTime<Utc>, lang: Lang) -> String {
    let day = date(moment.date_naive(), lang);
    let (hour, minute) = (moment.hour(), moment.minute());
    match lang {
        Lang::En => format!("{day}, {hour:02}:{minute:02} UTC"),
        Lang::Fr => format!("{day} à {hour}{NARROW}h{NARROW}{minute:02} UTC"),
    }
}

/// `3 Oct 2026, 14:05` or `3 oct. 2026, 14:05`, for columns whose head says UTC.
pub(crate) fn date_time_short(moment: DateTime<Utc>, lang: Lang) -> String {
    let day = moment.date_naive();
    let (hour, minute) = (moment.hour(), moment.minute());
    format!("{} {}, {hour:02}:{minute:02}", day_and_month_short(day, lang), day.year())
}

/// The hour alone, for the axis of a day.
pub(crate) fn hour(moment: DateTime<Utc>, lang: Lang) -> String {
    match lang {
        Lang::En => format!("{:02}:00", moment.hour()),
        Lang::Fr => format!("{}{NARROW}h", moment.hour()),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::{date, date_time, integer, near_date, percent, points};
    use crate::Lang;

    #[test]
    fn numbers_follow_the_language() {
        assert_eq!(integer(1_234_567, Lang::En), "1,234,567");
        assert_eq!(integer(-1_234, Lang::Fr), "−1\u{202f}234");
        assert_eq!(integer(999, Lang::Fr), "999");
        assert_eq!(percent(0.634, Lang::En), "63.4%");
        assert_eq!(percent(0.634, Lang::Fr), "63,4\u{202f}%");
        assert_eq!(points(-0.0041, Lang::Fr), "−0,4");
        assert_eq!(points(0.021, Lang::En), "+2.1");
    }

    #[test]
    fn dates_follow_the_language() {
        let moment = Utc.with_ymd_and_hms(2026, 10, 3, 14, 5, 0).unwrap();
        assert_eq!(date(moment.date_naive(), Lang::Fr), "3 octobre 2026");
        assert_eq!(date_time(moment, Lang::En), "3 October 2026, 14:05 UTC");
        assert_eq!(date_time(moment, Lang::Fr), "3 octobre 2026 à 14\u{202f}h\u{202f}05 UTC");
        let april = Utc.with_ymd_and_hms(2027, 4, 1, 0, 0, 0).unwrap();
        assert_eq!(near_date(april, moment, Lang::Fr), "1er avril");
        let later = Utc.with_ymd_and_hms(2028, 4, 1, 0, 0, 0).unwrap();
        assert_eq!(near_date(later, moment, Lang::En), "1 April 2028");
    }
}
