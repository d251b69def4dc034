//! Rollouts, experiments, flags and chaos: what the plan makes of them, defaults included.

use super::Explainer;
use crate::arithmetic::derivation::{number, percent};
use crate::plan::{Experiment, Flag, Guardrail, Rollout};
use crate::resolved::Element;
use charter_spec::SectionName;

impl Explainer<'_> {
    /// A rollout, an experiment, a flag or a chaos experiment as the plan runs it.
    pub(super) fn moving(&mut self, element: &Element) {
        let Some(plan) = self.plan else { return };
        let name = element.id.as_str();
        let lines = match element.section {
            SectionName::Rollouts => plan.rollouts.iter().find(|rollout| rollout.name == name).map(rollout),
            SectionName::Experiments => plan.experiments.iter().find(|experiment| experiment.name == name).map(experiment),
            SectionName::Flags => plan.flags.iter().find(|flag| flag.name == name).map(flag),
            SectionName::Chaos => {
                plan.chaos.as_ref().and_then(|chaos| chaos.experiments.iter().find(|known| known.name == name)).map(|known| {
                    let seconds = number(millis(known.duration_ms) / 1_000.0);
                    let (rungs, objectives) = (known.expect.rungs.len(), known.expect.objectives.len());
                    vec![format!("{} fault(s) for {seconds} s, {rungs} rung(s) and {objectives} scenario(s) expected", known.faults.len())]
                })
            }
            _ => None,
        };
        let places = self.resolved.index.place(element).map(|span| vec![(element.to_string(), span)]);
        if let Some(lines) = lines {
            self.facts(&format!("{element}: as it is run"), lines, places.unwrap_or_default());
        }
    }
}

fn rollout(rollout: &Rollout) -> Vec<String> {
    let steps: Vec<String> = rollout.steps.iter().map(|step| percent(f64::from(*step) / 10_000.0)).collect();
    let mut lines = vec![
        format!("{} → {}", rollout.stable_label, rollout.candidate_label),
        format!(
            "{} of the calls, each for at least {} s and {} calls",
            steps.join(", "),
            number(millis(rollout.dwell_ms) / 1_000.0),
            rollout.requests_min
        ),
        format!(
            "a good version is taken back with a chance of at most {}, a bad one let through with at most {}",
            percent(rollout.alpha),
            percent(rollout.beta)
        ),
    ];
    if rollout.shadow_ms > 0 {
        lines.insert(
            1,
            format!(
                "{} s in the shadow first, and {} compared answers",
                number(millis(rollout.shadow_ms) / 1_000.0),
                rollout.shadow_pairs_min
            ),
        );
    }
    lines.extend(rollout.guardrails.iter().map(guardrail));
    lines
}

fn guardrail(guardrail: &Guardrail) -> String {
    let slow = guardrail.slow_us.map_or_else(String::new, |slow| format!(" (slower than {} ms)", f64::from(slow) / 1e3));
    format!(
        "{}{slow}: {} is fine, {} is bad, {} ends it; {} times as many is no harm, {} times is",
        guardrail.name,
        percent(guardrail.p_ok),
        percent(guardrail.p_bad),
        percent(guardrail.p_ceiling),
        number(guardrail.r_harm),
        number(guardrail.r_bad)
    )
}

fn experiment(experiment: &Experiment) -> Vec<String> {
    let arm = |arm: &crate::plan::Arm| format!("{}: {} of the units", arm.name, percent(f64::from(arm.weight) / 10_000.0));
    let mut lines: Vec<String> = experiment.arms.iter().map(arm).collect();
    let unit = experiment.unit.as_deref().map_or("the key of the call", |unit| unit);
    lines.push(format!("assigned by {unit}, with the salt `{}`", experiment.salt));
    lines.extend(experiment.goals.iter().map(|goal| format!("goal: {}", goal.name)));
    lines.extend(
        experiment
            .guardrails
            .iter()
            .map(|metric| format!("guardrail: {}, {} worse is still the same", metric.name, percent(metric.margin))),
    );
    lines
}

fn flag(flag: &Flag) -> Vec<String> {
    let variants: Vec<String> = flag.variants.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let default = flag.variants.get(usize::from(flag.default_variant)).map_or("", |(name, _)| name.as_str());
    vec![
        format!("{}; {default} unless one of {} rule(s) applies", variants.join(", "), flag.rules.len()),
        format!("turns {} thing(s) off while it is false", flag.turns.len()),
    ]
}

/// Times of a plan are far below 2^53.
#[allow(clippy::cast_precision_loss)]
fn millis(whole: u64) -> f64 {
    whole as f64
}
