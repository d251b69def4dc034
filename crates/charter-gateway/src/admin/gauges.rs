//! What the watch knows and metrics show: where rollouts are, how far their tests are, and whom experiments have met.
//!
//! Counters belong to [`crate::metrics`], which asks nobody.

use super::control::{self, Control};
use crate::metrics::Exposition;
use charter_engine::watch::Report;
use serde_json::Value;

/// The tests of one guardrail, as a report names them and as a label does.
const TESTS: [(&str, &str); 5] = [
    ("harm_relative", "harm-relative"),
    ("harm_absolute", "harm-absolute"),
    ("ceiling", "ceiling"),
    ("safe_relative", "safe-relative"),
    ("safe_absolute", "safe-absolute"),
];

/// Empty where nothing is watched; nothing but that it is silent where the watch does not answer in time.
pub(super) async fn exposition(control: Option<&Control>) -> String {
    let Some(control) = control else { return String::new() };
    let rollouts = control::glance(control, Report::Rollouts).await.ok();
    let experiments = match rollouts {
        Some(_) => control::glance(control, Report::Experiments).await.ok(),
        None => None,
    };
    let mut out = Exposition::new();
    out.family("charter_watch_answers", "gauge", "1 while the watch answers; without it nothing is told of rollouts and experiments.");
    out.count("charter_watch_answers", &[], u64::from(rollouts.is_some()));
    let mut answers = out.finish();
    answers.extend(rollouts.map(|rollouts| text(&rollouts)));
    answers.extend(experiments.map(|experiments| exposures(&experiments)));
    answers
}

fn exposures(experiments: &Value) -> String {
    let all = || experiments.as_array().into_iter().flatten().filter_map(|experiment| Some((experiment["name"].as_str()?, experiment)));
    let mut out = Exposition::new();
    out.family("charter_experiment_running", "gauge", "1 while an experiment assigns units to its arms.");
    for (name, experiment) in all() {
        out.count("charter_experiment_running", &[("experiment", name)], u64::from(experiment["running"] == Value::Bool(true)));
    }
    out.family("charter_experiment_exposed_units", "gauge", "Units in the books of an experiment by arm; each is exposed once.");
    for (name, experiment) in all() {
        for arm in experiment["arms"].as_array().into_iter().flatten() {
            if let (Some(arm), Some(units)) = (arm["arm"].as_str(), arm["units"].as_u64()) {
                out.count("charter_experiment_exposed_units", &[("experiment", name), ("arm", arm)], units);
            }
        }
    }
    out.family("charter_experiment_sampled_share", "gauge", "Share of all units that the books take in: 1 until they are full.");
    for (name, experiment) in all() {
        if let Some(share) = experiment["sampled"].as_f64() {
            out.sample("charter_experiment_sampled_share", &[("experiment", name)], share);
        }
    }
    out.finish()
}

fn text(rollouts: &Value) -> String {
    let all = || rollouts.as_array().into_iter().flatten();
    let mut out = Exposition::new();
    out.family("charter_rollout_phase", "gauge", "1 for the phase that a rollout is in.");
    for rollout in all() {
        if let (Some(name), Some(phase)) = (rollout["rollout"].as_str(), rollout["phase"].as_str()) {
            out.count("charter_rollout_phase", &[("rollout", name), ("phase", phase)], 1);
        }
    }
    out.family("charter_rollout_e_value_log10", "gauge", "Common logarithm of the e-value of each test of a rollout's guardrails.");
    each_test(rollouts, |labels, test| {
        if let Some(log10) = test["log10"].as_f64() {
            out.sample("charter_rollout_e_value_log10", labels, log10);
        }
    });
    out.family("charter_rollout_e_value_threshold_log10", "gauge", "Common logarithm of the e-value at which that test decides.");
    each_test(rollouts, |labels, test| {
        if let Some(threshold) = test["threshold"].as_f64() {
            out.sample("charter_rollout_e_value_threshold_log10", labels, threshold.log10());
        }
    });
    out.finish()
}

fn each_test(rollouts: &Value, mut show: impl FnMut(&[(&str, &str)], &Value)) {
    for rollout in rollouts.as_array().into_iter().flatten() {
        for guardrail in rollout["guardrails"].as_array().into_iter().flatten() {
            let (Some(name), Some(rail)) = (rollout["rollout"].as_str(), guardrail["name"].as_str()) else { continue };
            for (key, test) in TESTS {
                show(&[("rollout", name), ("guardrail", rail), ("test", test)], &guardrail["anytime"][key]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{exposures, text};
    use serde_json::json;

    #[test]
    fn every_arm_has_its_units() {
        let arms = json!([{ "arm": "control", "units": 120 }, { "arm": "daily", "units": 118 }]);
        let shown = exposures(&json!([{ "name": "prices", "running": true, "sampled": 0.5, "arms": arms }]));
        for line in [
            "charter_experiment_running{experiment=\"prices\"} 1\n",
            "charter_experiment_exposed_units{experiment=\"prices\",arm=\"control\"} 120\n",
            "charter_experiment_exposed_units{experiment=\"prices\",arm=\"daily\"} 118\n",
            "charter_experiment_sampled_share{experiment=\"prices\"} 0.5\n",
        ] {
            assert!(shown.contains(line), "{line} in {shown}");
        }
    }

    #[test]
    fn every_test_that_there_is_has_its_gauge() {
        let test = json!({ "log10": 1.5, "threshold": 1000.0, "reached": false });
        let guardrail = json!({ "name": "ratio(error) <= 2%", "anytime": { "harm_relative": null, "ceiling": test } });
        let shown = text(&json!([{ "rollout": "next", "phase": "canary", "guardrails": [guardrail] }]));
        assert!(shown.contains("charter_rollout_phase{rollout=\"next\",phase=\"canary\"} 1\n"), "{shown}");
        let labels = "{rollout=\"next\",guardrail=\"ratio(error) <= 2%\",test=\"ceiling\"}";
        assert!(shown.contains(&format!("charter_rollout_e_value_log10{labels} 1.5\n")), "{shown}");
        assert!(shown.contains(&format!("charter_rollout_e_value_threshold_log10{labels} 3\n")), "{shown}");
        assert!(!shown.contains("harm-relative"), "{shown}");
    }
}
