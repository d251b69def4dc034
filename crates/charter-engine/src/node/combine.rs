//! Answers of an ensemble's members become one: by their mean, their vote or a rule.
//!
//! Pure. Who answered, and in time, does not belong here.

use super::Answered;
use super::compile::Program;
use crate::convert::all_finite;
use crate::phase::admit::single_column;
use crate::tensor::{Shape, Tensor, Texts, Values};
use charter_plan::tensor::TensorSpec;
use half::{bf16, f16};
use smallvec::SmallVec;

/// Answers with their weights, in the order of the members.
type Answers = [(f64, Answered)];

/// Why there is no common answer; for operators, without any value.
type Problem = String;

/// Weighted mean of every value, in the answer's own type; integers are rounded to the nearest, halves away from zero.
pub(crate) fn mean(expected: &[TensorSpec], answers: &Answers) -> Result<Vec<Tensor>, Problem> {
    each(expected, answers, |tensors, _| mean_of(tensors))
}

/// Row by row the answer with most weight; the earlier member's at a tie. A row is one value, however wide.
pub(crate) fn vote(expected: &[TensorSpec], rows: usize, answers: &Answers) -> Result<Vec<Tensor>, Problem> {
    each(expected, answers, |tensors, _| vote_of(tensors, rows))
}

/// One expression an answer over every member's answers, row by row.
pub(crate) fn rule(expected: &[TensorSpec], rows: usize, rules: &[Program], answers: &Answers) -> Result<Vec<Tensor>, Problem> {
    let said: SmallVec<[&Tensor; 32]> = answers.iter().flat_map(|(_, answered)| &answered.outputs).collect();
    let combine = |(program, spec): (&Program, &TensorSpec)| {
        let values = program.evaluate(rows, &said, &[])?;
        if !spec.allows_nan && !all_finite(&values) {
            return Err(format!("`{}` is not a finite number", spec.name));
        }
        let shape = single_column(&spec.shape, rows).unwrap_or_else(|| Shape::from_slice(&[rows, 1]));
        Tensor::new(shape, values).ok_or_else(|| format!("`{}` has not one value a row", spec.name))
    };
    rules.iter().zip(expected).map(combine).collect()
}

type Weighted<'a> = SmallVec<[(f64, &'a Tensor); 8]>;

fn each(
    expected: &[TensorSpec],
    answers: &Answers,
    combine: impl Fn(&Weighted<'_>, &TensorSpec) -> Option<Values>,
) -> Result<Vec<Tensor>, Problem> {
    let one = |(position, spec): (usize, &TensorSpec)| {
        let tensors: Option<Weighted<'_>> =
            answers.iter().map(|(weight, answered)| Some((*weight, answered.outputs.get(position)?))).collect();
        let tensors = tensors.ok_or_else(|| format!("a member has no `{}`", spec.name))?;
        let shape = tensors.first().map(|(_, tensor)| Shape::from_slice(tensor.shape())).unwrap_or_default();
        let alike = |(_, tensor): &(f64, &Tensor)| tensor.shape() == shape.as_slice() && tensor.datatype() == spec.datatype;
        if !tensors.iter().all(alike) {
            return Err(format!("the members' `{}` differ in shape", spec.name));
        }
        let values = combine(&tensors, spec).ok_or_else(|| format!("`{}` is not of a type that can be combined so", spec.name))?;
        Tensor::new(shape, values).ok_or_else(|| format!("`{}` has another shape when combined", spec.name))
    };
    expected.iter().enumerate().map(one).collect()
}

fn mean_of(tensors: &Weighted<'_>) -> Option<Values> {
    let total: f64 = tensors.iter().map(|(weight, _)| weight).sum();
    let (_, first) = tensors.first()?;
    macro_rules! floats {
        ($variant:ident, $widen:expr, $narrow:expr) => {{
            let Values::$variant(values) = first.values() else { return None };
            let mut sums = vec![0.0_f64; values.len()];
            for (weight, tensor) in tensors {
                let Values::$variant(values) = tensor.values() else { return None };
                sums.iter_mut().zip(values).for_each(|(sum, &value)| *sum += weight * $widen(value));
            }
            Values::$variant(sums.into_iter().map(|sum| $narrow(sum / total)).collect())
        }};
    }
    // Differences from the first member's value are small, so that integers of 64 bits lose nothing where members nearly agree.
    macro_rules! integers {
        ($variant:ident, $type:ty) => {{
            let Values::$variant(base) = first.values() else { return None };
            let mut sums = vec![0.0_f64; base.len()];
            for (weight, tensor) in tensors {
                let Values::$variant(values) = tensor.values() else { return None };
                let pairs = values.iter().zip(base);
                sums.iter_mut()
                    .zip(pairs)
                    .for_each(|(sum, (&value, &base))| *sum += weight * (i128::from(value) - i128::from(base)) as f64);
            }
            let whole = |(sum, &base): (f64, &$type)| {
                let mean = i128::from(base) + (sum / total).round() as i128;
                mean.clamp(i128::from(<$type>::MIN), i128::from(<$type>::MAX)) as $type
            };
            Values::$variant(sums.into_iter().zip(base).map(whole).collect())
        }};
    }
    Some(match first.values() {
        Values::Fp16(_) => floats!(Fp16, f16::to_f64, f16::from_f64),
        Values::Bf16(_) => floats!(Bf16, bf16::to_f64, bf16::from_f64),
        Values::Fp32(_) => floats!(Fp32, f64::from, |mean: f64| mean as f32),
        Values::Fp64(_) => floats!(Fp64, |value: f64| value, |mean: f64| mean),
        Values::Uint8(_) => integers!(Uint8, u8),
        Values::Uint16(_) => integers!(Uint16, u16),
        Values::Uint32(_) => integers!(Uint32, u32),
        Values::Uint64(_) => integers!(Uint64, u64),
        Values::Int8(_) => integers!(Int8, i8),
        Values::Int16(_) => integers!(Int16, i16),
        Values::Int32(_) => integers!(Int32, i32),
        Values::Int64(_) => integers!(Int64, i64),
        Values::Bool(_) | Values::Bytes(_) => return None,
    })
}

fn vote_of(tensors: &Weighted<'_>, rows: usize) -> Option<Values> {
    let (_, first) = tensors.first()?;
    let width = first.width();
    macro_rules! elected {
        ($variant:ident) => {{
            let mut lists: SmallVec<[&[_]; 8]> = SmallVec::new();
            for (_, tensor) in tensors {
                let Values::$variant(values) = tensor.values() else { return None };
                lists.push(values);
            }
            let mut chosen = Vec::with_capacity(rows * width);
            for row in 0..rows {
                let said = |member: usize| lists.get(member).and_then(|list| list.get(row * width..(row + 1) * width));
                chosen.extend_from_slice(said(winner(tensors, said))?);
            }
            Values::$variant(chosen)
        }};
    }
    Some(match first.values() {
        Values::Bool(_) => elected!(Bool),
        Values::Uint8(_) => elected!(Uint8),
        Values::Uint16(_) => elected!(Uint16),
        Values::Uint32(_) => elected!(Uint32),
        Values::Uint64(_) => elected!(Uint64),
        Values::Int8(_) => elected!(Int8),
        Values::Int16(_) => elected!(Int16),
        Values::Int32(_) => elected!(Int32),
        Values::Int64(_) => elected!(Int64),
        Values::Fp16(_) => elected!(Fp16),
        Values::Bf16(_) => elected!(Bf16),
        Values::Fp32(_) => elected!(Fp32),
        Values::Fp64(_) => elected!(Fp64),
        Values::Bytes(_) => Values::Bytes(elected_texts(tensors, rows, width)?),
    })
}

fn elected_texts(tensors: &Weighted<'_>, rows: usize, width: usize) -> Option<Texts> {
    let mut chosen = Texts::with_capacity(rows * width, 0);
    for row in 0..rows {
        let said = |member: usize| {
            let (_, tensor) = tensors.get(member)?;
            let Values::Bytes(texts) = tensor.values() else { return None };
            (row * width..(row + 1) * width).map(|index| texts.get(index)).collect::<Option<SmallVec<[&[u8]; 4]>>>()
        };
        said(winner(tensors, said))?.into_iter().for_each(|text| chosen.push(text));
    }
    Some(chosen)
}

/// The first member that says what most weight says.
fn winner<T: PartialEq>(tensors: &Weighted<'_>, said: impl Fn(usize) -> Option<T>) -> usize {
    let weight_of = |member: usize| -> f64 {
        let value = said(member);
        let alike = tensors.iter().enumerate().filter(|(other, _)| *other == member || said(*other) == value);
        alike.map(|(_, (weight, _))| weight).sum()
    };
    let mut best = (0, f64::NEG_INFINITY);
    for member in 0..tensors.len() {
        let weight = weight_of(member);
        if weight > best.1 {
            best = (member, weight);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Moment;
    use charter_plan::plan::ModelId;
    use charter_plan::tensor::Datatype;
    use proptest::prelude::*;

    fn answers(members: Vec<(f64, Values)>) -> Vec<(f64, Answered)> {
        let answered = |values: Values| Answered {
            outputs: vec![Tensor::new(vec![values.len(), 1], values).expect("a tensor")],
            model: ModelId(0),
            rung: 0,
            step_down: None,
            ended: Moment(0),
        };
        members.into_iter().map(|(weight, values)| (weight, answered(values))).collect()
    }

    fn spec(datatype: Datatype) -> [TensorSpec; 1] {
        [TensorSpec::column("score", datatype)]
    }

    fn only(outputs: Result<Vec<Tensor>, Problem>) -> Values {
        outputs.expect("an answer").remove(0).into_values()
    }

    #[test]
    fn a_mean_has_the_type_of_its_values() {
        let floats = answers(vec![(1.0, Values::Fp32(vec![0.2, 1.0])), (3.0, Values::Fp32(vec![0.6, 0.0]))]);
        assert_eq!(only(mean(&spec(Datatype::Fp32), &floats)), Values::Fp32(vec![0.5, 0.25]));
        let integers = answers(vec![(1.0, Values::Int64(vec![i64::MAX, -3])), (1.0, Values::Int64(vec![i64::MAX - 2, -4]))]);
        assert_eq!(only(mean(&spec(Datatype::Int64), &integers)), Values::Int64(vec![i64::MAX - 1, -4]));
        let flags = answers(vec![(1.0, Values::Bool(vec![true]))]);
        assert!(mean(&spec(Datatype::Bool), &flags).is_err());
    }

    #[test]
    fn the_most_weight_wins_and_the_earlier_member_a_tie() {
        let texts = |text: &str| Values::Bytes([text].into_iter().collect());
        let three = answers(vec![(1.0, texts("spam")), (0.6, texts("ham")), (0.6, texts("ham"))]);
        assert_eq!(only(vote(&spec(Datatype::Bytes), 1, &three)), texts("ham"));
        let tie = answers(vec![(1.0, Values::Int32(vec![7, 1])), (1.0, Values::Int32(vec![5, 1]))]);
        assert_eq!(only(vote(&spec(Datatype::Int32), 2, &tie)), Values::Int32(vec![7, 1]));
    }

    #[test]
    fn answers_of_different_shape_do_not_become_one() {
        let wide = answers(vec![(1.0, Values::Fp32(vec![0.2, 1.0])), (1.0, Values::Fp32(vec![0.6]))]);
        assert!(mean(&spec(Datatype::Fp32), &wide).is_err());
    }

    proptest! {
        #[test]
        fn a_mean_lies_between_its_values(members in prop::collection::vec((0.1_f64..10.0, any::<i32>()), 1..6)) {
            let (least, most) = (members.iter().map(|(_, value)| *value).min(), members.iter().map(|(_, value)| *value).max());
            let said = answers(members.into_iter().map(|(weight, value)| (weight, Values::Int32(vec![value]))).collect());
            let Values::Int32(values) = only(mean(&spec(Datatype::Int32), &said)) else { return Err(TestCaseError::fail("another type")) };
            prop_assert!(Some(values[0]) >= least && Some(values[0]) <= most);
        }

        #[test]
        fn a_vote_is_what_somebody_said(members in prop::collection::vec((0.1_f64..10.0, 0_u8..4), 1..6)) {
            let said = answers(members.iter().map(|&(weight, value)| (weight, Values::Uint8(vec![value]))).collect());
            let Values::Uint8(values) = only(vote(&spec(Datatype::Uint8), 1, &said)) else { return Err(TestCaseError::fail("another type")) };
            let weight = |wanted: u8| members.iter().filter(|(_, value)| *value == wanted).map(|(weight, _)| weight).sum::<f64>();
            prop_assert!(members.iter().all(|&(_, value)| weight(value) <= weight(values[0]) + 1e-9));
        }
    }
}
