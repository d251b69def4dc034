//! Which change of a weight or of a score turns the winner over, and to whom.
//!
//! **One weight changes, the others share the rest as before.** Criterion `i` gets `x`; each other weight is multiplied with `(1 − x) ÷ (1 − wᵢ)`, so
//! that all still add up to 1. With `gᵢ` the winner's lead over a rival on criterion `i`, and `r = Σ_{j≠i} wⱼ gⱼ ÷ (1 − wᵢ)` its mean lead on the others, the
//! winner's lead is `D(x) = r + x (gᵢ − r)`: a straight line, which is zero at `x* = r ÷ (r − gᵢ)`.
//!
//! **One score changes.** The winner's lead `M` over a rival is used up when the winner's score on criterion `i` falls by `M ÷ wᵢ`, or the rival's rises by it.
//!
//! At the figure told both are level; beyond it the winner has changed.

/// Below it two totals are equal: what adding a few dozen products of small numbers leaves.
pub(crate) const TOLERANCE: f64 = 1e-9;
/// A weight that moves by more than a tenth of itself, or a score by more than one, is no breath.
pub(crate) const WEIGHT_BREATH: f64 = 0.1;
pub(crate) const SCORE_BREATH: f64 = 1.0;
/// The usual scale of scores, widened where the matrix goes beyond it.
const SCALE: (f64, f64) = (1.0, 5.0);
/// How far the bars of a tornado move a weight: by half of itself, up and down.
const SWING: f64 = 0.5;

/// A weight at which the winner changes, the others renormalised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightFlip {
    /// Position of the criterion.
    pub criterion: usize,
    /// Its weight as written, and the weight at which both are level; beyond it (further from `from`) the rival wins.
    pub from: f64,
    pub at: f64,
    /// Whether the rival wins below `at`; above it otherwise. Of two that are level `at` is `from`, and only this tells the sides apart.
    pub below: bool,
    /// Position of the option that wins then.
    pub to: usize,
}

impl WeightFlip {
    /// The change as a share of the weight: −0.25 for a quarter less. Infinite for a weight of 0.
    pub fn relative(&self) -> f64 {
        if self.from > 0.0 { (self.at - self.from) / self.from } else { f64::INFINITY }
    }

    /// Whether a tenth of the weight, up or down, is enough.
    pub fn is_breath(&self) -> bool {
        self.relative().abs() < WEIGHT_BREATH - TOLERANCE
    }
}

/// A score at which the winner changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreFlip {
    /// Position of the option whose score changes: the winner's falls, or a rival's rises.
    pub option: usize,
    pub criterion: usize,
    pub from: f64,
    /// Beyond it the winner changes.
    pub at: f64,
    /// Position of the option that wins then.
    pub to: usize,
    /// Whether the score lies on the scale that the matrix uses; otherwise no single score does it.
    pub on_scale: bool,
}

impl ScoreFlip {
    pub fn change(&self) -> f64 {
        self.at - self.from
    }

    /// Whether less than one point is enough.
    pub fn is_breath(&self) -> bool {
        self.change().abs() < SCORE_BREATH - TOLERANCE
    }
}

/// The winner's lead over the best rival while one weight moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    pub criterion: usize,
    /// The weights at both ends, and the lead there; negative when another option wins.
    pub low: (f64, f64),
    pub high: (f64, f64),
}

impl Bar {
    /// How much the lead moves.
    pub fn width(&self) -> f64 {
        (self.high.1 - self.low.1).abs()
    }
}

/// Everything about how firm the first of a ranking is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sensitivity {
    /// Position of the option with the highest total, and its lead over the second.
    pub winner: usize,
    pub margin: f64,
    /// Lowest and highest score of the scale.
    pub scale: (f64, f64),
    /// The nearest flip in each direction, criterion by criterion; none where no weight between 0 and 1 does it.
    pub weights: Vec<WeightFlip>,
    /// For each criterion: the winner's own score, then each rival's.
    pub scores: Vec<ScoreFlip>,
    /// Widest first.
    pub tornado: Vec<Bar>,
}

impl Sensitivity {
    /// `None` for fewer than two options, for weights that add up to nothing, and where a figure is no number.
    ///
    /// `weights` are ratios and are normalised to add up to 1; `scores` holds a line for each option in the order of the weights.
    pub fn of(weights: &[f64], scores: &[Vec<f64>]) -> Option<Self> {
        let sum: f64 = weights.iter().sum();
        if scores.len() < 2 || sum.is_nan() || sum <= 0.0 || scores.iter().any(|line| line.len() != weights.len()) {
            return None;
        }
        if !weights.iter().chain(scores.iter().flatten()).all(|figure| figure.is_finite()) || weights.iter().any(|weight| *weight < 0.0) {
            return None;
        }
        let weights: Vec<f64> = weights.iter().map(|weight| weight / sum).collect();
        let total = |line: &Vec<f64>| weights.iter().zip(line).map(|(weight, score)| weight * score).sum::<f64>();
        let totals: Vec<f64> = scores.iter().map(total).collect();
        let mut winner = 0;
        for (at, figure) in totals.iter().enumerate() {
            if totals.get(winner).is_some_and(|best| *figure > best + TOLERANCE) {
                winner = at;
            }
        }
        let rivals: Vec<Rival> = rivals(winner, &weights, scores)?;
        let margin = rivals.iter().map(|rival| rival.margin).fold(f64::INFINITY, f64::min);
        let all = || scores.iter().flatten().copied();
        let scale = (all().fold(SCALE.0, f64::min), all().fold(SCALE.1, f64::max));
        let mut found = Self { winner, margin, scale, ..Self::default() };
        for criterion in 0..weights.len() {
            found.weights.extend(weight_flips(criterion, &weights, &rivals));
            found.tornado.push(bar(criterion, &weights, &rivals)?);
        }
        found.scores = score_flips(winner, &weights, scores, &rivals, scale);
        found.tornado.sort_by(|left, right| right.width().total_cmp(&left.width()));
        Some(found)
    }

    /// The change that takes least of those that a breath brings about; `None` when the winner is firm.
    pub fn is_fragile(&self) -> bool {
        self.margin <= TOLERANCE
            || self.weights.iter().any(WeightFlip::is_breath)
            || self.scores.iter().any(|flip| flip.on_scale && flip.is_breath())
    }

    /// The weight whose smallest relative change turns the winner over.
    pub fn nearest_weight(&self) -> Option<&WeightFlip> {
        self.weights.iter().min_by(|left, right| left.relative().abs().total_cmp(&right.relative().abs()))
    }

    /// The score whose smallest change does, among those that the scale holds.
    pub fn nearest_score(&self) -> Option<&ScoreFlip> {
        let possible = self.scores.iter().filter(|flip| flip.on_scale);
        possible.min_by(|left, right| left.change().abs().total_cmp(&right.change().abs()))
    }
}

/// Another option, as the winner sees it.
struct Rival {
    option: usize,
    /// The winner's lead on each criterion.
    gaps: Vec<f64>,
    /// Σ weight × gap: not negative.
    margin: f64,
}

impl Rival {
    /// The mean lead on all criteria but one; `None` when that one has all the weight.
    fn rest(&self, criterion: usize, weight: f64) -> Option<f64> {
        let left = 1.0 - weight;
        let own = weight * self.gaps.get(criterion)?;
        (left > TOLERANCE).then(|| (self.margin - own) / left)
    }

    /// The lead when the criterion weighs `at`. Where it had all the weight, the others would share the rest equally.
    fn lead(&self, criterion: usize, weight: f64, at: f64) -> Option<f64> {
        let gap = *self.gaps.get(criterion)?;
        let rest = self.rest(criterion, weight).or_else(|| self.equal_rest(criterion))?;
        Some(rest + at * (gap - rest))
    }

    fn equal_rest(&self, criterion: usize) -> Option<f64> {
        let others: Vec<f64> = self.gaps.iter().enumerate().filter(|(at, _)| *at != criterion).map(|(_, gap)| *gap).collect();
        // Criteria of a decision are few.
        #[allow(clippy::cast_precision_loss)]
        let count = others.len() as f64;
        if others.is_empty() { self.gaps.get(criterion).copied() } else { Some(others.iter().sum::<f64>() / count) }
    }
}

fn rivals(winner: usize, weights: &[f64], scores: &[Vec<f64>]) -> Option<Vec<Rival>> {
    let own = scores.get(winner)?;
    let rivals = scores.iter().enumerate().filter(|(at, _)| *at != winner).map(|(option, line)| {
        let gaps: Vec<f64> = own.iter().zip(line).map(|(winner, rival)| winner - rival).collect();
        let margin = weights.iter().zip(&gaps).map(|(weight, gap)| weight * gap).sum();
        Rival { option, gaps, margin }
    });
    Some(rivals.collect())
}

/// The nearest crossing below the weight, and the nearest above it.
fn weight_flips(criterion: usize, weights: &[f64], rivals: &[Rival]) -> Vec<WeightFlip> {
    let Some(from) = weights.get(criterion).copied() else { return Vec::new() };
    let crossings: Vec<WeightFlip> = rivals
        .iter()
        .filter_map(|rival| {
            let rest = rival.rest(criterion, from).or_else(|| rival.equal_rest(criterion))?;
            let gap = *rival.gaps.get(criterion)?;
            let at = rest / (rest - gap);
            // Strictly inside, so that there is room beyond it.
            // The lead falls with the weight where the winner leads more on this criterion than on the others.
            let below = gap > rest;
            (at.is_finite() && at > TOLERANCE && at < 1.0 - TOLERANCE).then_some(WeightFlip {
                criterion,
                from,
                at,
                below,
                to: rival.option,
            })
        })
        .collect();
    let below = crossings.iter().filter(|flip| flip.below).max_by(|left, right| left.at.total_cmp(&right.at));
    let above = crossings.iter().filter(|flip| !flip.below).min_by(|left, right| left.at.total_cmp(&right.at));
    below.into_iter().chain(above).copied().collect()
}

fn score_flips(winner: usize, weights: &[f64], scores: &[Vec<f64>], rivals: &[Rival], scale: (f64, f64)) -> Vec<ScoreFlip> {
    let nearest = rivals.iter().min_by(|left, right| left.margin.total_cmp(&right.margin));
    let on_scale = |at: f64| at > scale.0 + TOLERANCE && at < scale.1 - TOLERANCE;
    let mut flips = Vec::new();
    for (criterion, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > TOLERANCE) {
        let score = |option: usize| scores.get(option).and_then(|line| line.get(criterion)).copied();
        if let (Some(from), Some(nearest)) = (score(winner), nearest) {
            let at = from - nearest.margin / weight;
            flips.push(ScoreFlip { option: winner, criterion, from, at, to: nearest.option, on_scale: on_scale(at) });
        }
        for rival in rivals {
            let Some(from) = score(rival.option) else { continue };
            let at = from + rival.margin / weight;
            flips.push(ScoreFlip { option: rival.option, criterion, from, at, to: rival.option, on_scale: on_scale(at) });
        }
    }
    flips
}

fn bar(criterion: usize, weights: &[f64], rivals: &[Rival]) -> Option<Bar> {
    let weight = *weights.get(criterion)?;
    let end = |at: f64| {
        let lead = rivals.iter().filter_map(|rival| rival.lead(criterion, weight, at)).fold(f64::INFINITY, f64::min);
        (at, lead)
    };
    Some(Bar { criterion, low: end(weight * (1.0 - SWING)), high: end((weight * (1.0 + SWING)).min(1.0)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The winner after criterion `i` was set to `x` and the others were scaled; `None` for a tie.
    fn winner_at(weights: &[f64], scores: &[Vec<f64>], criterion: usize, at: f64) -> Option<usize> {
        let sum: f64 = weights.iter().sum();
        let own = weights[criterion] / sum;
        let scaled: Vec<f64> = weights
            .iter()
            .enumerate()
            .map(|(index, weight)| if index == criterion { at } else { weight / sum * (1.0 - at) / (1.0 - own) })
            .collect();
        best(&scaled, scores)
    }

    fn best(weights: &[f64], scores: &[Vec<f64>]) -> Option<usize> {
        let totals: Vec<f64> = scores.iter().map(|line| weights.iter().zip(line).map(|(w, s)| w * s).sum()).collect();
        let highest = totals.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut leaders = totals.iter().enumerate().filter(|(_, total)| highest - **total < 1e-12);
        let first = leaders.next().map(|(at, _)| at);
        if leaders.next().is_some() { None } else { first }
    }

    #[test]
    fn the_flip_of_two_options_is_where_the_lines_cross() {
        // a leads by 2 on the first criterion, b by 1 on the second: level at x = 1/3.
        let found = Sensitivity::of(&[0.5, 0.5], &[vec![5.0, 3.0], vec![3.0, 4.0]]).unwrap();
        assert_eq!((found.winner, found.margin), (0, 0.5));
        let flip = found.weights[0];
        assert!((flip.at - 1.0 / 3.0).abs() < 1e-12, "{flip:?}");
        assert_eq!((flip.criterion, flip.to, flip.is_breath()), (0, 1, false));
        // The same change told by the second criterion.
        assert!((found.weights[1].at - 2.0 / 3.0).abs() < 1e-12);
        let score = found.nearest_score().unwrap();
        assert!((score.change().abs() - 1.0).abs() < 1e-12, "{score:?}");
        assert!(!found.is_fragile());
    }

    #[test]
    fn an_option_that_is_nowhere_behind_is_beaten_by_no_weight() {
        let found = Sensitivity::of(&[0.3, 0.3, 0.4], &[vec![5.0, 4.0, 3.0], vec![4.0, 4.0, 3.0]]).unwrap();
        assert!(found.weights.is_empty(), "{found:?}");
        assert!(found.tornado.iter().all(|bar| bar.low.1 > 0.0 && bar.high.1 > 0.0));
    }

    #[test]
    fn of_two_that_are_level_each_side_is_told() {
        // Level at equal weights; `b` wins where the first weighs less, for there `a` leads.
        let scores = [vec![5.0, 4.0, 3.0], vec![3.0, 4.0, 5.0]];
        let found = Sensitivity::of(&[1.0 / 3.0; 3], &scores).unwrap();
        assert!(found.margin.abs() < TOLERANCE && found.is_fragile());
        let sides: Vec<(usize, bool)> = found.weights.iter().map(|flip| (flip.criterion, flip.below)).collect();
        assert_eq!(sides, [(0, true), (2, false)], "{found:?}");
        for flip in &found.weights {
            let beyond = flip.at + if flip.below { -0.01 } else { 0.01 };
            assert_eq!(winner_at(&[1.0; 3], &scores, flip.criterion, beyond), Some(flip.to));
        }
    }

    #[test]
    fn a_tie_is_fragile_and_what_is_no_matrix_is_none() {
        assert!(Sensitivity::of(&[1.0], &[vec![2.0], vec![2.0]]).unwrap().is_fragile());
        for (weights, scores) in [
            (vec![], vec![vec![], vec![]]),
            (vec![0.0], vec![vec![1.0], vec![2.0]]),
            (vec![1.0], vec![vec![1.0]]),
            (vec![1.0], vec![vec![f64::NAN], vec![1.0]]),
            (vec![1.0, 1.0], vec![vec![1.0], vec![1.0, 2.0]]),
        ] {
            assert_eq!(Sensitivity::of(&weights, &scores), None);
        }
    }

    prop_compose! {
        fn matrix()(criteria in 2_usize..6, options in 2_usize..5)
            (weights in prop::collection::vec(0.05..1.0_f64, criteria), scores in prop::collection::vec(prop::collection::vec(1.0..5.0_f64, criteria), options))
            -> (Vec<f64>, Vec<Vec<f64>>) { (weights, scores) }
    }

    const HAIR: f64 = 1e-6;

    proptest! {
        #[test]
        fn a_stated_weight_flips_to_the_stated_option_and_a_hair_less_does_not((weights, scores) in matrix()) {
            let found = Sensitivity::of(&weights, &scores).unwrap();
            prop_assume!(found.margin > 1e-4);
            for flip in &found.weights {
                let away = if flip.at < flip.from { -HAIR } else { HAIR };
                prop_assume!((flip.at - flip.from).abs() > 2.0 * HAIR && (2.0 * HAIR..1.0 - 2.0 * HAIR).contains(&flip.at));
                prop_assert_eq!(winner_at(&weights, &scores, flip.criterion, flip.at - away), Some(found.winner), "a hair less {:?}", flip);
                let beyond = winner_at(&weights, &scores, flip.criterion, flip.at + away);
                prop_assert_ne!(beyond, Some(found.winner), "a hair more {:?}", flip);
                // Two rivals may cross within one hair; otherwise it is the one that was told.
                let single = found.weights.iter().filter(|other| (other.at - flip.at).abs() < 4.0 * HAIR).count() == 1;
                if single && let Some(beyond) = beyond {
                    let lead = |option: usize, at: f64| total_at(&weights, &scores, flip.criterion, at, option);
                    prop_assert!(beyond == flip.to || lead(beyond, flip.at + away) - lead(flip.to, flip.at + away) < 1e-4);
                }
            }
        }

        #[test]
        fn where_no_weight_is_told_none_flips((weights, scores) in matrix(), at in 0.001..0.999_f64) {
            let found = Sensitivity::of(&weights, &scores).unwrap();
            prop_assume!(found.margin > 1e-6);
            for criterion in 0..weights.len() {
                let own: Vec<_> = found.weights.iter().filter(|flip| flip.criterion == criterion).collect();
                let inside = own.iter().all(|flip| if flip.at < flip.from { at > flip.at + HAIR } else { at < flip.at - HAIR });
                if inside {
                    prop_assert_eq!(winner_at(&weights, &scores, criterion, at), Some(found.winner));
                }
            }
        }

        #[test]
        fn a_stated_score_flips_and_a_hair_less_does_not((weights, scores) in matrix()) {
            let found = Sensitivity::of(&weights, &scores).unwrap();
            prop_assume!(found.margin > 1e-4);
            for flip in &found.scores {
                let away = if flip.at < flip.from { -HAIR } else { HAIR };
                let with = |at: f64| {
                    let mut changed = scores.clone();
                    changed[flip.option][flip.criterion] = at;
                    best(&weights, &changed)
                };
                let rival_rises = flip.option != found.winner;
                if rival_rises {
                    // Another rival may be nearer; this one beats the winner all the same.
                    prop_assert_eq!(with(flip.at + away), Some(flip.to), "a hair more {:?}", flip);
                    prop_assert_eq!(with(flip.at - away), Some(found.winner), "a hair less {:?}", flip);
                } else {
                    prop_assert_ne!(with(flip.at + away), Some(found.winner), "a hair more {:?}", flip);
                    prop_assert_eq!(with(flip.at - away), Some(found.winner), "a hair less {:?}", flip);
                }
            }
        }
    }

    fn total_at(weights: &[f64], scores: &[Vec<f64>], criterion: usize, at: f64, option: usize) -> f64 {
        let sum: f64 = weights.iter().sum();
        let own = weights[criterion] / sum;
        let scaled =
            weights.iter().enumerate().map(|(index, weight)| if index == criterion { at } else { weight / sum * (1.0 - at) / (1.0 - own) });
        scaled.zip(&scores[option]).map(|(w, s)| w * s).sum()
    }
}
