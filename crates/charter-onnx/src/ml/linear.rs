//! `LinearClassifier` and `LinearRegressor`: a product with constant coefficients, then a post transform.

use crate::classes::Classes;
use crate::error::{Fault, Refusal, fault};
use crate::node::Node;
use crate::ops::kernel::{Level, Weights};
use crate::post_transform::{PostTransform, SecondClass, probit, write_binary};
use crate::step::Inputs;
use crate::tensor::{Elements, Tensor};
use crate::workspace::Scratch;

/// Coefficients and intercepts of either.
#[derive(Debug)]
struct Scores {
    weights: Weights,
    intercepts: Vec<f32>,
    transform: PostTransform,
    level: Level,
}

impl Scores {
    fn read(node: &Node<'_>, targets: usize) -> Result<Scores, Refusal> {
        let coefficients = node.floats("coefficients").unwrap_or_default();
        let intercepts = node.floats("intercepts").unwrap_or_default().to_vec();
        if targets == 0 || coefficients.is_empty() || !coefficients.len().is_multiple_of(targets) {
            return Err(Refusal::Malformed(format!("{} coefficients for {targets} targets", coefficients.len())));
        }
        if !intercepts.is_empty() && intercepts.len() != targets {
            return Err(Refusal::Malformed(format!("{} intercepts for {targets} targets", intercepts.len())));
        }
        let features = coefficients.len() / targets;
        let weights =
            Weights::pack(features, targets, |feature, target| coefficients.get(target * features + feature).copied().unwrap_or(0.0));
        let transform = PostTransform::parse(node.text("post_transform", "NONE")?)?;
        Ok(Scores { weights, intercepts, transform, level: Level::detect() })
    }

    /// Scores of all rows, `out` holding `rows * targets`.
    fn fill(&self, elements: Elements<'_>, columns: usize, table: &mut Vec<f32>, out: &mut [f32]) -> Result<(), Fault> {
        if columns != self.weights.depth() {
            return Err(fault!("has coefficients for {} features, got {columns} columns", self.weights.depth()));
        }
        let values = as_floats(elements, table)?;
        self.weights.multiply(self.level, values, &self.intercepts, false, out);
        Ok(())
    }
}

/// Any numbers as 32-bit floats, converted into `table` where they are not.
pub(crate) fn as_floats<'t>(elements: Elements<'t>, table: &'t mut Vec<f32>) -> Result<&'t [f32], Fault> {
    table.clear();
    match elements {
        Elements::F32(values) => return Ok(values),
        Elements::F64(values) => table.extend(values.iter().map(|&value| value as f32)),
        Elements::I64(values) => table.extend(values.iter().map(|&value| value as f32)),
        Elements::I32(values) => table.extend(values.iter().map(|&value| value as f32)),
        Elements::Bool(_) | Elements::Text(_) => return Err(fault!("wants numbers, got {}", elements.element_type().name())),
    }
    Ok(table)
}

/// `LinearRegressor`.
#[derive(Debug)]
pub(crate) struct LinearRegressor {
    scores: Scores,
    targets: usize,
}

impl LinearRegressor {
    pub(crate) fn compile(node: &Node<'_>) -> Result<LinearRegressor, Refusal> {
        let targets = usize::try_from(node.int("targets", 1)).unwrap_or(0);
        Ok(LinearRegressor { scores: Scores::read(node, targets)?, targets })
    }

    pub(crate) fn run(&self, inputs: &Inputs<'_>, output: &mut Tensor, scratch: &mut Scratch) -> Result<(), Fault> {
        let input = inputs.required(0)?;
        let (rows, columns) = input.as_table()?;
        let out = output.start::<f32>(&[rows, self.targets])?;
        self.scores.fill(input.elements(), columns, &mut scratch.table_f32, out)?;
        match self.scores.transform {
            PostTransform::Probit => out.iter_mut().for_each(|score| *score = probit(*score)),
            // A lone score is transformed by the probit only, as ONNX Runtime does.
            _ if self.targets == 1 => {}
            transform => out.chunks_mut(self.targets).for_each(|row| transform.apply(row)),
        }
        Ok(())
    }
}

/// `LinearClassifier`.
#[derive(Debug)]
pub(crate) struct LinearClassifier {
    scores: Scores,
    targets: usize,
    classes: Classes,
}

impl LinearClassifier {
    pub(crate) fn compile(node: &Node<'_>) -> Result<LinearClassifier, Refusal> {
        let classes = Classes::read(node, "classlabels_ints", "classlabels_strings")?;
        let targets = node.floats("intercepts").unwrap_or_default().len();
        if targets == 0 {
            return Err(Refusal::Unsupported("a classifier without intercepts".to_string()));
        }
        if targets > 1 && classes.len() < targets {
            return Err(Refusal::Malformed(format!("{} labels for {targets} classes", classes.len())));
        }
        let scores = Scores::read(node, targets)?;
        if targets == 1 && classes.len() == 2 && scores.transform == PostTransform::Probit {
            return Err(Refusal::Unsupported("a probit of one score for two classes".to_string()));
        }
        Ok(LinearClassifier { scores, targets, classes })
    }

    pub(crate) fn run(&self, inputs: &Inputs<'_>, outputs: &mut [Tensor], scratch: &mut Scratch) -> Result<(), Fault> {
        let input = inputs.required(0)?;
        let (rows, columns) = input.as_table()?;
        let mut unnamed = Tensor::default();
        let (labels, out) = match outputs {
            [labels, scores] => (labels, scores),
            [labels] => (labels, &mut unnamed),
            _ => return Err(fault!("a wrong number of outputs")),
        };
        let mut lone = std::mem::take(&mut scratch.sums_f32);
        let mut winners = std::mem::take(&mut scratch.winners);
        winners.clear();
        lone.resize(rows * self.targets, 0.0);
        let filled = self.scores.fill(input.elements(), columns, &mut scratch.table_f32, &mut lone);
        let written = filled.and_then(|()| self.finish(rows, &lone, &mut winners, labels, out));
        scratch.sums_f32 = lone;
        scratch.winners = winners;
        written
    }

    fn finish(&self, rows: usize, scores: &[f32], winners: &mut Vec<usize>, labels: &mut Tensor, out: &mut Tensor) -> Result<(), Fault> {
        let transform = self.scores.transform;
        if self.targets == 1 {
            let two = self.classes.len() == 2;
            let out = out.start::<f32>(&[rows, if two { 2 } else { 1 }])?;
            winners.extend(scores.iter().map(|&score| usize::from(score > 0.0)));
            for (score, out) in scores.iter().zip(out.chunks_mut(if two { 2 } else { 1 })) {
                match out {
                    [only] => *only = if transform == PostTransform::Probit { probit(*score) } else { *score },
                    _ => write_binary(*score, transform, SecondClass::Complement, out),
                }
            }
            return match &self.classes {
                classes if two => classes.write(winners, labels),
                Classes::Texts(_) => Classes::Texts(vec!["0".to_string(), "1".to_string()]).write(winners, labels),
                Classes::Integers(_) => Classes::Integers(vec![0, 1]).write(winners, labels),
            };
        }
        let out = out.start::<f32>(&[rows, self.targets])?;
        out.copy_from_slice(scores);
        for row in out.chunks_mut(self.targets) {
            let mut best = 0;
            for (index, score) in row.iter().enumerate() {
                if row.get(best).is_some_and(|highest| score > highest) {
                    best = index;
                }
            }
            winners.push(best);
            transform.apply(row);
        }
        self.classes.write(winners, labels)
    }
}
