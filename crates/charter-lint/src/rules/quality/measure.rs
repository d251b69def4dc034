//! What scenarios promise, as several families ask it: about latency or not, with which limit, of which model.
//!
//! What a single rule asks belongs to the rule.

use charter_spec::ast::{Answer, AnswerKind, Scenario};
use charter_spec::measure::{CriterionKind, Measure, Operator};
use charter_spec::{Dimension, Id, Span, Spec};
use std::collections::HashMap;

/// The measure of a scenario, when it is a promise about a number.
pub(in crate::rules) fn measure_of(scenario: &Scenario) -> Option<&Measure> {
    match &scenario.measure.as_ref()?.value.kind {
        CriterionKind::Measure(measure) => Some(measure),
        _ => None,
    }
}

/// Whether a measure is about latency, whatever its aggregate.
pub(in crate::rules) fn is_about_latency(measure: &Measure) -> bool {
    measure.term.metric_path().is_some_and(|path| path.single() == Some("latency"))
}

/// The highest latency that a scenario allows for its aggregate, in ms, with the place of the measure.
pub(in crate::rules) fn latency_limit_ms(scenario: &Scenario) -> Option<(f64, Span)> {
    let measure = measure_of(scenario).filter(|measure| is_about_latency(measure))?;
    let below = matches!(measure.operator.value, Operator::Less | Operator::AtMost);
    let quantity = measure.value.quantity().filter(|quantity| quantity.dimension() == Dimension::Time)?;
    below.then_some((quantity.base / 1e6, measure.span))
}

/// Whether a scenario speaks of the whole system: its artifact is no single route, model, dependency, provider, feature or data set.
pub(in crate::rules) fn speaks_of_everything(spec: &Spec, scenario: &Scenario) -> bool {
    let single = |id: &str| {
        spec.routes.contains(id)
            || spec.models.contains(id)
            || spec.dependencies.contains(id)
            || spec.providers.contains(id)
            || spec.features.contains(id)
            || spec.data.contains(id)
    };
    scenario.artifact.as_ref().is_none_or(|artifact| !single(artifact.as_str()))
}

/// Routes by the model that they ask when nothing is broken.
pub(in crate::rules) fn routes_by_model(spec: &Spec) -> HashMap<&Id, Vec<&Id>> {
    let mut routes: HashMap<&Id, Vec<&Id>> = HashMap::new();
    for route in &spec.routes {
        let mut models = Vec::new();
        if let Some(answer) = &route.answer {
            models_asked(&answer.value, &mut models);
        }
        for model in models {
            routes.entry(model).or_default().push(&route.id.value);
        }
    }
    routes
}

/// How deep answers nest is bounded by the reader.
fn models_asked<'a>(answer: &'a Answer, models: &mut Vec<&'a Id>) {
    match &answer.kind {
        AnswerKind::Model(node) => models.extend(node.model.as_ref().map(|model| &model.value.model)),
        AnswerKind::Ladder(node) => {
            if let Some(rung) = node.ladder.iter().next() {
                models_asked(&rung.answer.value, models);
            }
        }
        AnswerKind::Split(node) => node.split.iter().for_each(|arm| models_asked(&arm.value.answer.value, models)),
        AnswerKind::Sequence(node) => node.sequence.iter().for_each(|step| models_asked(&step.value, models)),
        AnswerKind::Shadow(node) => {
            node.shadow.iter().filter_map(|shadow| shadow.of.as_ref()).for_each(|answer| models_asked(&answer.value, models));
        }
        AnswerKind::Cascade(node) => node.cascade.iter().for_each(|step| models_asked(&step.answer.value, models)),
        AnswerKind::Ensemble(node) => node.ensemble.iter().for_each(|member| models_asked(&member.answer.value, models)),
        AnswerKind::Cache(node) => {
            node.cache.iter().filter_map(|cache| cache.of.as_ref()).for_each(|answer| models_asked(&answer.value, models));
        }
        AnswerKind::Rule(_) | AnswerKind::Static(_) | AnswerKind::Lookup(_) => {}
    }
}
