//! What may come next in a measure or a gate's criterion: `p99(latency) < 200ms over 28d`, `peak-latency @load`, `every rung exercised`.
//!
//! Where the place is within the grammar belongs to [`place`]; whether a measure is right belongs to the reader.

mod place;

use super::{Offer, Offers, kind, names, number};
use crate::outline::Step;
use charter_spec::measure::{METRICS, Metric, MetricDimension, Proof};
use place::{Next, Spoken};
use serde_json::{Value, json};

/// Functions of a measure, with what they say of their argument.
const FUNCTIONS: &[(&str, &str)] = &[
    ("p50", "the 50th percentile"),
    ("p90", "the 90th percentile"),
    ("p95", "the 95th percentile"),
    ("p99", "the 99th percentile"),
    ("p99.9", "the 99.9th percentile"),
    ("median", "the median"),
    ("avg", "the mean"),
    ("max", "the highest"),
    ("min", "the lowest"),
    ("sum", "the sum"),
    ("ratio", "the share of calls: `ratio(answered)`, `ratio(rung == full)`"),
    ("uplift", "how much better than a baseline: `uplift(auc vs amount_rule)`"),
    ("all", "of every part: `all(region) in EU`"),
    ("runtime", "of what it runs on: `runtime(platform) == kubernetes`"),
    ("breach", "a scenario or latency budget is not kept: `breach(peak-latency)`"),
    ("roadmap.end", "the end of a phase: `roadmap.end(mvp) <= 14w`"),
    ("risks.open", "open risks of a level: `risks.open(critical) <= 0`"),
];

/// What calls are counted by in `ratio(…)`, besides metrics.
const COUNTED: &[(&str, &str)] = &[
    ("answered", "calls with an answer"),
    ("error", "calls with an error"),
    ("fallback", "calls that a lower rung answered"),
    ("disagreement", "calls that two versions answer differently"),
    ("rung == full", "calls that the full rung answered"),
];

/// Criteria over everything of a kind.
const EVERY: &[&str] = &[
    "every quality proved",
    "every constraint checked",
    "every control evidenced",
    "every rung exercised",
    "every contract signed",
    "every upstream contract signed",
    "every model compared",
    "every risk mitigated",
];

/// How two figures compare.
const OPERATORS: &[(&str, &str)] = &[
    ("<", "is below"),
    ("<=", "is at most"),
    (">", "is above"),
    (">=", "is at least"),
    ("==", "is"),
    ("!=", "is not"),
    ("in", "is one of"),
];

/// Offers for a place in a measure. `at` is the place in the document.
pub(super) fn complete(offers: &mut Offers<'_>, at: usize) {
    let start = offers.replaced.start;
    let spoken = Spoken::of(&offers.prefix);
    let (next, spoken_number, compared) = (spoken.next(), spoken.bare_number, spoken.compared());
    let typed = start + spoken.typed;
    // What stands behind the place belongs to the word that is replaced, as far as it is one.
    let behind = offers.scene.document.text.get(at..offers.replaced.end).unwrap_or("");
    let end = at + behind.find(|character: char| !place::is_name(character)).unwrap_or(behind.len());
    offers.replaced = typed..end;
    offers.prefix = offers.scene.document.text.get(typed..at).unwrap_or("").to_owned();
    let is_measure = offers.spot.path.last() == Some(&Step::Key("measure".to_owned()));
    match next {
        Next::Start => start_of(offers, is_measure),
        Next::Argument(function) => argument(offers, &function),
        Next::Operator { metric, alone } => operators(offers, metric, alone.as_deref().filter(|_| !is_measure)),
        Next::Value(dimension) => value(offers, dimension),
        Next::Tail { window, confidence, by } => {
            if let Some(bare) = spoken_number {
                let (replaced, prefix) = (offers.replaced.clone(), std::mem::take(&mut offers.prefix));
                offers.replaced.start = start + bare;
                offers.prefix = offers.scene.document.text.get(start + bare..at).unwrap_or("").to_owned();
                value(offers, compared);
                (offers.replaced, offers.prefix) = (replaced, prefix);
            }
            tail(offers, window, confidence, by);
        }
        Next::Window => window(offers),
        Next::Point => metrics(offers, |metric| metric.proof == Proof::Evaluation),
        Next::Proof => proofs(offers),
        Next::Every(phrases) => phrases.iter().for_each(|word| offers.offer(Offer::plain(word, kind::WORD, 1, ""))),
        Next::Nothing => {}
    }
}

/// The function in whose parentheses a place is, as the protocol shows it; null for one that is not known.
pub(super) fn signature(before: &str) -> Value {
    let Next::Argument(function) = Spoken::of(before).next() else { return Value::Null };
    let Some((name, words)) = FUNCTIONS.iter().find(|(name, _)| *name == function) else { return Value::Null };
    let argument = match *name {
        "ratio" => "calls",
        "uplift" => "metric vs baseline",
        "all" | "runtime" => "property",
        "breach" => "scenario",
        "roadmap.end" => "phase",
        "risks.open" => "level",
        _ => "metric",
    };
    let signature = json!({ "label": format!("{name}({argument})"), "documentation": words, "parameters": [{ "label": argument }] });
    json!({ "signatures": [signature], "activeSignature": 0, "activeParameter": 0 })
}

fn start_of(offers: &mut Offers<'_>, is_measure: bool) {
    let scene = offers.scene;
    if !is_measure {
        let sections = scene.language.value_sections(&offers.spot.path.clone());
        offers.references(&sections, false);
        offers.offer(Offer::plain("else", kind::WORD, 3, "").doc("when none of the other outcomes holds"));
        for phrase in EVERY {
            offers.offer(Offer::plain(phrase, kind::WORD, 3, ""));
        }
    }
    for (name, words) in FUNCTIONS {
        let new = format!("{name}(");
        offers.offer(Offer { label: &format!("{name}()"), new: &new, kind: kind::METRIC, rank: 2, detail: "", doc: words });
    }
    metrics(offers, |_| true);
    // Whole examples, only where nothing is written yet.
    if !offers.prefix.is_empty() {
        return;
    }
    for word in scene.language.words(&offers.spot.path.clone()) {
        let example = word.word.as_str();
        offers.offer(Offer::plain(example, kind::WORD, 4, "").doc(word.doc));
    }
}

fn metrics(offers: &mut Offers<'_>, is_wanted: impl Fn(&Metric) -> bool) {
    for metric in METRICS.iter().filter(|metric| is_wanted(metric)) {
        offers.offer(Offer::plain(metric.name, kind::METRIC, 3, metric.proof.word()).doc(metric.words));
    }
}

/// What may stand in the parentheses of a function.
fn argument(offers: &mut Offers<'_>, function: &str) {
    use charter_spec::SectionName::{Latency, Quality, Roadmap};
    match function {
        "breach" => offers.references(&[Quality, Latency], false),
        "roadmap.end" | "roadmap.effort" => offers.references(&[Roadmap], false),
        "risks.open" => {
            ["low", "medium", "high", "critical"].iter().for_each(|level| offers.offer(Offer::plain(level, kind::WORD, 1, "")));
        }
        "all" | "any" => offers.offer(Offer::plain("region", kind::METRIC, 1, "")),
        "runtime" => offers.offer(Offer::plain("platform", kind::METRIC, 1, "")),
        "uplift" | "change" => metrics(offers, |metric| metric.proof == Proof::Evaluation),
        "ratio" | "share" => {
            for (name, words) in COUNTED {
                offers.offer(Offer::plain(name, kind::METRIC, 1, "").doc(words));
            }
        }
        _ => metrics(offers, |metric| metric.dimension != MetricDimension::Word && metric.proof != Proof::Static),
    }
}

/// Behind a term. `alone` is a name with nothing before it, which may be a requirement.
fn operators(offers: &mut Offers<'_>, metric: Option<&Metric>, alone: Option<&str>) {
    if alone.is_some_and(|id| names::is_requirement(offers.scene, id.rsplit('.').next().unwrap_or(id))) {
        for proof in Proof::ALL {
            offers.offer(Offer::plain(&format!("@{}", proof.word()), kind::WORD, 1, ""));
        }
        return;
    }
    for (sign, words) in OPERATORS {
        offers.offer(Offer::plain(sign, kind::OPERATOR, 2, words));
    }
    if metric.is_some_and(|metric| metric.proof == Proof::Evaluation) {
        offers.offer(Offer::plain("at", kind::WORD, 3, "at an operating point: `at fpr <= 1%`"));
    }
}

/// What a term is compared with: a number with a unit that fits, or another figure of the same dimension.
fn value(offers: &mut Offers<'_>, dimension: Option<MetricDimension>) {
    let scene = offers.scene;
    let definitions: &[&str] = match dimension {
        Some(MetricDimension::Time) => &["Duration"],
        Some(MetricDimension::Ratio) => &["Share"],
        Some(MetricDimension::Rate) => &["Rate"],
        Some(MetricDimension::Bytes) => &["Bytes"],
        Some(MetricDimension::MoneyPerTime) => &["MoneyPerTime"],
        Some(MetricDimension::Count | MetricDimension::Word) => &[],
        None => &["Duration", "Share", "Rate"],
    };
    if let Some(number) = number(&offers.prefix).map(str::to_owned) {
        offers.quantities(&number, definitions.iter().flat_map(|name| scene.language.units_of(name)));
        return;
    }
    if dimension == Some(MetricDimension::Word) {
        names::all_rungs(scene).iter().for_each(|rung| offers.offer(Offer::plain(rung, kind::WORD, 2, "rung")));
        return;
    }
    metrics(offers, |metric| metric.name.contains('.') && metric.proof == Proof::Static && Some(metric.dimension) == dimension);
}

fn tail(offers: &mut Offers<'_>, window: bool, confidence: bool, by: bool) {
    let parts = [
        ("over", "a window: `over 28d`", window),
        ("at", "a confidence: `at 95% confidence`", confidence),
        ("by", "for each value of columns: `by class`", by),
    ];
    for (word, words, _) in parts.iter().filter(|(_, _, is_open)| *is_open) {
        offers.offer(Offer::plain(word, kind::WORD, 2, words));
    }
}

fn window(offers: &mut Offers<'_>) {
    let scene = offers.scene;
    match number(&offers.prefix).map(str::to_owned) {
        Some(number) => offers.quantities(&number, scene.language.units_of("Duration").into_iter()),
        None => ["1h", "1d", "7d", "28d"].iter().for_each(|length| offers.offer(Offer::plain(length, kind::UNIT, 2, ""))),
    }
}

fn proofs(offers: &mut Offers<'_>) {
    for proof in Proof::ALL {
        offers.offer(Offer::plain(proof.word(), kind::WORD, 1, ""));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use charter_spec::Span;
    use charter_spec::measure::{CriterionKind, Position, parse_criterion};

    fn parsed(text: &str) -> CriterionKind {
        let file = charter_spec::FileSet::single("a", *b"").find("a").unwrap();
        parse_criterion(text, Position::Gate, &|start, end| Span::new(file, start, end))
            .unwrap_or_else(|problem| panic!("{text}: {problem:?}"))
    }

    #[test]
    fn whatever_is_offered_the_grammar_takes() {
        for phrase in EVERY {
            assert!(matches!(parsed(phrase), CriterionKind::Every(_)), "{phrase}");
        }
        for (function, words) in FUNCTIONS {
            let shown = words.split('`').nth(1).map_or_else(|| format!("{function}(latency) < 1s"), str::to_owned);
            let kind = parsed(&shown);
            assert!(matches!(kind, CriterionKind::Measure(_) | CriterionKind::Term(_)), "{shown}: {kind:?}");
        }
        for (counted, _) in COUNTED {
            assert!(matches!(parsed(&format!("ratio({counted}) >= 1%")), CriterionKind::Measure(_)), "{counted}");
        }
        for (sign, _) in OPERATORS {
            assert!(matches!(parsed(&format!("cost.total {sign} cost.ceiling")), CriterionKind::Measure(_)), "{sign}");
        }
    }
}
