//! Prometheus' text format, version 0.0.4: families with help and type, samples with escaped labels.
//!
//! Source: Prometheus, "Exposition formats". Which families there are belongs to `render`.

use super::cell::{BOUNDS_NS, Tally};
use std::fmt::Write;

pub(crate) struct Exposition {
    text: String,
}

pub(crate) type Labels<'a> = &'a [(&'a str, &'a str)];

impl Exposition {
    pub(crate) fn new() -> Self {
        Self { text: String::with_capacity(16 << 10) }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// Begins a family. `help` is one line without backslashes.
    pub(crate) fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    pub(crate) fn sample(&mut self, name: &str, labels: Labels, value: f64) {
        self.text.push_str(name);
        self.labels(labels, None);
        let _ = writeln!(self.text, " {value}");
    }

    pub(crate) fn count(&mut self, name: &str, labels: Labels, value: u64) {
        self.text.push_str(name);
        self.labels(labels, None);
        let _ = writeln!(self.text, " {value}");
    }

    /// The samples of one histogram in seconds.
    pub(super) fn histogram(&mut self, name: &str, labels: Labels, tally: &Tally) {
        let mut total = 0;
        let bounds = BOUNDS_NS.iter().map(|ns| seconds(*ns).to_string()).chain(["+Inf".to_owned()]);
        for (bound, count) in bounds.zip(tally.counts) {
            total += count;
            let _ = write!(self.text, "{name}_bucket");
            self.labels(labels, Some(&bound));
            let _ = writeln!(self.text, " {total}");
        }
        self.sample(&format!("{name}_sum"), labels, seconds(tally.sum_ns));
        self.count(&format!("{name}_count"), labels, total);
    }

    fn labels(&mut self, labels: Labels, bound: Option<&str>) {
        let mut open = '{';
        for (name, value) in labels.iter().copied().chain(bound.map(|bound| ("le", bound))) {
            self.text.push(open);
            open = ',';
            let _ = write!(self.text, "{name}=\"");
            for letter in value.chars() {
                match letter {
                    '\\' => self.text.push_str("\\\\"),
                    '"' => self.text.push_str("\\\""),
                    '\n' => self.text.push_str("\\n"),
                    plain => self.text.push(plain),
                }
            }
            self.text.push('"');
        }
        if open == ',' {
            self.text.push('}');
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds since the start, shown to people; 2^53 ns are 104 days of summed time to the nanosecond"
)]
fn seconds(ns: u64) -> f64 {
    ns as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let mut exposition = Exposition::new();
        exposition.count("a_total", &[("route", "q\"b\\n\n")], 3);
        assert_eq!(exposition.finish(), "a_total{route=\"q\\\"b\\\\n\\n\"} 3\n");
    }
}
