//! An object of v1alpha as one of v1: the same words where v1 has them. What v1 has no word for stands where it stood.
//!
//! Sources: the specification of OpenSLO v1, and v1alpha before it. There, a window counts units, an indicator names its query without a metric source, and
//! each objective has a ratio of its own.

use crate::foreign::{Node, same};

/// The version that is written.
pub(super) const VERSION: &str = "openslo/v1";

/// Whether an object is of the version that is upgraded.
pub(super) fn is_old(object: &Node) -> bool {
    object.get("apiVersion").and_then(Node::word) == Some("openslo/v1alpha")
}

/// The object in the words of v1; places are those of what it was made from.
pub(super) fn upgraded(object: &Node) -> Node {
    let mut new = object.clone();
    if let Some(version) = new.get_mut("apiVersion") {
        *version = Node::plain(VERSION, version.span);
    }
    let name = object.get("metadata").and_then(|metadata| metadata.get("name")).and_then(Node::word).unwrap_or("objective").to_owned();
    if let Some(spec) = new.get_mut("spec").filter(|_| object.get("kind").and_then(Node::word) == Some("SLO")) {
        windows(spec);
        indicator(spec, &name);
        ratios(spec, &name);
    }
    new
}

/// `timeWindows: [{ unit: Week, count: 1 }]` is `timeWindow: [{ duration: 1w }]`.
fn windows(spec: &mut Node) {
    let Some((at, mut windows)) = spec.remove("timeWindows") else { return };
    for window in windows.items_mut().into_iter().flatten() {
        let text = |key: &str| window.get(key).and_then(Node::word).map(str::to_owned);
        let Some((count, unit)) = text("count").and_then(|count| count.parse::<u64>().ok()).zip(text("unit")) else { continue };
        let Some(duration) = duration(count, &unit) else { continue };
        let span = window.get("count").map_or(window.span, |count| count.span);
        window.remove("count");
        window.remove("unit");
        window.insert(0, "duration", Node::plain(duration, span));
    }
    spec.insert(at, "timeWindow", windows);
}

/// The shorthand of a window; v1 has no seconds, so that only whole minutes of them have one.
fn duration(count: u64, unit: &str) -> Option<String> {
    let letter = match unit {
        "Second" => return (count > 0 && count.is_multiple_of(60)).then(|| format!("{}m", count / 60)),
        "Minute" => "m",
        "Hour" => "h",
        "Day" => "d",
        "Week" => "w",
        "Month" => "M",
        "Quarter" => "Q",
        "Year" => "Y",
        _ => return None,
    };
    Some(format!("{count}{letter}"))
}

/// An indicator has metadata and a specification.
fn indicator(spec: &mut Node, name: &str) {
    let Some(node) = spec.get_mut("indicator").filter(|node| node.get("spec").is_none() && node.get("thresholdMetric").is_some()) else {
        return;
    };
    if let Some((at, threshold)) = node.remove("thresholdMetric") {
        node.insert(at, "thresholdMetric", metric(&threshold));
    }
    *node = wrapped(node.clone(), name);
}

/// Ratios of objectives are an indicator: the objective's own, or that of all when it is the same.
fn ratios(spec: &mut Node, name: &str) {
    let objectives = spec.get_mut("objectives").and_then(Node::items_mut);
    let mut found = Vec::new();
    let mut count = 0;
    for objective in objectives.into_iter().flatten() {
        count += 1;
        if let Some((_, ratio)) = objective.remove("ratioMetrics") {
            found.push((count - 1, wrapped(Node::map([("ratioMetric", of_ratio(&ratio))], ratio.span), name)));
        }
    }
    let shared = found.len() == count && found.windows(2).all(|pair| matches!(pair, [(_, one), (_, other)] if same(one, other)));
    let has_other = spec.get("indicator").is_some() || spec.get("indicatorRef").is_some();
    match found.first() {
        None => {}
        Some((_, one)) if shared && !has_other => spec.set("indicator", one.clone()),
        Some(_) => {
            let mut objectives = spec.get_mut("objectives").and_then(Node::items_mut);
            for (at, own) in found {
                if let Some(objective) = objectives.as_mut().and_then(|objectives| objectives.get_mut(at)) {
                    objective.set("indicator", own);
                }
            }
        }
    }
}

/// The specification of an indicator under the name that the import gives one without a name.
fn wrapped(spec: Node, name: &str) -> Node {
    let span = spec.span;
    let metadata = Node::map([("name", Node::plain(super::measure::unnamed(&super::read::base(name)), span))], span);
    Node::map([("metadata", metadata), ("spec", spec)], span)
}

/// A ratio: `incremental` is what `counter` was called.
fn of_ratio(ratio: &Node) -> Node {
    let mut new = ratio.clone();
    if let Some((at, incremental)) = new.remove("incremental") {
        new.insert(at, "counter", incremental);
    }
    for side in ["good", "bad", "total"] {
        if let Some(node) = new.get_mut(side) {
            *node = metric(node);
        }
    }
    if new.get("counter").is_none() {
        // What v1alpha leaves out is no counter.
        new.insert(0, "counter", Node::plain("false", ratio.span));
    }
    new
}

/// `{ source, queryType, query }` is a metric source of that type, and the rest its specification.
fn metric(node: &Node) -> Node {
    if node.get("metricSource").is_some() || node.pairs().is_empty() {
        return node.clone();
    }
    let mut spec = node.clone();
    let source = spec.remove("source");
    let kind = source.map(|(_, source)| ("type", source));
    let metric = Node::map(kind.into_iter().chain([("spec", spec)]), node.span);
    Node::map([("metricSource", metric)], node.span)
}
