//! A model of which nobody knows whether a simple rule would do.

use crate::rule::{Findings, Lint, Rule};
use crate::rules::quality::measure::{measure_of, routes_by_model};
use charter_spec::ast::{Model, Runtime, Scenario};
use charter_spec::measure::{Argument, Criterion, CriterionKind, EveryState, Measure, Subject, TermKind};
use charter_spec::names::Entry;
use charter_spec::{Id, Severity, Spec};
use std::collections::{HashMap, HashSet};

pub(super) const RULE: Rule = Rule {
    code: "R008",
    severity: Severity::Error,
    title: "model without baseline, or no gate compares to it",
    page: include_str!("../../../tests/rules/R008.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let routes = routes_by_model(spec);
    let compared = Compared::of(spec);
    let gate = spec.roadmap.iter().find_map(|phase| phase.gate.span());
    for model in spec.models.iter().filter(|model| model.runtime.as_ref().is_none_or(|runtime| runtime.value != Runtime::Rules)) {
        let id = &model.id.value;
        let Some(baseline) = &model.baseline else {
            findings.push(
                RULE.finding(format!("`{id}` is compared with nothing"))
                    .at(model.id.span, "is it better than a simple rule?")
                    .help("name the simplest thing that could do instead, for example `baseline: popularity`")
                    .proven()
                    .asks(format!("`models.{id}.baseline`")),
            );
            continue;
        };
        // Without a gate there is nothing that could compare; that is another finding.
        let Some(gate) = gate.filter(|_| !compared.has(model, routes.get(id))) else { continue };
        findings.push(
            RULE.finding(format!("no gate asks whether `{id}` beats `{}`", baseline.value))
                .at(baseline.span, "stated, and never compared")
                .at(gate, "no outcome of this gate or a later one compares it")
                .help("let a gate ask for `every model compared`, or for a scenario such as `uplift(auc vs baseline) >= 5%`")
                .proven(),
        );
    }
}

/// What gates compare: everything, or models and baselines by name.
#[derive(Default)]
struct Compared {
    everything: bool,
    names: HashSet<String>,
}

impl Compared {
    fn of(spec: &Spec) -> Self {
        let mut compared = Self::default();
        let comparing: HashMap<&Id, &Entry<Scenario>> = spec
            .quality
            .iter()
            .filter(|scenario| measure_of(scenario).is_some_and(is_comparison))
            .map(|scenario| (&scenario.id.value, scenario))
            .collect();
        let criteria = spec.roadmap.iter().flat_map(|phase| phase.gate.iter()).flat_map(|outcome| &outcome.value.value);
        for criterion in criteria {
            compared.add(&criterion.value, &comparing);
        }
        compared
    }

    fn add(&mut self, criterion: &Criterion, comparing: &HashMap<&Id, &Entry<Scenario>>) {
        match &criterion.kind {
            CriterionKind::Every(every) if every.subject == Subject::Model => self.everything |= every.state == EveryState::Compared,
            CriterionKind::Every(every) if every.subject == Subject::Quality => {
                comparing.values().for_each(|scenario| self.scenario(scenario))
            }
            CriterionKind::Requirement { id, .. } => {
                if let Some(scenario) = comparing.get(&id.value) {
                    self.scenario(scenario);
                }
            }
            // A measure in a gate names no model: it is held to speak of the one at hand.
            CriterionKind::Measure(measure) => self.everything |= is_comparison(measure),
            _ => {}
        }
    }

    fn scenario(&mut self, scenario: &Scenario) {
        match &scenario.artifact {
            Some(artifact) => {
                self.names.insert(artifact.as_str().to_owned());
            }
            // A comparison that names no model is held to speak of each.
            None => self.everything = true,
        }
    }

    fn has(&self, model: &Entry<Model>, routes: Option<&Vec<&Id>>) -> bool {
        let known = |name: &str| self.names.contains(name);
        self.everything || known(model.id.value.as_str()) || routes.is_some_and(|routes| routes.iter().any(|route| known(route.as_str())))
    }
}

fn is_comparison(measure: &Measure) -> bool {
    matches!(&measure.term.kind, TermKind::Call { arguments, .. } if arguments.iter().any(|argument| matches!(argument, Argument::Versus(_))))
}
