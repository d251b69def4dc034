//! Families of guards, caches, copies, rollouts, experiments and flags.

use super::exposition::Exposition;
use super::guarded::{FOUND, HEDGES, MIRRORED, PRIORITIES, ROWS_BOUNDS};
use super::series::{REASONS, Registry};
use charter_engine::Runtime;
use charter_engine::controls::Stage;

pub(super) fn counted(out: &mut Exposition, registry: &Registry) {
    guards(out, registry);
    batches(out, registry);
    out.family("charter_cache_requests_total", "counter", "Times that a cache was asked: an answer was there, was under way, or was not.");
    for (cache, series) in &registry.caches {
        for (found, count) in series.asked.totals(FOUND) {
            out.count("charter_cache_requests_total", &[("cache", cache), ("found", found)], count);
        }
    }
    out.family("charter_mirrors_total", "counter", "Copies of calls by comparison and what became of them.");
    for (comparison, series) in &registry.mirrors {
        for (outcome, count) in series.copies.totals(MIRRORED) {
            out.count("charter_mirrors_total", &[("comparison", comparison), ("outcome", outcome)], count);
        }
    }
    out.family(
        "charter_candidate_failures_total",
        "counter",
        "Failures of a rollout's candidate after which the stable version was asked.",
    );
    for (rollout, series) in &registry.rollouts {
        let words = std::array::from_fn(|at| REASONS[at].name());
        for (reason, count) in series.failures.totals(words).into_iter().filter(|(_, count)| *count > 0) {
            out.count("charter_candidate_failures_total", &[("rollout", rollout), ("reason", reason)], count);
        }
    }
    out.family("charter_cost_total", "counter", "What the steps of cascades cost, in the charter's currency.");
    for (route, series) in &registry.routes {
        let spent = series.spent();
        if spent > 0.0 {
            out.sample("charter_cost_total", &[("route", route)], spent);
        }
    }
}

fn guards(out: &mut Exposition, registry: &Registry) {
    out.family("charter_shed_total", "counter", "Calls that a full model turned away, by priority.");
    for (model, series) in &registry.models {
        for (priority, count) in series.guards.shed.totals(PRIORITIES) {
            out.count("charter_shed_total", &[("model", model), ("priority", priority)], count);
        }
    }
    out.family("charter_retries_total", "counter", "Failed calls of a model that were tried again.");
    for (model, series) in &registry.models {
        out.count("charter_retries_total", &[("model", model)], series.guards.retries.total());
    }
    out.family(
        "charter_hedges_total",
        "counter",
        "Slow calls of a model that were asked a second time, by whether the second answer came first.",
    );
    for (model, series) in &registry.models {
        for (result, count) in series.guards.hedges.totals(HEDGES) {
            out.count("charter_hedges_total", &[("model", model), ("result", result)], count);
        }
    }
}

fn batches(out: &mut Exposition, registry: &Registry) {
    out.family("charter_batch_rows", "histogram", "Rows of inferences that answered several calls at once.");
    for (model, series) in &registry.models {
        let mut total = 0;
        let bounds = ROWS_BOUNDS.iter().map(u32::to_string).chain(["+Inf".to_owned()]);
        for (bound, (_, count)) in bounds.zip(series.guards.batches.totals([""; ROWS_BOUNDS.len() + 1])) {
            total += count;
            out.count("charter_batch_rows_bucket", &[("model", model), ("le", &bound)], total);
        }
        out.count("charter_batch_rows_sum", &[("model", model)], series.guards.batched_rows.total());
        out.count("charter_batch_rows_count", &[("model", model)], total);
    }
    out.family("charter_batched_calls_total", "counter", "Calls that were answered together with others.");
    for (model, series) in &registry.models {
        out.count("charter_batched_calls_total", &[("model", model)], series.guards.batched_calls.total());
    }
}

/// What is set now.
pub(super) fn set(out: &mut Exposition, runtime: &Runtime) {
    let (plan, controls) = (runtime.plan(), runtime.controls());
    out.family("charter_rollout_share", "gauge", "Share of the calls that a rollout's candidate answers, 0 to 1.");
    for rollout in &plan.rollouts {
        let Some(control) = controls.rollout(rollout.id) else { continue };
        let share = match control.stage() {
            Stage::Stable | Stage::Shadow => 0.0,
            Stage::Canary(parts) => f64::from(parts) / 10_000.0,
            Stage::Full => 1.0,
        };
        out.sample("charter_rollout_share", &[("rollout", &rollout.name)], share);
    }
    out.family("charter_rollout_calls_total", "counter", "Calls of a rollout's two versions since the server started.");
    for rollout in &plan.rollouts {
        let Some(control) = controls.rollout(rollout.id) else { continue };
        for (arm, calls) in ["stable", "candidate"].into_iter().zip(control.calls()) {
            out.count("charter_rollout_calls_total", &[("rollout", &rollout.name), ("arm", arm)], calls);
        }
    }
    out.family("charter_experiment_running", "gauge", "1 while an experiment assigns units.");
    for experiment in &plan.experiments {
        if let Some(control) = controls.experiment(experiment.id) {
            out.count("charter_experiment_running", &[("experiment", &experiment.name)], u64::from(control.running()));
        }
    }
    out.family("charter_flag_chosen", "gauge", "1 for a variant that an operator serves to everybody.");
    for flag in controls.flags().status() {
        if let Some(variant) = &flag.chosen {
            out.count("charter_flag_chosen", &[("flag", &flag.name), ("variant", variant)], 1);
        }
    }
    out.family(
        "charter_observations_dropped_total",
        "counter",
        "Observations for rollouts and experiments that found no room, under this plan.",
    );
    out.count("charter_observations_dropped_total", &[], controls.observations().dropped());
}
