//! What a server counted: answers of a route, calls of each model, questions to a cache, from its own metrics (Prometheus text format 0.0.4).
//!
//! What is measured from outside belongs to `measure`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use charter_plan::tradeoff::Counted;

use crate::load::{Connection, Target};

const TIMEOUT: Duration = Duration::from_secs(5);

/// Counters at one moment: family and labels as they are written, and the figure.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Counters {
    samples: Vec<Sample>,
}

#[derive(Debug, Clone, PartialEq)]
struct Sample {
    family: String,
    labels: BTreeMap<String, String>,
    figure: f64,
}

impl Counters {
    /// The counters of the admin plane at `admin`.
    pub(super) fn read(admin: &Target) -> Result<Self, String> {
        let place = |reason: String| format!("the admin side at {}: {reason}", admin.address());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| place(error.to_string()))?;
        let answered = runtime.block_on(async {
            let mut connection = Connection::open(admin.address(), Instant::now() + TIMEOUT).await?;
            connection.exchange_and_keep(admin.get("/metrics").bytes(), TIMEOUT).await
        });
        let (answer, body) = answered.map_err(|failure| place(failure.to_string()))?;
        if answer.status != 200 {
            return Err(place(format!("status {} for its metrics", answer.status)));
        }
        Ok(Self::parse(&String::from_utf8_lossy(&body)))
    }

    /// Lines that are no samples are left out.
    fn parse(text: &str) -> Self {
        Self { samples: text.lines().filter_map(sample).collect() }
    }

    /// The sum of a family where every label given has its value.
    fn of(&self, family: &str, labels: &[(&str, &str)]) -> f64 {
        let fits = |sample: &&Sample| {
            sample.family == family && labels.iter().all(|(name, value)| sample.labels.get(*name).is_some_and(|known| known == value))
        };
        self.samples.iter().filter(fits).map(|sample| sample.figure).sum()
    }

    /// The values of a label in a family, in order.
    fn values(&self, family: &str, label: &str) -> Vec<String> {
        let own = self.samples.iter().filter(|sample| sample.family == family);
        let mut values: Vec<String> = own.filter_map(|sample| sample.labels.get(label).cloned()).collect();
        values.sort();
        values.dedup();
        values
    }
}

/// `family{name="value",…} figure`.
fn sample(line: &str) -> Option<Sample> {
    let (head, figure) = line.trim().rsplit_once(' ')?;
    let figure = figure.parse().ok()?;
    let Some((family, labels)) = head.split_once('{') else {
        return (!head.starts_with('#')).then(|| Sample { family: head.to_owned(), labels: BTreeMap::new(), figure });
    };
    let mut found = BTreeMap::new();
    let mut rest = labels.strip_suffix('}')?;
    while let Some((name, after)) = rest.split_once("=\"") {
        let (value, after) = quoted(after)?;
        found.insert(name.trim_start_matches(',').to_owned(), value);
        rest = after;
    }
    Some(Sample { family: family.to_owned(), labels: found, figure })
}

/// A value up to its closing quote, with `\\`, `\"` and `\n` undone, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => value.push(match letters.next()?.1 {
                'n' => '\n',
                other => other,
            }),
            other => value.push(other),
        }
    }
    None
}

/// What was counted between two moments, added up over several runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Sum {
    answered: f64,
    calls: BTreeMap<String, f64>,
    asked: f64,
    given: f64,
    charged: f64,
    cached: bool,
}

impl Sum {
    /// Adds what one run brought to `route`. Models are those of `labels`.
    pub(super) fn add(&mut self, before: &Counters, after: &Counters, route: &str, labels: &[String]) {
        let grown = |family: &str, labels: &[(&str, &str)]| (after.of(family, labels) - before.of(family, labels)).max(0.0);
        self.answered += grown("charter_requests_total", &[("route", route), ("outcome", "answered")]);
        self.charged += grown("charter_cost_total", &[("route", route)]);
        for label in labels {
            *self.calls.entry(label.clone()).or_default() += grown("charter_model_calls_total", &[("model", label)]);
        }
        // A cache is named by its route, and by the rung where it stands in one.
        let own = |cache: &String| cache == route || cache.strip_prefix(route).is_some_and(|rest| rest.starts_with('/'));
        for cache in after.values("charter_cache_requests_total", "cache").iter().filter(|cache| own(cache)) {
            self.cached = true;
            self.asked += grown("charter_cache_requests_total", &[("cache", cache)]);
            self.given += grown("charter_cache_requests_total", &[("cache", cache), ("found", "hit")]);
            self.given += grown("charter_cache_requests_total", &[("cache", cache), ("found", "joined")]);
        }
    }

    /// The counts, as they are kept with a point.
    pub(super) fn counted(&self) -> Counted {
        // Counts are whole, and far below 2^52.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let whole = |figure: f64| figure.round() as u64;
        Counted {
            requests: whole(self.answered),
            calls: self.calls.iter().map(|(label, calls)| (label.clone(), whole(*calls))).collect(),
            cache: self.cached.then(|| (whole(self.asked), whole(self.given))),
            charged: if self.answered > 0.0 { self.charged / self.answered * 1_000.0 } else { 0.0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "# HELP charter_requests_total Requests.
charter_requests_total{route=\"fraud\",outcome=\"answered\"} 10
charter_model_calls_total{model=\"fraud@v1\",result=\"answered\"} 10
charter_cache_requests_total{cache=\"fraud/full\",found=\"hit\"} 1
nonsense
";
    const AFTER: &str = "charter_requests_total{route=\"fraud\",outcome=\"answered\"} 110
charter_requests_total{route=\"fraud\",outcome=\"timeout\"} 3
charter_model_calls_total{model=\"fraud@v1\",result=\"answered\"} 95
charter_model_calls_total{model=\"fraud@v1\",result=\"failed\"} 5
charter_model_calls_total{model=\"other \\\"x\\\"@v1\",result=\"answered\"} 7
charter_cache_requests_total{cache=\"fraud/full\",found=\"hit\"} 11
charter_cache_requests_total{cache=\"fraud/full\",found=\"joined\"} 2
charter_cache_requests_total{cache=\"fraud/full\",found=\"miss\"} 88
charter_cache_requests_total{cache=\"fraudulent\",found=\"miss\"} 500
charter_cost_total{route=\"fraud\"} 0.5
";

    #[test]
    fn what_grew_between_two_moments_is_counted() {
        let mut sum = Sum::default();
        let labels = ["fraud@v1", "fraud@v2", "other \"x\"@v1"].map(str::to_owned);
        sum.add(&Counters::parse(BEFORE), &Counters::parse(AFTER), "fraud", &labels);
        let counted = sum.counted();
        assert_eq!(counted.requests, 100);
        let calls: Vec<(&str, u64)> = counted.calls.iter().map(|(label, calls)| (label.as_str(), *calls)).collect();
        assert_eq!(calls, [("fraud@v1", 90), ("fraud@v2", 0), ("other \"x\"@v1", 7)]);
        assert_eq!(counted.cache, Some((100, 12)));
        assert_eq!((counted.charged, counted.share_of("fraud")), (5.0, Some(0.9)));
    }

    #[test]
    fn a_route_without_a_cache_has_no_hits() {
        let mut sum = Sum::default();
        sum.add(&Counters::default(), &Counters::parse("charter_cache_requests_total{cache=\"other\",found=\"hit\"} 9"), "fraud", &[]);
        assert_eq!(sum.counted().cache, None);
    }
}
