//! The grammar of measures: what parses, into what, how it reads as a sentence, and where errors point.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by panicking")]

use charter_spec::measure::{
    Argument, CriterionKind, MetricDimension, Operator, Position, Proof, TermKind, ValueKind, parse_criterion, parse_measure,
};
use charter_spec::{Measure, Span};

fn span(start: usize, end: usize) -> Span {
    Span { start: u32::try_from(start).unwrap(), end: u32::try_from(end).unwrap(), ..Span::default() }
}

fn measure(text: &str) -> Measure {
    parse_measure(text, &span).unwrap_or_else(|error| panic!("`{text}`: {error:?}"))
}

fn gate(text: &str) -> CriterionKind {
    parse_criterion(text, Position::Gate, &span).unwrap_or_else(|error| panic!("`{text}`: {error:?}"))
}

#[test]
fn measures_read_as_sentences() {
    for (text, sentence) in [
        ("p99(latency) < 200ms over 28d", "the 99th percentile of latency is below 200ms over any 28d"),
        ("p99.9(latency) <= 1s", "the 99.9th percentile of latency is at most 1s"),
        ("p50(latency) < 20ms", "the median of latency is below 20ms"),
        ("ratio(answered) >= 99.9% over 28d", "the share of answered calls is at least 99.9% over any 28d"),
        ("ratio(rung == full) >= 99%", "the share of calls where rung is full is at least 99%"),
        ("recall at fpr <= 1% >= 0.60 by class", "recall where false-positive rate is at most 1% is at least 0.60, for each class"),
        ("uplift(ndcg@10 vs popularity) >= 5%", "NDCG at 10 is better than popularity by at least 5%"),
        ("uplift(ndcg@10 over popularity) >= 5%", "NDCG at 10 is better than popularity by at least 5%"),
        ("uplift(revenue_per_session) > 0 at 95% confidence", "the uplift of revenue per session is above 0, with 95% confidence"),
        ("agreement(v3, v2) >= 95%", "the agreement of v3 and v2 is at least 95%"),
        ("max(time_to_rollback) < 60s", "the highest time to roll back is below 60s"),
        ("spend < 50_000 USD/month", "spend is below 50_000 USD/month"),
        ("cost.total <= cost.ceiling", "total cost is at most the cost ceiling"),
        ("all(region) in EU", "every region is in EU"),
        ("all(region) in [EU, CH]", "every region is in EU or CH"),
        ("roadmap.end(mvp) <= 8w", "the end of mvp is at most 8w"),
        ("risks.open(critical) == 0", "the number of open critical risks is 0"),
        ("runtime(platform) == eks", "runtime of platform is eks"),
        ("auc >= 0.8 by country, age-band", "area under the ROC curve is at least 0.8, for each country and age-band"),
        ("csat >= 4.2", "customer satisfaction is at least 4.2"),
        ("avg(gpu.utilization) < 30%", "the mean use of accelerators is below 30%"),
    ] {
        assert_eq!(measure(text).describe(), sentence, "{text}");
    }
}

#[test]
fn parts_know_their_places() {
    let text = "recall at fpr <= 1% >= 0.60 over 7d by class";
    let measure = measure(text);
    let part = |span: Span| &text[span.start as usize..span.end as usize];
    assert_eq!(part(measure.term.span), "recall at fpr <= 1%");
    assert_eq!(part(measure.operator.span), ">=");
    assert_eq!(part(measure.value.span), "0.60");
    assert_eq!(part(measure.window.as_ref().unwrap().span), "7d");
    assert_eq!(part(measure.by[0].span), "class");
    let TermKind::At { metric, condition } = &measure.term.kind else { panic!() };
    assert_eq!((part(metric.span), part(condition.term.span), part(condition.value.span)), ("recall", "fpr", "1%"));
    assert_eq!((measure.operator.value, condition.operator.value), (Operator::AtLeast, Operator::AtMost));
}

#[test]
fn the_metric_is_found_behind_aggregates() {
    for (text, path, proof, dimension) in [
        ("p99(latency) < 200ms", "latency", Proof::Load, Some(MetricDimension::Time)),
        ("ratio(rung == full) >= 99%", "rung", Proof::Load, Some(MetricDimension::Ratio)),
        ("recall at fpr <= 1% >= 0.6", "recall", Proof::Evaluation, Some(MetricDimension::Ratio)),
        ("uplift(ndcg@10 vs popularity) >= 5%", "ndcg@10", Proof::Evaluation, Some(MetricDimension::Ratio)),
        ("cost.total <= cost.ceiling", "cost.total", Proof::Static, Some(MetricDimension::MoneyPerTime)),
        ("max(time_to_rollback) < 60s", "time_to_rollback", Proof::Chaos, Some(MetricDimension::Time)),
        ("revenue > 5", "revenue", Proof::Runtime, None),
    ] {
        let measure = measure(text);
        assert_eq!(measure.term.metric_path().unwrap().to_string(), path, "{text}");
        assert_eq!((measure.proof(), measure.term.dimension()), (proof, dimension), "{text}");
    }
    assert_eq!(measure("p99.9(latency) < 1s").term.percentile(), Some(99.9));
    assert_eq!(measure("max(latency) < 1s").term.percentile(), None);
}

#[test]
fn arguments_keep_their_forms() {
    let form = |text: &str| match measure(text).term.kind {
        TermKind::Call { arguments, .. } => arguments,
        other => panic!("{other:?}"),
    };
    assert!(matches!(form("f(a) > 1")[..], [Argument::Term(_)]));
    assert!(matches!(form("f(a == b, 5ms) > 1")[..], [Argument::Predicate(_), Argument::Value(_)]));
    assert!(matches!(form("f(a vs b) > 1")[..], [Argument::Versus(_)]));
    assert!(form("f() > 1").is_empty());
    assert!(matches!(measure("a in [x, 5]").value.kind, ValueKind::List(values) if values.len() == 2));
}

#[test]
fn criteria_are_told_apart() {
    assert!(matches!(gate("peak-latency"), CriterionKind::Requirement { proof: None, .. }));
    assert!(matches!(gate("peak-latency @load"), CriterionKind::Requirement { proof: Some(proof), .. } if proof.value == Proof::Load));
    assert!(matches!(gate("x @offline"), CriterionKind::Requirement { proof: Some(proof), .. } if proof.value == Proof::Evaluation));
    assert!(matches!(gate("quality.peak"), CriterionKind::Requirement { section: Some(_), .. }));
    assert!(matches!(gate("else"), CriterionKind::Else));
    assert!(matches!(gate("breach(peak-latency)"), CriterionKind::Term(_)));
    assert!(matches!(gate("csat < 3.5"), CriterionKind::Measure(_)));
    for every in [
        "every constraint checked",
        "every upstream contract signed",
        "every quality @load",
        "every control evidenced",
        "every rung exercised",
    ] {
        assert!(matches!(gate(every), CriterionKind::Every(_)), "{every}");
    }
    for prose in [
        "no usable data",
        "baseline not beaten",
        "one of them misses by < 20%",
        "peak-latency @load on one model",
        "every user is happy",
        "it works (mostly)",
        "sponsor's word; nothing more",
    ] {
        assert!(matches!(gate(prose), CriterionKind::Text), "{prose}: {:?}", gate(prose));
    }
    let under_measure = parse_criterion("fast", Position::Measure, &span).unwrap();
    assert!(matches!(under_measure, CriterionKind::Term(_)));
}

#[test]
fn errors_point_at_what_is_wrong() {
    for (text, part) in [
        ("p99(latency) <", ""),
        ("p99(latency < 200ms", ""),
        ("p99(latency) < 200ms over 7GB", "7GB"),
        ("p99(latency) < 200mss", "mss"),
        ("p99(latency) = 5", "="),
        ("p99(latency) < 200ms extra", "extra"),
        ("ndcg@0 > 1", "0"),
        ("< 5", "<"),
        ("a in [b, ]", "]"),
        ("a > 5 at 120% confidence", "at 120%"),
        ("a > 5 at 95% sure", "sure"),
        ("a > 5 by", ""),
        ("a ≤ 5", "≤"),
        ("a > 1e999", "1e999"),
    ] {
        let error = parse_measure(text, &span).unwrap_err();
        assert_eq!(&text[error.start..error.end], part, "{text}: {error:?}");
    }
    let deep = format!("{}x{} > 1", "f(".repeat(100), ")".repeat(100));
    assert!(parse_measure(&deep, &span).is_err());
}

#[test]
fn dimensions_that_disagree_are_found_with_both_places() {
    for (text, term, value) in [
        ("p99(latency) < 7GB", "p99(latency)", "7GB"),
        ("recall at fpr <= 5s >= 60%", "fpr", "5s"),
        ("spend < 5ms", "spend", "5ms"),
        ("ratio(latency > 5GB) < 1%", "latency", "5GB"),
    ] {
        let measure = measure(text);
        let clash = measure.dimension_clashes()[0];
        let part = |span: Span| &text[span.start as usize..span.end as usize];
        assert_eq!((part(clash.term), part(clash.value)), (term, value));
    }
    for text in ["p99(latency) < 200", "recall >= 0.6", "uplift(x) >= 5pp", "unknown < 5GB", "csat >= 4.2"] {
        assert!(measure(text).dimension_clashes().is_empty(), "{text}");
    }
}
