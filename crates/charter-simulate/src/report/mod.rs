//! A run's outcome for people: a table with plots for the terminal, and a picture; and what was measured before.
//!
//! The figures themselves belong to `outcome`; for programs they are written as they are.

mod costs;
mod picture;
mod table;

pub use costs::costs;
pub use picture::picture;
pub use table::table;

use crate::outcome::Minute;

/// A line of a plot: what it shows, and its value in a minute.
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) of: fn(&Minute) -> Option<f64>,
}

/// What is plotted, top to bottom; those that stand together share an axis.
pub(crate) const PLOTS: [&[Series]; 5] = [
    &[
        Series { name: "offered", unit: "/s", of: |minute| Some(minute.figures.offered_per_s) },
        Series { name: "answered", unit: "/s", of: |minute| Some(minute.figures.answered_per_s) },
    ],
    &[
        Series { name: "p50", unit: "ms", of: |minute| minute.figures.p50_ms },
        Series { name: "p99", unit: "ms", of: |minute| minute.figures.p99_ms },
    ],
    &[
        Series { name: "not answered", unit: "%", of: |minute| Some((1.0 - minute.figures.answered).max(0.0) * 100.0) },
        Series { name: "stepped down", unit: "%", of: |minute| Some(minute.figures.stepped_down * 100.0) },
    ],
    &[Series { name: "queue", unit: "calls", of: |minute| Some(minute.queue) }],
    &[
        Series { name: "replicas", unit: "", of: |minute| Some(minute.replicas) },
        Series { name: "wanted", unit: "", of: |minute| Some(minute.desired) },
    ],
];

/// A number in at most about four figures.
pub(crate) fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        0.0 => "0".to_owned(),
        _ => format!("{value:.3}"),
    }
}

/// `14:05`, from midnight.
pub(crate) fn clock(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
