//! Weights of all subsets of the features on one way from the root, kept together: the polynomial of TreeSHAP.
//!
//! Source: Lundberg and others, "From local explanations to global understanding with explainable AI for trees", Nature Machine Intelligence 2, 2020,
//! algorithm 2 (path-dependent): EXTEND and UNWIND.

/// One feature on the way.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Step {
    /// The feature; of the first step none, whose value is never used.
    pub(super) feature: u32,
    /// The share of known rows that go this way when the feature is unknown.
    pub(super) unknown: f64,
    /// 1 when the row itself goes this way, else 0.
    pub(super) known: f64,
    /// The summed weight of subsets with as many features as this step's place.
    weight: f64,
}

/// Adds a feature as step `last` of the path.
pub(super) fn extend(path: &mut [Step], last: usize, feature: u32, unknown: f64, known: f64) {
    path[last] = Step { feature, unknown, known, weight: f64::from(u8::from(last == 0)) };
    let size = (last + 1) as f64;
    for at in (0..last).rev() {
        path[at + 1].weight += known * path[at].weight * (at + 1) as f64 / size;
        path[at].weight = unknown * path[at].weight * (last - at) as f64 / size;
    }
}

/// Takes the feature of step `place` away again; the path then ends at `last - 1`. `known` or `unknown` of that step is above 0.
pub(super) fn unwind(path: &mut [Step], last: usize, place: usize) {
    let Step { unknown, known, .. } = path[place];
    let (mut next, size) = (path[last].weight, (last + 1) as f64);
    for at in (0..last).rev() {
        if known != 0.0 {
            let before = path[at].weight;
            path[at].weight = next * size / ((at + 1) as f64 * known);
            next = before - path[at].weight * unknown * (last - at) as f64 / size;
        } else {
            path[at].weight = path[at].weight * size / (unknown * (last - at) as f64);
        }
    }
    for at in place..last {
        let Step { feature, unknown, known, .. } = path[at + 1];
        path[at] = Step { feature, unknown, known, weight: path[at].weight };
    }
}

/// The sum of the weights that `unwind` of step `place` would leave.
pub(super) fn unwound_sum(path: &[Step], last: usize, place: usize) -> f64 {
    let Step { unknown, known, .. } = path[place];
    let (mut next, size, mut total) = (path[last].weight, (last + 1) as f64, 0.0);
    for at in (0..last).rev() {
        if known != 0.0 {
            let weight = next * size / ((at + 1) as f64 * known);
            total += weight;
            next = path[at].weight - weight * unknown * (last - at) as f64 / size;
        } else {
            total += path[at].weight * size / (unknown * (last - at) as f64);
        }
    }
    total
}
