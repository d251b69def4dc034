//! Folds compared calls.
//!
//! What agreement on an answer means does not belong here.

use super::cells;
use super::output::OutputFold;
use super::report::{ComparisonReport, ErrorParity, LabelReport, LatencyReport, Verdict};
use super::slices::Slices;
use super::worst::{Worst, WorstPair};
use crate::statistics::agreement::mcnemar_p;
use crate::statistics::draw::Draw;
use crate::statistics::histogram::Histogram;
use crate::statistics::share::{events_until_decided, share_sequence};
use charter_engine::observation::Pair;
use charter_engine::tensor::Tensor;
use charter_plan::plan::Comparison;
use charter_plan::tensor::TensorSpec;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Rows of one call by which slices are looked for.
const SLICE_ROWS_MAX: usize = 256;
/// Severity of a pair that one side alone answered, or in another shape.
const NO_ANSWER: f64 = 1e12;

/// One comparison: folds pairs in bounded space, about 1 MB at most.
#[derive(Clone, Debug)]
pub struct Comparer {
    settings: Comparison,
    /// Names of the answers.
    outputs: Vec<String>,
    /// Inputs to slice by: name and position.
    slices: Vec<(String, usize)>,
    state: State,
}

/// What one pair showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Whether all rows of all answers agree. Two calls without an answer agree, and are no pair.
    pub agrees: bool,
}

/// Why a saved state cannot be taken up again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreError {
    Unreadable(String),
    /// It is about other versions or other answers.
    OtherSettings,
}

impl fmt::Display for RestoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(formatter, "the saved comparison cannot be read: {why}"),
            Self::OtherSettings => formatter.write_str("the saved comparison is about other versions or answers"),
        }
    }
}

impl std::error::Error for RestoreError {}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct State {
    primary: String,
    mirror: String,
    pairs: u64,
    disagreeing: u64,
    canary_pairs: u64,
    other_shape: u64,
    errors: ErrorParity,
    primary_us: Histogram,
    mirror_us: Histogram,
    outputs: Vec<OutputFold>,
    /// Labels in all, those that only the primary got right, and only the mirror.
    labels: [u64; 3],
    slices: Slices,
    worst: Worst,
}

impl Comparer {
    /// Most of the worst pairs in a report; a thousand are kept.
    pub const REPORTED_PAIRS_MAX: usize = 100;

    /// `inputs` and `outputs` are the route's, in their order.
    pub fn new(settings: Comparison, inputs: &[TensorSpec], outputs: &[TensorSpec]) -> Self {
        let position = |name: &String| Some((name.clone(), inputs.iter().position(|input| &input.name == name)?));
        let state = State {
            primary: settings.primary.clone(),
            mirror: settings.mirror.clone(),
            outputs: settings.outputs.iter().map(|&agreement| OutputFold::new(agreement)).collect(),
            ..State::default()
        };
        Self {
            outputs: outputs.iter().map(|output| output.name.clone()).collect(),
            slices: settings.slices.iter().filter_map(position).collect(),
            state,
            settings,
        }
    }

    /// Folds one pair in. `seed` decides what the samples keep; the same pairs and seeds give the same state.
    pub fn compare(&mut self, pair: &Pair, seed: u64) -> Agreed {
        let mut draw = Draw::new(seed);
        let (primary, mirror, primary_us, mirror_us) = if pair.canary {
            (&pair.mirror, &pair.primary, pair.mirror_us, pair.primary_us)
        } else {
            (&pair.primary, &pair.mirror, pair.primary_us, pair.mirror_us)
        };
        let agrees = match (primary, mirror) {
            (None, None) => {
                self.state.errors.both += 1;
                return Agreed { agrees: true };
            }
            (Some(primary), Some(mirror)) => {
                self.state.primary_us.add(u64::from(primary_us));
                self.state.mirror_us.add(u64::from(mirror_us));
                self.answers(pair, primary, mirror, &mut draw)
            }
            (primary, mirror) => {
                self.state.errors.primary_only += u64::from(primary.is_none());
                self.state.errors.mirror_only += u64::from(mirror.is_none());
                self.one_sided(pair, primary.as_deref(), mirror.as_deref(), &mut draw);
                false
            }
        };
        self.state.pairs += 1;
        self.state.canary_pairs += u64::from(pair.canary);
        self.state.disagreeing += u64::from(!agrees);
        Agreed { agrees }
    }

    /// A label came for a call that both answered: who was right?
    pub fn labelled(&mut self, primary_right: bool, mirror_right: bool) {
        let [all, only_primary, only_mirror] = &mut self.state.labels;
        *all += 1;
        *only_primary += u64::from(primary_right && !mirror_right);
        *only_mirror += u64::from(mirror_right && !primary_right);
    }

    /// Pairs, and those that disagree.
    pub fn totals(&self) -> (u64, u64) {
        (self.state.pairs, self.state.disagreeing)
    }

    pub fn verdict(&self) -> Verdict {
        let (State { pairs, disagreeing, .. }, Comparison { bound, alpha, .. }) = (&self.state, &self.settings);
        let share = share_sequence(*pairs, *disagreeing, *alpha);
        if share.high < *bound {
            Verdict::Equivalent
        } else if share.low > *bound {
            Verdict::Divergent
        } else {
            Verdict::NeedMore { more: events_until_decided(*bound, *pairs, *disagreeing, *alpha) }
        }
    }

    pub fn report(&self) -> ComparisonReport {
        let (settings, state) = (&self.settings, &self.state);
        let quantiles = |histogram: &Histogram| [0.5, 0.9, 0.99].map(|share| histogram.quantile(share));
        let (primary_us, mirror_us) = (quantiles(&state.primary_us), quantiles(&state.mirror_us));
        let ratio = [0, 1, 2]
            .map(|at: usize| mirror_us[at].zip(primary_us[at]).filter(|pair| pair.1 > 0.0).map(|(mirror, primary)| mirror / primary));
        let [labelled, only_primary_right, only_mirror_right] = state.labels;
        let labels = LabelReport { labelled, only_primary_right, only_mirror_right, p: mcnemar_p(only_primary_right, only_mirror_right) };
        let name = |at: usize| self.outputs.get(at).cloned().unwrap_or_else(|| at.to_string());
        ComparisonReport {
            name: settings.name.clone(),
            primary: settings.primary.clone(),
            mirror: settings.mirror.clone(),
            verdict: self.verdict(),
            pairs: state.pairs,
            disagreeing: state.disagreeing,
            share: share_sequence(state.pairs, state.disagreeing, settings.alpha),
            bound: settings.bound,
            alpha: settings.alpha,
            canary_pairs: state.canary_pairs,
            errors: state.errors,
            latency: LatencyReport { primary_us, mirror_us, ratio },
            outputs: state.outputs.iter().enumerate().map(|(at, output)| (name(at), output.report())).collect(),
            other_shape: state.other_shape,
            labels: (labelled > 0).then_some(labels),
            slices: state.slices.report(),
            worst: state.worst.pairs().iter().take(Self::REPORTED_PAIRS_MAX).cloned().collect(),
        }
    }

    /// The whole state.
    ///
    /// # Errors
    /// Never in practice; what serde says.
    pub fn save(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(&self.state)
    }

    /// Goes on from a saved state.
    ///
    /// # Errors
    /// When it cannot be read, or is about other versions or other answers: start anew then, and say so.
    pub fn restore(
        settings: Comparison,
        inputs: &[TensorSpec],
        outputs: &[TensorSpec],
        saved: &serde_json::Value,
    ) -> Result<Self, RestoreError> {
        let state = State::deserialize(saved).map_err(|error| RestoreError::Unreadable(error.to_string()))?;
        let fits = state.primary == settings.primary
            && state.mirror == settings.mirror
            && state.outputs.len() == settings.outputs.len()
            && state.outputs.iter().zip(&settings.outputs).all(|(fold, &agreement)| fold.fits(agreement));
        if !fits {
            return Err(RestoreError::OtherSettings);
        }
        Ok(Self { state, ..Self::new(settings, inputs, outputs) })
    }

    /// Both answered: every row of every answer.
    fn answers(&mut self, pair: &Pair, primary: &[Tensor], mirror: &[Tensor], draw: &mut Draw) -> bool {
        let alike = |(before, after): (&Tensor, &Tensor)| before.shape() == after.shape() && before.rows() == pair.rows;
        if primary.len() != mirror.len() || !primary.iter().zip(mirror).all(alike) {
            self.state.other_shape += 1;
            self.one_sided(pair, Some(primary), Some(mirror), draw);
            return false;
        }
        let mut agrees = true;
        for row in 0..pair.rows {
            let mut severity = 0.0_f64;
            let folds = self.state.outputs.iter_mut().zip(&self.settings.outputs);
            for ((fold, &agreement), (before, after)) in folds.zip(primary.iter().zip(mirror)) {
                let width = before.width();
                let range = row * width..(row + 1) * width;
                severity = severity.max(fold.row(agreement, before, after, range, draw).unwrap_or(0.0));
            }
            agrees &= severity == 0.0;
            self.slice(pair, row, severity == 0.0);
            if severity > 0.0 {
                self.keep(pair, Some(primary), Some(mirror), row, severity, draw);
            }
        }
        agrees
    }

    /// No row can be compared.
    fn one_sided(&mut self, pair: &Pair, primary: Option<&[Tensor]>, mirror: Option<&[Tensor]>, draw: &mut Draw) {
        (0..pair.rows).for_each(|row| self.slice(pair, row, false));
        self.keep(pair, primary, mirror, 0, NO_ANSWER, draw);
    }

    fn slice(&mut self, pair: &Pair, row: usize, agrees: bool) {
        if row >= SLICE_ROWS_MAX || self.slices.is_empty() {
            return;
        }
        self.state.slices.row(agrees);
        for (name, position) in &self.slices {
            if let Some(input) = pair.inputs.get(*position) {
                self.state.slices.value(name, cells::bucket(input, row * input.width()), agrees);
            }
        }
    }

    fn keep(&mut self, pair: &Pair, primary: Option<&[Tensor]>, mirror: Option<&[Tensor]>, row: usize, severity: f64, draw: &mut Draw) {
        let lot = draw.bits();
        if !self.state.worst.takes(severity, lot) {
            return;
        }
        let mut kept = WorstPair::new(severity, lot, row);
        for (name, position) in &self.slices {
            if let Some(input) = pair.inputs.get(*position) {
                WorstPair::keep(&mut kept.inputs, || format!("{name} = {}", cells::kept(input, row * input.width())));
            }
        }
        for (side, answers) in [(&mut kept.primary, primary), (&mut kept.mirror, mirror)] {
            for answer in answers.unwrap_or_default() {
                let width = answer.width();
                (row * width..(row + 1) * width).for_each(|index| WorstPair::keep(side, || cells::kept(answer, index)));
            }
        }
        self.state.worst.add(kept);
    }
}
