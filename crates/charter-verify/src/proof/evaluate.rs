//! Proofs by evaluation: held-out rows asked over the wire, judged against their labels.

use std::collections::HashMap;

use charter_plan::Plan;
use charter_plan::evidence::Part;
use charter_plan::plan::{Evaluation, Node, Route};
use serde_json::json;

use super::ask::{Replies, ask};
use super::judge::plain;
use super::record::Finding;
use super::traffic::SET_COLUMN;
use super::{Event, VerifySettings};
use crate::evaluation::{
    Answers, Bound, Case, Condition, Estimate, Metric, estimate, estimate_classes, estimate_uplift, groups, verdict_of,
};
use crate::samples::Samples;

/// The word in a `by` clause that stands for the classes of the label.
const CLASSES: &str = "class";

/// Proofs by evaluation; a route is asked once for each sample file, however many requirements rest on it.
pub(super) struct Evaluations<'a> {
    plan: &'a Plan,
    settings: &'a VerifySettings<'a>,
    asked: HashMap<(u16, String), (Samples, Replies)>,
}

/// One part of a verdict: the whole, a class or a group.
struct Judged {
    name: String,
    estimate: Estimate,
}

impl<'a> Evaluations<'a> {
    pub(super) fn new(plan: &'a Plan, settings: &'a VerifySettings<'a>) -> Self {
        Self { plan, settings, asked: HashMap::new() }
    }

    pub(super) fn prove(&mut self, evaluation: &Evaluation, tell: &mut dyn FnMut(Event<'_>)) -> Result<Finding, String> {
        let route = self.plan.routes.get(usize::from(evaluation.route.0)).ok_or("its route is not in the plan")?;
        let seed = self.settings.seed;
        let (samples, replies) = self.asked(route, &evaluation.samples, tell)?;
        let (metric, condition) = metric_of(evaluation)?;
        let answers = replies.outputs.get(&evaluation.output).ok_or_else(|| {
            let known: Vec<&str> = replies.outputs.keys().map(String::as_str).collect();
            format!("route `{}` has no output `{}`; it has {}", route.name, evaluation.output, known.join(", "))
        })?;
        let case = case(samples, evaluation, metric, condition.is_some(), answers)?;
        let baseline = match &evaluation.versus {
            None => None,
            Some(name) => Some(case_of_column(samples, evaluation, metric, condition.is_some(), name)?),
        };
        let judge = |rows: &[usize]| match &baseline {
            Some(baseline) => estimate_uplift(&case, baseline, metric, condition, rows, seed),
            None => estimate(&case, metric, condition, rows, seed),
        };
        let all: Vec<usize> = (0..case.rows()).collect();
        let overall = judge(&all);
        let mut parts = Vec::new();
        for column in &evaluation.by {
            if column == CLASSES && samples.column_like(column).is_none() {
                parts.extend(
                    estimate_classes(&case, metric, &all, seed)
                        .into_iter()
                        .map(|(class, estimate)| Judged { name: format!("class={class}"), estimate }),
                );
                continue;
            }
            let groups = groups(samples, column).map_err(|error| error.to_string())?;
            parts.extend(groups.into_iter().map(|group| Judged { estimate: judge(&group.rows), name: group.name }));
        }
        let mut notes = notes(route, replies, evaluation, condition.is_some());
        if let Some(reason) = overall.undefined {
            notes.insert(0, format!("over all rows: {reason}"));
        }
        Ok(finding(evaluation, overall, parts, notes, replies))
    }

    fn asked(&mut self, route: &Route, path: &str, tell: &mut dyn FnMut(Event<'_>)) -> Result<&(Samples, Replies), String> {
        let key = (route.id.0, path.to_owned());
        if !self.asked.contains_key(&key) {
            let samples = Samples::read(&self.settings.folder.join(path)).map_err(|error| error.to_string())?;
            let of = samples.rows();
            let replies =
                ask(&self.settings.target, route, &samples, |rows| tell(Event::Asking { rows, of })).map_err(|error| error.to_string())?;
            self.asked.insert(key.clone(), (samples, replies));
        }
        self.asked.get(&key).ok_or_else(|| "its answers were lost".into())
    }
}

fn metric_of(evaluation: &Evaluation) -> Result<(Metric, Option<Condition>), String> {
    let read = |name: &str| Metric::parse(name).ok_or_else(|| format!("`{name}` is no metric that evaluation knows"));
    let condition = match &evaluation.at {
        None => None,
        Some((name, operator, limit)) => Some(Condition { metric: read(name)?, operator: *operator, limit: *limit }),
    };
    Ok((read(&evaluation.metric)?, condition))
}

fn case(samples: &Samples, evaluation: &Evaluation, metric: Metric, conditional: bool, answers: &Answers) -> Result<Case, String> {
    let labels = samples.texts(&evaluation.label).map_err(|error| error.to_string())?;
    let sets = samples.texts(SET_COLUMN).ok();
    Case::new(metric, conditional, labels, answers, evaluation.positive.as_deref(), sets).map_err(|error| error.to_string())
}

/// The baseline's answers from a column of the samples.
fn case_of_column(samples: &Samples, evaluation: &Evaluation, metric: Metric, conditional: bool, name: &str) -> Result<Case, String> {
    let column = samples
        .column_like(name)
        .ok_or_else(|| format!("the baseline `{name}` is no column of the samples; they have {}", samples.names().join(", ")))?;
    let lists = samples.lists(column);
    let answers = match lists {
        Ok(lists) => {
            let width = lists.iter().map(Vec::len).max().unwrap_or(1).max(1);
            // Short lists are filled with what equals no item.
            let padded =
                lists.into_iter().flat_map(|list| list.into_iter().chain(std::iter::repeat(f64::NAN)).take(width).collect::<Vec<_>>());
            Answers::Numbers { width, values: padded.collect() }
        }
        Err(_) => Answers::Texts(samples.texts(column).map_err(|error| error.to_string())?.to_vec()),
    };
    case(samples, evaluation, metric, conditional, &answers).map_err(|error| format!("baseline `{column}`: {error}"))
}

fn notes(route: &Route, replies: &Replies, evaluation: &Evaluation, conditional: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let first = match &route.node {
        Node::Ladder { rungs } => rungs.first().map(|rung| rung.name.as_str()),
        _ => None,
    };
    let below: u64 = replies
        .rungs
        .iter()
        .filter(|(rung, _)| first.is_some_and(|first| !rung.is_empty() && rung.as_str() != first))
        .map(|(_, rows)| rows)
        .sum();
    if below > 0 {
        let rows: u64 = replies.rungs.values().sum();
        notes.push(format!("{below} of {rows} rows were answered below the first rung, so this is not the quality of the full model"));
    }
    if conditional {
        notes.push("the threshold comes from the same rows, in each group its own; the interval takes it as given".into());
    }
    if let Some(baseline) = &evaluation.versus {
        notes.push(format!("relative to `{baseline}` on the same rows"));
    }
    notes
}

/// The verdict over the groups, or over the whole where there are none; the figure shown is the one with the least margin.
fn finding(evaluation: &Evaluation, overall: Estimate, parts: Vec<Judged>, mut notes: Vec<String>, replies: &Replies) -> Finding {
    let bound = |estimate: &Estimate| Bound {
        figure: estimate.figure.filter(|_| estimate.undefined.is_none()),
        interval: estimate.interval.map(|interval| (interval.low, interval.high)),
    };
    let verdict = |estimate: &Estimate| bound(estimate).verdict(evaluation.operator, evaluation.limit);
    let whole = Judged { name: "all".into(), estimate: overall };
    let judged = if parts.is_empty() { std::slice::from_ref(&whole) } else { &parts[..] };
    let verdicts: Vec<_> = judged.iter().map(|part| verdict(&part.estimate)).collect();
    let margin = |part: &&Judged| bound(&part.estimate).margin(evaluation.operator, evaluation.limit);
    let decides = judged.iter().min_by(|one, other| margin(one).total_cmp(&margin(other))).unwrap_or(&whole);
    if !parts.is_empty() {
        notes.insert(0, format!("{} decides", decides.name));
    }
    for part in judged.iter().filter(|part| parts.len() > 1 || part.name != "all") {
        notes.extend(part.estimate.undefined.map(|reason| format!("{}: undefined, {reason}", part.name)));
    }
    let method = decides.estimate.method;
    notes.push(format!("{} rows or sets, 95 % interval: {method}; the bound decides, not the point", decides.estimate.count));
    let part = |judged: &Judged| Part {
        name: judged.name.clone(),
        count: judged.estimate.count,
        figure: judged.estimate.figure,
        interval: judged.estimate.interval.map(|interval| (interval.low, interval.high)),
        holds: match verdict(&judged.estimate) {
            charter_plan::evidence::Verdict::Proved => Some(true),
            charter_plan::evidence::Verdict::Broken => Some(false),
            charter_plan::evidence::Verdict::Inconclusive => None,
        },
    };
    Finding {
        verdict: verdict_of(&verdicts),
        figure: decides.estimate.figure,
        interval: decides.estimate.interval.map(|interval| (interval.low, interval.high)),
        unit: evaluation.unit.clone(),
        limit: format!(
            "{} {}{}",
            evaluation.operator.sign(),
            plain(evaluation.limit),
            if evaluation.unit.is_empty() { String::new() } else { format!(" {}", evaluation.unit) }
        ),
        parts: std::iter::once(&whole).chain(&parts).map(part).collect(),
        notes,
        report: json!({
            "metric": evaluation.metric,
            "rungs": replies.rungs,
            "overall": whole.estimate,
            "parts": parts.iter().map(|part| json!({ "name": part.name, "estimate": part.estimate })).collect::<Vec<_>>(),
        }),
    }
}
