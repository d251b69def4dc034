//! The memory of one call, kept for the next. A pool of these belongs to the caller.

use crate::tensor::Tensor;

/// Buffers of one call. Use one a thread or pool them; any model's call may use any workspace.
/// It keeps the largest size it ever needed: drop it to give the memory back.
#[derive(Debug, Default)]
pub struct Workspace {
    pub(crate) computed: Vec<Tensor>,
    pub(crate) bound: Vec<Bound>,
    pub(crate) scratch: Scratch,
}

impl Workspace {
    /// An empty workspace; the first call fills it.
    pub fn new() -> Workspace {
        Workspace::default()
    }
}

/// Where a model input's value is in this call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    /// Index into the caller's list.
    Given(usize),
    /// Index of the constant that is its default.
    Default(usize),
}

/// Buffers that operators need while they run.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) table_f32: Vec<f32>,
    pub(crate) table_f64: Vec<f64>,
    pub(crate) sums_f32: Vec<f32>,
    pub(crate) sums_f64: Vec<f64>,
    pub(crate) lanes_f32: Vec<f32>,
    pub(crate) lanes_f64: Vec<f64>,
    pub(crate) flags: Vec<bool>,
    pub(crate) winners: Vec<usize>,
}
