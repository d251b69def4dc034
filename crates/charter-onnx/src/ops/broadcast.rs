//! numpy's broadcasting for two and three operands. What is done with each pair belongs to the callers.

use crate::error::{Fault, fault};
use crate::tensor::{Dimensions, RANK_MAX};

/// The shape of the result of two broadcast operands.
pub(crate) fn broadcast_shape(left: &[usize], right: &[usize]) -> Result<Dimensions, Fault> {
    let rank = left.len().max(right.len());
    let mut shape = Dimensions::filled(rank, 1)?;
    for (axis, place) in shape.iter_mut().enumerate() {
        let own = |shape: &[usize]| (axis + shape.len()).checked_sub(rank).and_then(|axis| shape.get(axis)).copied().unwrap_or(1);
        *place = match (own(left), own(right)) {
            (a, b) if a == b => a,
            (1, b) => b,
            (a, 1) => a,
            _ => return Err(fault!("shapes {left:?} and {right:?} do not broadcast")),
        };
    }
    Ok(shape)
}

/// For each dimension of `result`, how far apart neighbours are in an operand of shape `own`; zero where it is repeated.
fn steps(own: &[usize], result: &[usize]) -> [usize; RANK_MAX] {
    let mut steps = [0; RANK_MAX];
    let mut step = 1;
    for (axis, &dimension) in own.iter().enumerate().rev() {
        let place = axis + result.len() - own.len();
        if dimension != 1 {
            steps[place] = step;
        }
        step *= dimension;
    }
    steps
}

/// Calls `line(start_of_each_operand, length, step_of_each_operand, start_in_result)` for every innermost run of the result.
pub(crate) fn for_each_line<const OPERANDS: usize>(
    result: &[usize],
    operands: [&[usize]; OPERANDS],
    mut line: impl FnMut([usize; OPERANDS], [usize; OPERANDS], std::ops::Range<usize>),
) {
    if result.contains(&0) {
        return;
    }
    let all = operands.map(|own| steps(own, result));
    let Some((&inner, outer)) = result.split_last() else {
        return line([0; OPERANDS], [0; OPERANDS], 0..1);
    };
    let inner_steps = all.map(|steps| steps[outer.len()]);
    let mut place = [0; RANK_MAX];
    let mut starts = [0; OPERANDS];
    let mut done = 0;
    loop {
        line(starts, inner_steps, done..done + inner);
        done += inner;
        let mut axis = outer.len();
        loop {
            if axis == 0 {
                return;
            }
            axis -= 1;
            place[axis] += 1;
            starts.iter_mut().zip(&all).for_each(|(start, steps)| *start += steps[axis]);
            if place[axis] < outer[axis] {
                break;
            }
            starts.iter_mut().zip(&all).for_each(|(start, steps)| *start -= steps[axis] * outer[axis]);
            place[axis] = 0;
        }
    }
}

/// Fills `out`, of shape `result`, with `f` of each pair.
pub(crate) fn combine<A, B, O>(
    (left, left_shape): (&[A], &[usize]),
    (right, right_shape): (&[B], &[usize]),
    (out, result): (&mut [O], &[usize]),
    f: impl Fn(&A, &B) -> O,
) {
    if left_shape == right_shape {
        out.iter_mut().zip(left).zip(right).for_each(|((out, a), b)| *out = f(a, b));
        return;
    }
    if let ([b], true) = (right, left.len() == out.len()) {
        out.iter_mut().zip(left).for_each(|(out, a)| *out = f(a, b));
        return;
    }
    for_each_line(result, [left_shape, right_shape], |[a, b], [a_step, b_step], range| {
        let out = &mut out[range];
        match (a_step, b_step) {
            (1, 1) => out.iter_mut().zip(&left[a..]).zip(&right[b..]).for_each(|((out, a), b)| *out = f(a, b)),
            (1, 0) => out.iter_mut().zip(&left[a..]).for_each(|(out, a)| *out = f(a, &right[b])),
            (0, 1) => out.iter_mut().zip(&right[b..]).for_each(|(out, b)| *out = f(&left[a], b)),
            _ => out.iter_mut().enumerate().for_each(|(i, out)| *out = f(&left[a + i * a_step], &right[b + i * b_step])),
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_broadcast_as_numpy_does() {
        assert_eq!(&*broadcast_shape(&[3, 1], &[4]).unwrap(), &[3, 4]);
        assert_eq!(&*broadcast_shape(&[], &[2, 2]).unwrap(), &[2, 2]);
        assert_eq!(&*broadcast_shape(&[0, 3], &[1, 3]).unwrap(), &[0, 3]);
        assert!(broadcast_shape(&[2, 3], &[2]).is_err());
    }

    #[test]
    fn a_column_and_a_row_make_a_table() {
        let mut out = [0; 6];
        combine((&[10, 20], &[2, 1]), (&[1, 2, 3], &[3]), (&mut out, &[2, 3]), |a, b| a + b);
        assert_eq!(out, [11, 12, 13, 21, 22, 23]);
    }

    #[test]
    fn a_middle_dimension_is_repeated() {
        let mut out = [0; 8];
        combine((&[1, 2, 3, 4], &[2, 1, 2]), (&[10, 20], &[2, 1]), (&mut out, &[2, 2, 2]), |a, b| a + b);
        assert_eq!(out, [11, 12, 21, 22, 13, 14, 23, 24]);
    }
}
