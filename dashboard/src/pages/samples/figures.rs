//! Samples of the overview.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::super::{Counted, Overview, Totals};
use super::{Gallery, HOSTILE, LONG, hash, site};
use crate::Query;
use crate::period::{Interval, Period};
use crate::rate::Rate;

pub(super) fn add(gallery: &mut Gallery<'_>) {
    let path = "/dashboard/sites/kq3v9xw2";
    gallery.add(path, "typical", true, &overview("", 1.0, "Atelier Lumière"));
    let filtered = "period=90d&compare=1&country=FR&device=mobile&notice=sha256%3Aaaaaaaaaaa";
    gallery.add(path, "compared", true, &overview(filtered, 1.0, "Atelier Lumière"));
    gallery.add(path, "today", true, &overview("period=today", 0.02, "Atelier Lumière"));
    gallery.add(path, "few", true, &overview("period=7d&compare=1", 0.01, LONG));
    let hostile = "period=custom&from=2026-11-01&to=2026-11-10&language=%22%3E%3Cscript%3Ealert(1)";
    gallery.add(path, "hostile", true, &overview(hostile, 1.0, HOSTILE));
    gallery.add(path, "nothing", true, &overview("", 0.0, "Atelier Lumière"));
    let unused = Overview { ever_used: false, ..overview("", 0.0, "Atelier Lumière") };
    gallery.add(path, "unused", true, &unused);
}

/// Counts that look like a shop's: fewer at weekends and at night, better after a new notice.
fn counts(index: usize, scale: f64, better: bool) -> Totals {
    let swing = [1.0, 1.08, 1.12, 1.05, 0.97, 0.62, 0.58][index % 7];
    let noise = ((index * 7919) % 13) as f64 / 13.0 - 0.5;
    let shown = (412.0 * swing * scale * (1.0 + 0.1 * noise)) as u64;
    let choices = (shown as f64 * (0.66 + 0.05 * noise)) as u64;
    let opted_in = (choices as f64 * (if better { 0.68 } else { 0.59 } + 0.06 * noise)) as u64;
    let saved = choices / 14;
    Totals {
        shown,
        choices,
        opted_in,
        accept_all: opted_in.saturating_sub(saved),
        reject_all: choices - opted_in,
        saved,
        withdrawn: choices / 60,
    }
}

fn sum(rows: impl Iterator<Item = Totals>) -> Totals {
    rows.fold(Totals::default(), |sum, row| sum + row)
}

fn overview(query: &str, scale: f64, name: &str) -> Overview {
    let query = Query::parse(query);
    let period = Period::parse(&query, NaiveDate::from_ymd_opt(2026, 11, 20).unwrap());
    let (from, to) = period.bounds();
    let step = match period.interval() {
        Interval::Hour => TimeDelta::hours(1),
        Interval::Day => TimeDelta::days(1),
    };
    let starts: Vec<DateTime<Utc>> = std::iter::successors(Some(from), |at| Some(*at + step))
        .take_while(|at| *at < to)
        .collect();
    let half = starts.len() / 2;
    let series: Vec<_> =
        starts.iter().enumerate().map(|(i, at)| (*at, counts(i, scale, i > half))).collect();
    let before: Vec<_> = (0..series.len()).map(|i| counts(i + 3, scale * 0.9, false)).collect();
    let compare = query.get("compare").is_some();
    let totals = sum(series.iter().map(|(_, totals)| *totals));
    let width = series.len() as f64;
    let part = |share: f64| counts(3, scale * share * width, share > 0.2);
    let some = |rows: &[(&str, f64)]| {
        let rows = rows.iter().filter(|_| scale > 0.0);
        rows.map(|(key, share)| ((*key).to_owned(), part(*share))).collect::<Vec<_>>()
    };
    let purpose = |key: &str, title: &str, share: f64| {
        let rate = |share: f64| Rate::of((totals.choices as f64 * share) as u64, totals.choices);
        (key.to_owned(), title.to_owned(), rate(share), compare.then(|| rate(share - 0.04)))
    };
    let counted = Counted {
        site: site(name),
        snippet: "<script async src=\"https://cmp.example/b/kq3v9xw2.js\"></script>".to_owned(),
        ever_used: true,
        totals,
        before: compare.then(|| sum(before.iter().copied())),
        publications: vec![(hash('a'), starts[half] + step / 2), (hash('b'), starts[1])],
        series,
        series_before: compare.then_some(before),
        purposes: vec![
            purpose("functional", "Confort", 0.71),
            purpose("analytics", "Mesure d’audience", 0.64),
            purpose("advertising", "Publicité", 0.48),
            purpose(
                "retargeting",
                if name == HOSTILE { HOSTILE } else { "Reciblage publicitaire" },
                0.41,
            ),
        ],
        splits: vec![
            ("country", some(&[("FR", 0.5), ("DE", 0.2), ("BE", 0.1), ("US", 0.05), ("", 0.01)])),
            ("device", some(&[("mobile", 0.6), ("desktop", 0.35), ("tablet", 0.05), (name, 0.01)])),
            ("language", some(&[("fr", 0.7), ("en", 0.2), ("de", 0.1)])),
            ("notice", some(&[(&hash('a'), 0.5), (&hash('b'), 0.5)])),
        ],
    };
    Overview::new(counted, period, &query)
}
