//! Requirements: how each is proved and why so, and what its proof is set to.

use super::Explainer;
use crate::arithmetic::derivation::{number, percent};
use crate::plan::{Arrival, Evaluation, Load, Plan, Proof};
use crate::resolved::Element;

impl Explainer<'_> {
    pub(super) fn requirement(&mut self, element: &Element) {
        let resolved = self.resolved;
        let Some(found) = resolved.proofs.iter().find(|found| found.element == *element) else { return };
        let mut lines = Vec::new();
        if !found.measure.is_empty() {
            lines.push(format!("measure: {}", found.measure));
        }
        lines.push(match found.proof {
            Some(proof) => format!("its proof is {}: {}", proof.word(), found.reason),
            None => format!("nothing can prove it: {}", found.reason),
        });
        let requirement = self.plan.and_then(|plan| plan.requirements.iter().find(|requirement| element.id == *requirement.id));
        if let (Some(requirement), Some(plan)) = (requirement, self.plan) {
            lines.push(requirement.text.clone());
            lines.extend(settings(plan, &requirement.proof));
        }
        self.facts(&format!("{element}: proof"), lines, vec![(element.to_string(), found.measure_span)]);
        for pair in resolved.load.users.iter().filter(|pair| pair.scenario.as_ref() == Some(&element.id)) {
            let title = format!("{element}: mean latency at which the users make the rate");
            if pair.implied_latency_ms.value() < 0.0 {
                let mut lines = pair.implied_latency_ms.derivation.steps.clone();
                lines.push("no latency is low enough: pauses alone keep the users below the rate".to_owned());
                self.facts(&title, lines, vec![(element.to_string(), pair.users_span)]);
            } else {
                self.figure(&title, Some(&pair.implied_latency_ms));
            }
            self.figure(&format!("{element}: rate when the mean is at the limit"), pair.rate_at_limit.as_ref());
        }
        for promise in resolved.availability.promises.iter().filter(|promise| promise.scenario == element.id) {
            self.figure(&format!("{element}: highest share that dependencies allow"), promise.least.as_ref());
        }
    }
}

fn settings(plan: &Plan, proof: &Proof) -> Vec<String> {
    match proof {
        Proof::Static { derivation, .. } => derivation.clone(),
        Proof::Evaluation(evaluation) => evaluated(plan, evaluation),
        Proof::Load(load) => loaded(plan, load),
        Proof::None { reason } => vec![format!("nothing can prove it now: {reason}")],
        Proof::Contract | Proof::Chaos | Proof::Runtime | Proof::Review => Vec::new(),
    }
}

fn evaluated(plan: &Plan, evaluation: &Evaluation) -> Vec<String> {
    let route = plan.routes.get(usize::from(evaluation.route.0)).map_or("", |route| route.name.as_str());
    let mut lines = vec![
        format!("rows of {} are sent to route {route}", evaluation.samples),
        format!("{} of output `{}` against column `{}`", evaluation.metric, evaluation.output, evaluation.label),
    ];
    lines.extend(evaluation.positive.as_ref().map(|positive| format!("`{positive}` counts as positive")));
    if let Some((metric, operator, limit)) = &evaluation.at {
        lines.push(format!("at {metric} {} {}", operator.sign(), number(*limit)));
    }
    lines.extend(evaluation.versus.as_ref().map(|versus| format!("compared with `{versus}`")));
    if !evaluation.by.is_empty() {
        lines.push(format!("for each {}", evaluation.by.join(" and ")));
    }
    lines
}

fn loaded(plan: &Plan, load: &Load) -> Vec<String> {
    let arrival = match load.arrival {
        Arrival::Rate { per_s } => format!("open loop: {} requests/s", number(per_s)),
        Arrival::Users { users, think_ms } => format!("closed loop: {users} users who pause {} ms", number(think_ms)),
    };
    let mix: Vec<String> = load
        .mix
        .iter()
        .map(|share| {
            let name = plan.routes.get(usize::from(share.route.0)).map_or("", |route| route.name.as_str());
            format!("{name} {}", percent(share.share))
        })
        .collect();
    let mut lines = vec![arrival, format!("over {}", mix.join(", "))];
    if load.network_ms > 0.0 {
        lines.push(format!(
            "held against {} − {} = {} ms, since the network lies outside our edge",
            number(load.limit),
            number(load.network_ms),
            number(load.limit - load.network_ms)
        ));
    }
    lines
}
