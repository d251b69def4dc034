//! What a measure is about, and so how it can be proved: the reader's table of metrics, and the rest of what is seen in charters.
//!
//! Proofs that were found belong to evidence.

use charter_spec::measure::{Argument, Measure, Path, Proof, Term, TermKind, ValueKind, metric};

/// Metrics that the reader's table does not know, by how they are proved.
const MORE: &[(Proof, &[&str])] = &[
    (
        Proof::Evaluation,
        &[
            "balanced_accuracy",
            "roc_auc",
            "pr_auc",
            "logloss",
            "ece",
            "mcc",
            "mse",
            "smape",
            "medae",
            "bias",
            "hit",
            "groundedness",
            "faithfulness",
            "exact_match",
            "attack_success",
            "parity_difference",
            "disparity",
        ],
    ),
    (Proof::Load, &["error_rate"]),
    (Proof::Chaos, &["time_to_fallback", "time_to_detect", "time_to_scale"]),
    (
        Proof::Runtime,
        &[
            "conversion",
            "revenue_per_session",
            "feedback",
            "burn",
            "uptime",
            "queue",
            "gpu",
            "cpu",
            "utilization",
            "incidents",
            "label_delay",
        ],
    ),
    (Proof::Contract, &["completeness", "null_rate", "duplicates", "volume", "schema", "validity", "age"]),
    (Proof::Static, &["cost", "roadmap", "capacity", "team", "risks", "storage", "replicas", "load", "license", "all", "any", "count"]),
];

/// The name under which the metric of a term is known: `p99(latency)` is `latency`, `uplift(ndcg@10 vs popularity)` is `ndcg`.
pub(crate) fn subject(term: &Term) -> Option<&Path> {
    match &term.kind {
        TermKind::Path(path) => Some(path),
        TermKind::At { metric, .. } => Some(&metric.value),
        TermKind::Call { function, arguments } => {
            let known = |path: &Path| family(path).is_some();
            if known(&function.value) && !is_wrapper(&function.value) {
                return Some(&function.value);
            }
            let inner = arguments.iter().find_map(|argument| match argument {
                Argument::Term(term) => subject(term),
                Argument::Predicate(condition) => subject(&condition.term),
                Argument::Versus(comparison) => subject(&comparison.subject),
                Argument::Value(value) => match &value.kind {
                    ValueKind::Path(path) => Some(path),
                    _ => None,
                },
            });
            inner.filter(|path| known(path)).or(Some(&function.value))
        }
    }
}

/// `all(region)` is about the region.
fn is_wrapper(path: &Path) -> bool {
    matches!(path.single(), Some("all" | "any" | "count"))
}

/// How a metric is proved: by the reader's table, else by its first name.
pub(crate) fn family(path: &Path) -> Option<Proof> {
    if let Some(known) = metric(path) {
        return Some(known.proof);
    }
    let first = path.names.first()?.replace('-', "_").to_ascii_lowercase();
    MORE.iter().find(|(_, names)| names.contains(&first.as_str())).map(|(proof, _)| *proof)
}

/// How a measure can be proved, and why so; the reason alone when nothing can prove it.
pub(crate) fn proof_of(measure: &Measure, under_load: bool) -> Result<(Proof, String), String> {
    let Some(path) = subject(&measure.term) else {
        return Err("the measure names no metric".to_owned());
    };
    let window = measure.window.as_ref();
    match family(path) {
        // A share of answers over weeks is what production shows; a load run of minutes shows it only where a load is stated.
        Some(Proof::Load) if window.is_some() && !under_load && path.single() != Some("latency") => {
            Ok((Proof::Runtime, format!("`{path}` over a window, without `under:`, is what production reports")))
        }
        Some(proof) => Ok((proof, format!("`{path}` is {}", clause(proof)))),
        None if window.is_some() => Ok((Proof::Runtime, format!("`{path}` over a window is what production reports"))),
        None => Err(format!("nothing here measures `{path}`; state `proof:`, or use a metric that is known")),
    }
}

/// Completes "the metric is …".
pub(crate) fn clause(proof: Proof) -> &'static str {
    match proof {
        Proof::Static => "decided by arithmetic over the charter",
        Proof::Contract => "checked on data against a contract",
        Proof::Evaluation => "measured on held-out rows",
        Proof::Load => "measured under generated load",
        Proof::Chaos => "measured while faults are injected",
        Proof::Runtime => "reported by production",
        Proof::Review => "signed by a person",
    }
}
