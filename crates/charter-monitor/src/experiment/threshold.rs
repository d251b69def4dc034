//! Quantiles as shares: a value is above a threshold or not, and the threshold is frozen from the control's first values.

use serde::{Deserialize, Serialize};

/// Values of the control from which the threshold is taken.
const CONTROL_VALUES: usize = 1_000;
/// Most values that wait for it, of all arms; the threshold is then taken from what the control has.
const WAITING_MAX: usize = 20_000;

/// A value that waits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Waiting {
    pub(super) unit: u64,
    pub(super) value: f64,
    /// −1 takes an earlier value back.
    pub(super) sign: f64,
    pub(super) at_ms: u64,
}

/// The threshold of one quantile metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Threshold {
    value: Option<f64>,
    control: Vec<f64>,
    waiting: Vec<Waiting>,
}

impl Threshold {
    pub(super) fn value(&self) -> Option<f64> {
        self.value
    }

    /// Keeps a value; once there are enough, freezes the threshold and gives all that waited.
    pub(super) fn wait(&mut self, waiting: Waiting, is_control: bool, quantile: f64) -> Vec<Waiting> {
        self.waiting.push(waiting);
        if is_control && waiting.sign > 0.0 {
            self.control.push(waiting.value);
        }
        if self.control.len() < CONTROL_VALUES && self.waiting.len() < WAITING_MAX {
            return Vec::new();
        }
        let mut control = std::mem::take(&mut self.control);
        if control.is_empty() {
            // An experiment whose control never had a value: any threshold will do, as nothing can be compared.
            control.push(waiting.value);
        }
        control.sort_by(f64::total_cmp);
        let rank = (quantile.clamp(0.0, 1.0) * control.len() as f64).ceil() as usize;
        self.value = control.get(rank.clamp(1, control.len()) - 1).copied();
        std::mem::take(&mut self.waiting)
    }
}
