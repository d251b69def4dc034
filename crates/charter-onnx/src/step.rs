//! A compiled node and the values it sees. Which operator it is belongs to `operator`.

use crate::error::{Fault, fault};
use crate::operator::Operator;
use crate::tensor::{Tensor, TensorView};
use crate::workspace::Bound;

/// Where a value lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// A model input.
    Input(usize),
    /// A constant of the model.
    Constant(usize),
    /// The result of an earlier step.
    Computed(usize),
}

/// One operation. Its results are `outputs` consecutive computed slots from `first_output`.
// INVARIANT: computed inputs have slots below `first_output`, so inputs and outputs never overlap.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) title: String,
    pub(crate) kind: String,
    pub(crate) operator: Operator,
    pub(crate) inputs: Vec<Option<Slot>>,
    pub(crate) first_output: usize,
    pub(crate) outputs: usize,
}

/// All values a step may read.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) given: &'a [(&'a str, TensorView<'a>)],
    pub(crate) bound: &'a [Bound],
    pub(crate) constants: &'a [Tensor],
    pub(crate) computed: &'a [Tensor],
}

impl<'a> Frame<'a> {
    pub(crate) fn view(&self, slot: Slot) -> Option<TensorView<'a>> {
        match slot {
            Slot::Input(index) => match *self.bound.get(index)? {
                Bound::Given(index) => self.given.get(index).map(|(_, view)| *view),
                Bound::Default(index) => self.constants.get(index).map(Tensor::view),
            },
            Slot::Constant(index) => self.constants.get(index).map(Tensor::view),
            Slot::Computed(index) => self.computed.get(index).map(Tensor::view),
        }
    }
}

/// The inputs of one step in one call.
pub(crate) struct Inputs<'a> {
    pub(crate) slots: &'a [Option<Slot>],
    pub(crate) frame: Frame<'a>,
}

impl<'a> Inputs<'a> {
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// An input that may be left out.
    pub(crate) fn optional(&self, index: usize) -> Option<TensorView<'a>> {
        self.frame.view((*self.slots.get(index)?)?)
    }

    pub(crate) fn required(&self, index: usize) -> Result<TensorView<'a>, Fault> {
        self.optional(index).ok_or_else(|| fault!("input {index} is missing"))
    }
}
