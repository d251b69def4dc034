//! From an indicator and its target to a measure of the charter.

use crate::foreign::{Code, Fields, Node, Notes, cut, short, slug};
use charter_plan::buckets::bound_within_s;
use charter_spec::measure::{CriterionKind, Measure, Operator, Position, parse_criterion};
use charter_spec::quantity::{Quantity, parse_quantity};
use charter_spec::{Dimension, Span};

/// What an indicator counts.
#[derive(Clone, Debug)]
pub(super) enum Counts {
    /// Answered calls among all.
    Answered,
    /// Failed calls among all.
    Errors,
    /// Calls whose latency is within this many seconds.
    Within(f64),
    /// Answers of a rung; whether they are the good ones.
    Rung(String, bool),
    /// Good among all, of the indicator's own kind; whether the counted ones are the good ones.
    Own(bool),
    /// A figure that is compared: operator, value with its unit, whether it is about time, and whether it is the latency of each call.
    Threshold { operator: &'static str, value: String, timely: bool, latency: bool },
    /// Nothing that is understood.
    Unknown,
}

/// An indicator as far as it matters.
#[derive(Clone, Debug)]
pub(super) struct Indicator {
    name: String,
    counts: Counts,
    queries: Vec<(String, String)>,
}

impl Indicator {
    /// Reads an indicator, or what v1alpha writes into the objective itself. `base` names one without a name.
    pub(super) fn read(node: Option<&Node>, objective: &mut Fields<'_>, base: &str) -> Self {
        let metadata = node.and_then(|node| node.get("metadata"));
        let named = |key: &str| metadata.and_then(|metadata| metadata.get(key)).and_then(Node::word);
        let spec = node.and_then(|node| node.get("spec").or(Some(node)));
        let part = |keys: &[&str]| keys.iter().find_map(|key| spec.and_then(|spec| spec.get(key)));
        let ratio =
            part(&["ratioMetric", "ratioMetrics"]).or_else(|| objective.take("ratioMetrics")).or_else(|| objective.take("ratioMetric"));
        let threshold = part(&["thresholdMetric"]).or_else(|| objective.take("thresholdMetric"));
        let mut queries = Vec::new();
        for (key, node) in ratio.map(Node::pairs).unwrap_or_default() {
            queries.push((slug(&key.text), query(node)));
        }
        if let Some(threshold) = threshold {
            queries.push(("query".to_owned(), query(threshold)));
        }
        for (key, text) in [
            ("indicator", named("displayName").or_else(|| named("name")).filter(|name| *name != unnamed(base))),
            ("indicator-about", spec.and_then(|spec| spec.get("description")).and_then(Node::word)),
        ] {
            if let Some(text) = text {
                queries.push((key.to_owned(), text.split_whitespace().collect::<Vec<_>>().join(" ")));
            }
        }
        let name = named("name")
            .map(slug)
            .filter(|name| name.starts_with(|first: char| first.is_ascii_alphabetic()))
            .unwrap_or_else(|| unnamed(base));
        let words = format!(
            "{name} {} {}",
            named("displayName").unwrap_or_default(),
            queries.iter().map(|(_, query)| query.as_str()).collect::<Vec<_>>().join(" ")
        )
        .to_lowercase();
        let counts = match (ratio, threshold) {
            (Some(ratio), _) => of_ratio(ratio, &words),
            (None, Some(_)) => of_threshold(objective, &words),
            (None, None) => Counts::Unknown,
        };
        Self { name: if name.is_empty() { "indicator".to_owned() } else { name }, counts, queries }
    }

    /// Whether it counts calls by a metric of ours.
    pub(super) fn is_ours(&self) -> bool {
        self.queries.iter().any(|(_, query)| query.contains("charter_request"))
    }

    /// The quality that it is about.
    pub(super) fn attribute(&self) -> &'static str {
        match &self.counts {
            Counts::Within(_) | Counts::Threshold { timely: true, .. } => "performance",
            _ => "reliability",
        }
    }

    /// Queries and names, which have no key in the language.
    pub(super) fn facts(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.queries.iter().filter(|(key, value)| !key.is_empty() && !value.trim().is_empty()).cloned()
    }

    /// The measure; `None`, noted, when there is no target or nothing that can be counted.
    pub(super) fn measure(&self, target: Option<f64>, window: Option<&str>, span: Span, notes: &mut Notes) -> Option<String> {
        let over = window.map(|window| format!(" over {window}")).unwrap_or_default();
        let Some(share) = target.map(percent) else {
            notes.push(Code::Guessed, span, "this objective has no target, so the scenario has no measure");
            return None;
        };
        let text = match &self.counts {
            Counts::Answered => format!("ratio(answered) >= {share}%{over}"),
            Counts::Errors => format!("ratio(errors) <= {}%{over}", percent(1.0 - target.unwrap_or(1.0))),
            Counts::Within(seconds) => format!("p{share}(latency) <= {}{over}", time(*seconds)),
            Counts::Rung(rung, true) => format!("ratio(rung == {rung}) >= {share}%{over}"),
            Counts::Rung(rung, false) => format!("ratio(rung == {rung}) <= {}%{over}", percent(1.0 - target.unwrap_or(1.0))),
            Counts::Own(true) => format!("ratio({}) >= {share}%{over}", self.name),
            Counts::Own(false) => format!("ratio({}) <= {}%{over}", self.name, percent(1.0 - target.unwrap_or(1.0))),
            Counts::Threshold { operator, value, timely, latency } => {
                if *timely && !latency {
                    let message =
                        format!("`{}` is no latency of single calls but a figure over many, so it stays a measure of its own", self.name);
                    notes.push(Code::Guessed, span, message);
                }
                // A share of values below a limit is a percentile; a share above it is the percentile from the other end.
                let from_above = matches!(*operator, ">" | ">=");
                let percentile = if from_above { percent(1.0 - target.unwrap_or(1.0)) } else { share };
                let metric = if *latency { "latency" } else { &self.name };
                format!("p{percentile}({metric}) {operator} {value}{over}")
            }
            Counts::Unknown => {
                notes.push(Code::Guessed, span, "this objective has no metric that is understood, so the scenario has no measure");
                return None;
            }
        };
        match parse_criterion(&text, Position::Measure, &|_, _| Span::default()) {
            Ok(_) => Some(text),
            Err(error) => {
                notes.push(Code::Guessed, span, format!("`{}` would be no measure: {}", short(&text), error.message));
                None
            }
        }
    }
}

/// What an indicator without a name is called.
pub(super) fn unnamed(base: &str) -> String {
    cut(&format!("sli-{}", slug(base)), 63)
}

/// The measure as an annotation says it, where it says the same as the objective and more exactly; else the objective's, with a note.
pub(super) fn written(measure: String, annotation: &Node, is_ours: bool, notes: &mut Notes) -> String {
    let Some(text) = annotation.word() else { return measure };
    if is_same_promise(&measure, text, is_ours) {
        return text.to_owned();
    }
    let message = format!("the annotation says `{}`, and the objective `{measure}`, which is written", short(text));
    notes.push(Code::Contradiction, annotation.span, message);
    measure
}

/// Whether the first, which an objective can say, is what an objective says of the second: strictness aside, and in a histogram of ours a limit of latency at
/// the bucket within it.
pub(super) fn is_same_promise(said: &str, meant: &str, is_ours: bool) -> bool {
    let (Some(said), Some(meant)) = (parsed(said), parsed(meant)) else { return false };
    let is_upper = |measure: &Measure| match measure.operator.value {
        Operator::Less | Operator::AtMost => Some(true),
        Operator::Greater | Operator::AtLeast => Some(false),
        Operator::Equal | Operator::NotEqual | Operator::In => None,
    };
    let window = |measure: &Measure| measure.window.as_ref().map(|window| window.value.seconds());
    let (Some(limit), Some(meant_limit)) = (said.value.quantity(), meant.value.quantity()) else { return false };
    let in_seconds = |quantity: &Quantity| quantity.base / 1e9;
    let is_within = is_ours
        && limit.dimension() == Dimension::Time
        && meant_limit.dimension() == Dimension::Time
        && bound_within_s(in_seconds(meant_limit)).is_some_and(|bound| close(bound, in_seconds(limit)));
    said.term == meant.term
        && is_upper(&said).is_some_and(|upper| is_upper(&meant) == Some(upper))
        && window(&said) == window(&meant)
        && meant.confidence.is_none()
        && meant.by.is_empty()
        && (close(limit.base, meant_limit.base) && limit.dimension() == meant_limit.dimension() || is_within)
}

/// Whether two figures are the same but for what binary fractions leave behind.
pub(super) fn close(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(other.abs())
}

/// A measure, without places.
pub(super) fn parsed(text: &str) -> Option<Measure> {
    match parse_criterion(text, Position::Measure, &|_, _| Span::default()) {
        Ok(CriterionKind::Measure(measure)) => Some(*measure),
        _ => None,
    }
}

fn query(node: &Node) -> String {
    let source = node.get("metricSource").unwrap_or(node);
    let spec = source.get("spec").unwrap_or(source);
    match spec.get("query").and_then(Node::word) {
        Some(query) => query.split_whitespace().collect::<Vec<_>>().join(" "),
        None => node.flat(),
    }
}

fn of_ratio(ratio: &Node, words: &str) -> Counts {
    let counted = ratio.get("good").or_else(|| ratio.get("bad")).or_else(|| ratio.get("raw")).map(query).unwrap_or_default();
    let is_good =
        ratio.get("good").is_some() || (ratio.get("raw").is_some() && ratio.get("rawType").and_then(Node::word) != Some("failure"));
    if let Some(limit) = bucket(&counted).filter(|_| is_good) {
        return Counts::Within(limit);
    }
    if let Some((_, rest)) = counted.split_once("charter_rung_answers_total").and_then(|(_, rest)| rest.split_once("rung=\"")) {
        let rung: String = rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_')).collect();
        if !rung.is_empty() {
            return Counts::Rung(rung, is_good);
        }
    }
    let about_answers = ["avail", "success", "error", "fail", "5..", "5xx", "2xx", "200", "status", "answered", "uptime"]
        .iter()
        .any(|word| words.contains(word));
    match (about_answers, is_good) {
        (true, true) => Counts::Answered,
        (true, false) => Counts::Errors,
        (false, is_good) => Counts::Own(is_good),
    }
}

/// The upper bound of a histogram's bucket in seconds: `…_duration_seconds_bucket{le="0.3"}`.
fn bucket(query: &str) -> Option<f64> {
    let (before, _) = query.split_once("_bucket")?;
    let (_, rest) = query.split_once("le=\"")?;
    let limit: f64 = rest.split('"').next()?.parse().ok()?;
    let metric = before.rsplit(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default();
    let scale = if metric.contains("milliseconds") || metric.ends_with("_ms") {
        0.001
    } else if metric.contains("second") || metric.contains("latency") || metric.contains("duration") {
        1.0
    } else {
        return None;
    };
    (limit.is_finite() && limit > 0.0).then_some(limit * scale)
}

fn of_threshold(objective: &mut Fields<'_>, words: &str) -> Counts {
    let operator = match objective.text("op").map(str::to_ascii_lowercase).as_deref() {
        Some("lt") => "<",
        Some("gt") => ">",
        Some("gte") => ">=",
        // Without an operator a figure is held below its limit, as for latency.
        _ => "<=",
    };
    let Some(value) = objective.number("value") else { return Counts::Unknown };
    let is_latency = ["latency", "duration", "response time", "response_time", "responsetime"].iter().any(|word| words.contains(word));
    let unit = if ["milliseconds", "_ms", "(ms)", " ms", "-ms"].iter().any(|word| words.contains(word)) {
        Some("ms")
    } else if ["seconds", "_s\"", "(s)", " sec"].iter().any(|word| words.contains(word)) {
        Some("s")
    } else {
        None
    };
    let value = format!("{}{}", plain_number(value), unit.filter(|_| is_latency).unwrap_or_default());
    // A share of percentiles or means that are low is no percentile of latency.
    let is_figure = ["quantile", "percentile", "avg(", "avg:", "_avg", "mean(", "mean:", "_mean", "average", "p50", "p90", "p95", "p99"]
        .iter()
        .any(|word| words.contains(word));
    Counts::Threshold { operator, value, timely: is_latency && unit.is_some(), latency: is_latency && unit.is_some() && !is_figure }
}

/// The target as a share of one.
pub(super) fn target(fields: &mut Fields<'_>, notes: &mut Notes) -> Option<f64> {
    let percent = fields.take("targetPercent");
    let plain = fields.take("target");
    let (node, scale) = match (percent, plain) {
        (Some(node), _) => (node, 100.0),
        (None, node) => (node?, 1.0),
    };
    let value = node.number()?;
    // `target: 99.9` is a mistake that is met often.
    let share = if scale == 1.0 && value > 1.0 && value <= 100.0 {
        notes.push(Code::Guessed, node.span, format!("`{value}` as a share of one is taken for {value} %"));
        value / 100.0
    } else {
        value / scale
    };
    if (0.0..=1.0).contains(&share) {
        return Some(share);
    }
    notes.push(Code::Guessed, node.span, format!("a target of `{value}` is no share"));
    None
}

/// The window as a length of time: `28d`. Calendar windows are taken for their usual length.
pub(super) fn window(node: &Node, notes: &mut Notes) -> Option<String> {
    let window = node.items().first().unwrap_or(node);
    let calendar = window.get("calendar").filter(|node| !node.is_empty());
    if let Some(calendar) = calendar {
        notes.push(Code::Guessed, calendar.span, "a window of the calendar is taken for one that rolls, of the same length");
    }
    let (number, unit, span) = match (window.get("duration"), window.get("count")) {
        (Some(duration), _) => {
            let text = duration.word()?;
            let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
            (digits.parse::<u32>().ok()?, text.get(digits.len()..)?.to_owned(), duration.span)
        }
        (None, Some(count)) => {
            (u32::try_from(count.word()?.parse::<u64>().ok()?).ok()?, window.get("unit")?.word()?.to_owned(), count.span)
        }
        (None, None) => return None,
    };
    let (factor, unit, exact) = match unit.as_str() {
        "s" | "Second" => (1, "s", true),
        "m" | "Minute" => (1, "min", true),
        "h" | "Hour" => (1, "h", true),
        "d" | "Day" => (1, "d", true),
        "w" | "Week" => (7, "d", true),
        "M" | "Mo" | "Month" => (30, "d", false),
        "Q" | "Quarter" => (90, "d", false),
        "Y" | "y" | "Year" => (365, "d", false),
        other => {
            notes.push(Code::Guessed, span, format!("`{}` is no unit of a window that is known", short(other)));
            return None;
        }
    };
    let length = format!("{}{unit}", u64::from(number) * factor);
    if !exact {
        notes.push(Code::Guessed, span, format!("the window is taken for {length}"));
    }
    parse_quantity(&length).is_ok_and(|quantity| quantity.base > 0.0).then_some(length)
}

/// A share of one in percent, without the digits that binary numbers leave behind.
pub(super) fn percent(share: f64) -> String {
    plain_number((share * 100.0 * 1e9).round() / 1e9)
}

pub(super) fn plain_number(value: f64) -> String {
    let text = format!("{value:.12}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn time(seconds: f64) -> String {
    if seconds < 1.0 {
        format!("{}ms", plain_number((seconds * 1000.0 * 1e6).round() / 1e6))
    } else {
        format!("{}s", plain_number(seconds))
    }
}
