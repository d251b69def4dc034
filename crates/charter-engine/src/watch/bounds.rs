//! What of an order the plan allows.
//!
//! Why a monitor orders something does not belong here.

use crate::controls::Stage;
use charter_plan::plan::Rollout;

/// The stage itself, or the nearest below it that the plan states: a share is one of the plan's steps.
pub(super) fn stage(rollout: &Rollout, stage: Stage) -> Stage {
    match stage {
        Stage::Stable | Stage::Shadow | Stage::Full => stage,
        Stage::Canary(share) => {
            let below = rollout.steps.iter().copied().filter(|step| *step <= share).max();
            below.map_or(Stage::Stable, Stage::Canary)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use charter_plan::plan::{ComparisonId, Judge, ModelId, OnInconclusive, RolloutId, RouteId, Starts};
    use proptest::prelude::*;

    fn rollout(steps: Vec<u16>) -> Rollout {
        Rollout {
            id: RolloutId(0),
            name: "r".to_owned(),
            route: RouteId(0),
            stable: ModelId(0),
            candidate: ModelId(1),
            stable_label: "m@v1".to_owned(),
            candidate_label: "m@v2".to_owned(),
            starts: Starts::Command,
            shadow_ms: 0,
            shadow_pairs_min: 0,
            steps,
            dwell_ms: 0,
            requests_min: 0,
            max_duration_ms: 1,
            on_inconclusive: OnInconclusive::Hold,
            watch_ms: 0,
            judge: Judge::Anytime,
            alpha: 0.01,
            beta: 0.05,
            guardrails: Vec::new(),
            comparison: ComparisonId(0),
        }
    }

    proptest! {
        #[test]
        fn no_share_is_above_what_was_ordered_or_beside_the_steps(steps in prop::collection::vec(1_u16..=10_000, 0..5), share in 0_u16..=10_000) {
            let rollout = rollout(steps.clone());
            match stage(&rollout, Stage::Canary(share)) {
                Stage::Canary(allowed) => prop_assert!(allowed <= share && steps.contains(&allowed)),
                other => prop_assert_eq!(other, Stage::Stable),
            }
        }
    }
}
