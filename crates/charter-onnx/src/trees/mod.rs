//! Tree ensembles: classifier and regressor of ai.onnx.ml. Input in any numeric type, scores in 32-bit floats.

mod accumulate;
mod forest;
mod packed;
mod score;
pub(crate) mod source;
mod walk;

use crate::classes::Classes;
use crate::error::{Fault, Refusal, fault};
use crate::node::Node;
use crate::post_transform::PostTransform;
use crate::step::Inputs;
use crate::tensor::{Element, Elements, Tensor};
use crate::trees::accumulate::{Aggregate, Sums, Table};
use crate::trees::forest::Forest;
use crate::trees::packed::{Narrow, Packed, Real, Wide};
use crate::trees::score::Scoring;
use crate::trees::source::{Comparison, Source, SourceNode};
use crate::workspace::Scratch;

/// Rows are taken in blocks of about this many bytes of features, so that a block stays in the first-level cache.
const BLOCK_BYTES: usize = 16 * 1024;

/// A compiled ensemble.
#[derive(Debug)]
pub(crate) struct TreeEnsemble {
    forest: Packing,
    scoring: Scoring,
    targets: usize,
    /// Labels of a classifier; `None` for a regressor.
    classes: Option<Classes>,
    rounding: Rounding,
}

#[derive(Debug)]
enum Packing {
    Narrow(Forest<Narrow>),
    Wide(Forest<Wide<f32>>),
    Double(Forest<Wide<f64>>),
}

/// How a 64-bit feature is rounded to 32 bits so that no comparison with a 32-bit threshold changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rounding {
    Up,
    Down,
    Impossible,
}

impl TreeEnsemble {
    pub(crate) fn classifier(node: &Node<'_>) -> Result<TreeEnsemble, Refusal> {
        let classes = Classes::read(node, "classlabels_int64s", "classlabels_strings")?;
        TreeEnsemble::compile(node, "class", classes.len(), Some(classes))
    }

    pub(crate) fn regressor(node: &Node<'_>) -> Result<TreeEnsemble, Refusal> {
        let targets = usize::try_from(node.int("n_targets", 1)).unwrap_or(0);
        TreeEnsemble::compile(node, "target", targets, None)
    }

    fn compile(node: &Node<'_>, prefix: &str, targets: usize, classes: Option<Classes>) -> Result<TreeEnsemble, Refusal> {
        if targets == 0 || targets > 1 << 16 {
            return Err(Refusal::Malformed(format!("{targets} targets or classes are not between 1 and 65536")));
        }
        if targets == 1 && classes.as_ref().is_some_and(Classes::are_texts) {
            return Err(Refusal::Unsupported("a classifier with one text label".to_string()));
        }
        let aggregate = match (node.text("aggregate_function", "SUM")?, &classes) {
            ("SUM", _) | (_, Some(_)) => Aggregate::Sum,
            ("AVERAGE", None) => Aggregate::Average,
            ("MIN", None) => Aggregate::Min,
            ("MAX", None) => Aggregate::Max,
            (other, None) => return Err(Refusal::Malformed(format!("aggregate function `{other}` is unknown"))),
        };
        let is_double = ["nodes_values", "class_weights", "target_weights"].iter().any(|name| node.has(&format!("{name}_as_tensor")));
        let (forest, rounding, binary, weights_are_positive) = if is_double {
            let source: Source<f64> = source::read(node, prefix, targets)?;
            let wide = Forest::pack(&source)?.ok_or_else(|| Refusal::Malformed("the trees are too large".to_string()))?;
            (Packing::Double(wide), Rounding::Impossible, is_one_target(&source), are_positive(&source))
        } else {
            let source: Source<f32> = source::read(node, prefix, targets)?;
            let packing = match Forest::pack(&source)? {
                Some(narrow) => Packing::Narrow(narrow),
                None => Packing::Wide(Forest::pack(&source)?.ok_or_else(|| Refusal::Malformed("the trees are too large".to_string()))?),
            };
            (packing, rounding_for(&source), is_one_target(&source), are_positive(&source))
        };
        let trees = match &forest {
            Packing::Narrow(forest) => forest.trees.len(),
            Packing::Wide(forest) => forest.trees.len(),
            Packing::Double(forest) => forest.trees.len(),
        };
        let scoring = Scoring {
            aggregate,
            transform: PostTransform::parse(node.text("post_transform", "NONE")?)?,
            base_values: source::values::<f64>(node, "base_values")?,
            trees,
            binary: targets == 2 && binary,
            weights_are_positive,
        };
        if classes.is_some() && scoring.binary && scoring.transform == PostTransform::Probit {
            return Err(Refusal::Unsupported("a probit of one score for two classes".to_string()));
        }
        if scoring.base_values.len() > targets.max(2) {
            return Err(Refusal::Malformed(format!("{} base values for {targets} targets", scoring.base_values.len())));
        }
        Ok(TreeEnsemble { forest, scoring, targets, classes, rounding })
    }

    /// The most outputs: labels and scores of a classifier, targets of a regressor.
    pub(crate) fn outputs(&self) -> usize {
        if self.classes.is_some() { 2 } else { 1 }
    }

    /// Scores of shape `[rows, targets]`; for a classifier labels of shape `[rows]` come first.
    pub(crate) fn run(&self, inputs: &Inputs<'_>, outputs: &mut [Tensor], scratch: &mut Scratch) -> Result<(), Fault> {
        let input = inputs.required(0)?;
        let (rows, columns) = input.as_table()?;
        let shape = (rows, columns);
        let mut table = std::mem::take(&mut scratch.table_f32);
        let mut doubles = std::mem::take(&mut scratch.table_f64);
        let outcome = match (&self.forest, input.elements()) {
            (Packing::Double(forest), elements) => {
                let values = match elements {
                    Elements::F64(values) => values,
                    _ => widen(elements, &mut doubles)?,
                };
                self.score(forest, values, shape, outputs, scratch)
            }
            (forest, elements) => {
                let values = match elements {
                    Elements::F32(values) => values,
                    _ => self.narrow(elements, &mut table)?,
                };
                match forest {
                    Packing::Narrow(forest) => self.score(forest, values, shape, outputs, scratch),
                    Packing::Wide(forest) => self.score(forest, values, shape, outputs, scratch),
                    Packing::Double(_) => Err(fault!("the ensemble's thresholds are doubles")),
                }
            }
        };
        scratch.table_f32 = table;
        scratch.table_f64 = doubles;
        outcome
    }

    fn score<N: Packed>(
        &self,
        forest: &Forest<N>,
        values: &[N::Value],
        (rows, columns): (usize, usize),
        outputs: &mut [Tensor],
        scratch: &mut Scratch,
    ) -> Result<(), Fault> {
        if columns < forest.features {
            return Err(fault!("the trees read {} features, got {columns} columns", forest.features));
        }
        let (labels, scores) = match (&self.classes, outputs) {
            (Some(_), [labels, scores]) => (Some(labels), Some(scores)),
            (Some(_), [labels]) => (Some(labels), None),
            (None, [scores]) => (None, Some(scores)),
            _ => return Err(fault!("a wrong number of outputs")),
        };
        let targets = self.targets;
        let mut unnamed = Tensor::default();
        let scores = scores.unwrap_or(&mut unnamed).start::<f32>(&[rows, targets])?;
        let mut winners = std::mem::take(&mut scratch.winners);
        winners.clear();
        let mut sums = std::mem::take(N::Value::sums(scratch));
        let mut lanes = std::mem::take(N::Value::lanes(scratch));
        let block = (BLOCK_BYTES / (columns * size_of::<N::Value>())).clamp(8, 256);
        for (features, out) in values.chunks(block * columns).zip(scores.chunks_mut(block * targets)) {
            sums.resize(out.len(), N::Value::ZERO);
            scratch.flags.resize(out.len(), false);
            let table = Table::new(features, columns, &mut lanes);
            let touched = &mut scratch.flags;
            forest.accumulate(self.scoring.aggregate, &table, &mut Sums { values: &mut sums, touched, targets });
            for ((sums, touched), out) in sums.chunks_mut(targets).zip(touched.chunks(targets)).zip(out.chunks_mut(targets)) {
                match self.classes {
                    Some(_) => winners.push(self.scoring.classify(sums, touched, out)),
                    None => self.scoring.regress(sums, touched, out),
                }
            }
        }
        *N::Value::sums(scratch) = sums;
        *N::Value::lanes(scratch) = lanes;
        let written = match (&self.classes, labels) {
            (Some(classes), Some(labels)) => self.write_labels(classes, &winners, labels),
            _ => Ok(()),
        };
        scratch.winners = winners;
        written
    }

    fn write_labels(&self, classes: &Classes, winners: &[usize], labels: &mut Tensor) -> Result<(), Fault> {
        // ONNX Runtime answers 1 or 0, whatever the labels, unless it knows the classifier to be binary.
        if self.targets <= 2 && !self.scoring.binary && !classes.are_texts() {
            let out = labels.start::<i64>(&[winners.len()])?;
            out.iter_mut().zip(winners).for_each(|(out, &winner)| *out = winner as i64);
            return Ok(());
        }
        classes.write(winners, labels)
    }

    /// Features as 32-bit floats: integers as they are, doubles rounded so that no comparison changes.
    fn narrow<'t>(&self, elements: Elements<'_>, table: &'t mut Vec<f32>) -> Result<&'t [f32], Fault> {
        table.clear();
        match (elements, self.rounding) {
            (Elements::I64(values), _) => table.extend(values.iter().map(|&value| value as f32)),
            (Elements::I32(values), _) => table.extend(values.iter().map(|&value| value as f32)),
            (Elements::F64(values), Rounding::Up) => table.extend(values.iter().map(|&value| round_up(value))),
            (Elements::F64(values), Rounding::Down) => table.extend(values.iter().map(|&value| -round_up(-value))),
            (Elements::F64(_), Rounding::Impossible) => {
                return Err(fault!("double features with these comparison modes want double thresholds"));
            }
            (other, _) => return Err(fault!("wants numbers, got {}", other.element_type().name())),
        }
        Ok(table)
    }
}

fn widen<'t>(elements: Elements<'_>, table: &'t mut Vec<f64>) -> Result<&'t [f64], Fault> {
    table.clear();
    match elements {
        Elements::F32(values) => table.extend(values.iter().map(|&value| f64::from(value))),
        Elements::I64(values) => table.extend(values.iter().map(|&value| value as f64)),
        Elements::I32(values) => table.extend(values.iter().map(|&value| f64::from(value))),
        other => return Err(fault!("wants numbers, got {}", other.element_type().name())),
    }
    Ok(table)
}

/// The smallest 32-bit float that is not below.
fn round_up(value: f64) -> f32 {
    let near = value as f32;
    if f64::from(near) < value { near.next_up() } else { near }
}

fn rounding_for<T: Element>(source: &Source<T>) -> Rounding {
    let mut rounding = None;
    for node in &source.nodes {
        let SourceNode::Branch { comparison, .. } = node else { continue };
        let own = match comparison {
            Comparison::AtMost | Comparison::Above => Rounding::Up,
            Comparison::Below | Comparison::AtLeast => Rounding::Down,
            Comparison::Equal | Comparison::Unequal => Rounding::Impossible,
        };
        match rounding {
            None => rounding = Some(own),
            Some(known) if known == own => {}
            Some(_) => return Rounding::Impossible,
        }
    }
    rounding.unwrap_or(Rounding::Up)
}

fn is_one_target<T>(source: &Source<T>) -> bool {
    match source.weights.split_first() {
        Some(((first, _), rest)) => rest.iter().all(|(target, _)| target == first),
        None => false,
    }
}

fn are_positive<T: Real>(source: &Source<T>) -> bool {
    source.weights.iter().all(|&(_, weight)| weight.partial_cmp(&T::ZERO) != Some(std::cmp::Ordering::Less))
}
