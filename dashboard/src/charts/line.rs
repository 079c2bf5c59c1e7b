//! A line chart of shares over time, with the 95 % band, the previous period as a dashed line and
//! marks where something changed. Drawn twice, for wide and for narrow screens, because text inside
//! a scaled drawing would become too small to read.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::rate::Rate;

/// One moment on the time axis.
#[derive(Debug, Clone, Serialize)]
pub struct Point {
    /// Where the bucket starts.
    pub start: DateTime<Utc>,
    /// Where a click on it leads.
    pub href: Option<String>,
}

/// One line. All its vectors are as long as the axis.
#[derive(Debug, Clone)]
pub struct Series {
    /// Names the text and the colour: `chart.KEY`, class `series-KEY`.
    pub key: &'static str,
    /// A rate for each point; those with `n = 0` break the line.
    pub rates: Vec<Rate>,
    /// The same points one period earlier.
    pub previous: Option<Vec<Rate>>,
}

/// A moment worth knowing, such as the publication of a notice.
#[derive(Debug, Clone, Serialize)]
pub struct Marker {
    /// The index of the point it falls into.
    pub index: usize,
    /// The moment itself.
    pub at: DateTime<Utc>,
    /// What the reader is told, such as a short notice hash.
    pub name: String,
    /// Where it leads.
    pub href: String,
}

/// The finished drawing in both sizes.
#[derive(Debug, Clone, Serialize)]
pub struct LineChart {
    drawings: [Drawing; 2],
    markers: Vec<Marker>,
    hourly: bool,
    empty: bool,
}

#[derive(Debug, Clone, Serialize)]
struct Drawing {
    class: &'static str,
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    grid: Vec<GridLine>,
    ticks: Vec<Tick>,
    lines: Vec<Line>,
    hits: Vec<Hit>,
    marks: Vec<Mark>,
}

#[derive(Debug, Clone, Serialize)]
struct GridLine {
    y: f64,
    percent: u8,
}

#[derive(Debug, Clone, Serialize)]
struct Tick {
    x: f64,
    at: DateTime<Utc>,
}

#[derive(Debug, Clone, Serialize)]
struct Line {
    key: &'static str,
    path: String,
    band: String,
    previous: Option<String>,
    dots: Vec<Dot>,
    label_y: Option<f64>,
    last: Option<f64>,
}

#[derive(Debug, Clone, Serialize)]
struct Dot {
    x: f64,
    y: f64,
}

#[derive(Debug, Clone, Serialize)]
struct Hit {
    index: usize,
    x: f64,
    width: f64,
    href: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct Mark {
    x: f64,
    number: usize,
}

/// The fixed measures of one size, in CSS pixels at 100 %.
struct Frame {
    class: &'static str,
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    most_ticks: usize,
}

const FRAMES: [Frame; 2] = [
    Frame {
        class: "wide",
        width: 920.0,
        height: 280.0,
        left: 44.0,
        right: 800.0,
        top: 24.0,
        bottom: 248.0,
        most_ticks: 8,
    },
    Frame {
        class: "narrow",
        width: 340.0,
        height: 240.0,
        left: 38.0,
        right: 236.0,
        top: 24.0,
        bottom: 208.0,
        most_ticks: 3,
    },
];

/// The least distance between two direct labels: each has two lines of 13 px.
const LABEL_GAP: f64 = 34.0;

impl LineChart {
    /// Draws the series over the axis. `hourly` decides how ticks are written.
    pub fn new(axis: &[Point], series: &[Series], markers: Vec<Marker>, hourly: bool) -> LineChart {
        let empty = series.iter().all(|one| one.rates.iter().all(|rate| rate.share.is_none()));
        let drawings = FRAMES.map(|frame| frame.draw(axis, series, &markers));
        LineChart { drawings, markers, hourly, empty }
    }
}

impl Frame {
    fn draw(&self, axis: &[Point], series: &[Series], markers: &[Marker]) -> Drawing {
        let step = (self.right - self.left) / axis.len().max(1) as f64;
        let x = |index: usize| round(self.left + step * (index as f64 + 0.5));
        let mut lines: Vec<Line> = series.iter().map(|one| self.line(one, &x)).collect();
        self.part_labels(&mut lines);
        Drawing {
            class: self.class,
            width: self.width,
            height: self.height,
            left: self.left,
            right: self.right,
            top: self.top,
            bottom: self.bottom,
            grid: [0, 25, 50, 75, 100]
                .map(|percent| GridLine { y: self.y(f64::from(percent) / 100.0), percent })
                .to_vec(),
            ticks: self.ticks(axis, &x),
            lines,
            hits: axis
                .iter()
                .enumerate()
                .map(|(index, point)| Hit {
                    index,
                    x: round(self.left + step * index as f64),
                    width: round(step),
                    href: point.href.clone(),
                })
                .collect(),
            marks: markers
                .iter()
                .enumerate()
                .map(|(place, marker)| Mark { x: x(marker.index), number: place + 1 })
                .collect(),
        }
    }

    fn y(&self, share: f64) -> f64 {
        round(self.bottom - share.clamp(0.0, 1.0) * (self.bottom - self.top))
    }

    fn line(&self, series: &Series, x: &impl Fn(usize) -> f64) -> Line {
        let runs = runs(&series.rates);
        let known: Vec<usize> = runs.iter().flat_map(|run| run.clone()).collect();
        let last = known.last().and_then(|&index| series.rates[index].share);
        let lone = runs.iter().filter(|run| run.len() == 1).map(|run| run.start);
        let dotted: Vec<usize> = if known.len() <= 12 { known.clone() } else { lone.collect() };
        let dots = dotted
            .into_iter()
            .filter_map(|index| {
                series.rates[index].share.map(|share| Dot { x: x(index), y: self.y(share) })
            })
            .collect();
        Line {
            key: series.key,
            path: self.path(&series.rates, x),
            band: self.band(&series.rates, x),
            previous: series.previous.as_ref().map(|rates| self.path(rates, x)),
            dots,
            label_y: last.map(|share| self.y(share)),
            last,
        }
    }

    fn path(&self, rates: &[Rate], x: &impl Fn(usize) -> f64) -> String {
        let mut path = String::new();
        for run in runs(rates) {
            for index in run.clone() {
                let command = if index == run.start { 'M' } else { 'L' };
                let y = self.y(rates[index].share.unwrap_or_default());
                path.push_str(&format!("{command}{} {y}", x(index)));
            }
        }
        path
    }

    fn band(&self, rates: &[Rate], x: &impl Fn(usize) -> f64) -> String {
        let mut path = String::new();
        for run in runs(rates).into_iter().filter(|run| run.len() > 1) {
            for index in run.clone() {
                let command = if index == run.start { 'M' } else { 'L' };
                path.push_str(&format!("{command}{} {}", x(index), self.y(rates[index].high)));
            }
            for index in run.rev() {
                path.push_str(&format!("L{} {}", x(index), self.y(rates[index].low)));
            }
            path.push('Z');
        }
        path
    }

    fn ticks(&self, axis: &[Point], x: &impl Fn(usize) -> f64) -> Vec<Tick> {
        let every = axis.len().div_ceil(self.most_ticks).max(1);
        (0..axis.len())
            .step_by(every)
            .map(|index| Tick { x: x(index), at: axis[index].start })
            .collect()
    }

    /// Moves labels apart so that none covers another, keeping their order and the frame.
    fn part_labels(&self, lines: &mut [Line]) {
        let mut order: Vec<usize> =
            (0..lines.len()).filter(|&index| lines[index].label_y.is_some()).collect();
        let place = |lines: &[Line], index: usize| lines[index].label_y.unwrap_or(self.bottom);
        order.sort_by(|&a, &b| place(lines, a).total_cmp(&place(lines, b)));
        let mut floor = self.bottom;
        for &index in order.iter().rev() {
            let y = place(lines, index).min(floor);
            lines[index].label_y = Some(round(y));
            floor = y - LABEL_GAP;
        }
        let mut ceiling = self.top;
        for &index in &order {
            let y = place(lines, index).max(ceiling);
            lines[index].label_y = Some(round(y));
            ceiling = y + LABEL_GAP;
        }
    }
}

/// The stretches of neighbouring points that have a share.
fn runs(rates: &[Rate]) -> Vec<std::ops::Range<usize>> {
    let mut runs = Vec::new();
    let mut start = None;
    for (index, rate) in rates.iter().enumerate() {
        match (rate.share, start) {
            (Some(_), None) => start = Some(index),
            (None, Some(from)) => {
                runs.push(from..index);
                start = None;
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        runs.push(from..rates.len());
    }
    runs
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::{FRAMES, LABEL_GAP, LineChart, Point, Series, runs};
    use crate::rate::Rate;

    fn axis(length: usize) -> Vec<Point> {
        let start = chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        vec![Point { start, href: None }; length]
    }

    #[test]
    fn missing_points_break_the_line() {
        let rates = [Rate::of(1, 2), Rate::of(0, 0), Rate::of(1, 2), Rate::of(2, 2)];
        assert_eq!(runs(&rates), vec![0..1, 2..4]);
        let series = Series { key: "of_shown", rates: rates.to_vec(), previous: None };
        let chart = LineChart::new(&axis(4), &[series], Vec::new(), false);
        assert_eq!(chart.drawings[0].lines[0].path.matches('M').count(), 2);
    }

    #[test]
    fn labels_do_not_cover_each_other() {
        for (first, second) in [(10, 10), (0, 0), (10, 9)] {
            let series = |key, yes| Series { key, rates: vec![Rate::of(yes, 10)], previous: None };
            let both = [series("of_shown", first), series("of_choices", second)];
            let chart = LineChart::new(&axis(1), &both, Vec::new(), false);
            for (drawing, frame) in chart.drawings.iter().zip(FRAMES) {
                let y: Vec<f64> = drawing.lines.iter().filter_map(|line| line.label_y).collect();
                assert!((y[0] - y[1]).abs() >= LABEL_GAP - 0.1, "{y:?}");
                assert!(y.iter().all(|y| (frame.top..=frame.bottom).contains(y)), "{y:?}");
            }
        }
    }

    #[test]
    fn an_empty_axis_draws_nothing() {
        let series = Series { key: "of_shown", rates: Vec::new(), previous: None };
        assert!(LineChart::new(&[], &[series], Vec::new(), true).empty);
    }
}
