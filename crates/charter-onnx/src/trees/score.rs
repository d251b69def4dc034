//! From sums to scores and labels: base values, averages, post transforms and the binary cases, as ONNX Runtime has them.

use crate::post_transform::{PostTransform, SecondClass, probit, write_binary};
use crate::trees::accumulate::Aggregate;
use crate::trees::packed::Real;

/// What turns a row's sums into its answer.
#[derive(Debug)]
pub(crate) struct Scoring {
    pub(crate) aggregate: Aggregate,
    pub(crate) transform: PostTransform,
    pub(crate) base_values: Vec<f64>,
    pub(crate) trees: usize,
    /// Two classes of which only one ever gets weights.
    pub(crate) binary: bool,
    pub(crate) weights_are_positive: bool,
}

impl Scoring {
    fn base<T: Real>(&self, index: usize) -> T {
        self.base_values.get(index).map_or(T::ZERO, |&value| T::from_f64(value))
    }

    /// Writes the targets of one row of a regressor. A lone target is only ever transformed by the probit, as ONNX Runtime does.
    pub(crate) fn regress<T: Real>(&self, sums: &mut [T], touched: &[bool], out: &mut [f32]) {
        if self.aggregate == Aggregate::Average {
            sums.iter_mut().for_each(|sum| *sum = *sum / T::from_count(self.trees));
        }
        let lone = sums.len() == 1;
        let based = self.base_values.len() == sums.len();
        for (index, ((sum, touched), out)) in sums.iter().zip(touched).zip(out.iter_mut()).enumerate() {
            // With several targets, one that no leaf touched is zero whatever its base value.
            *out = match (*touched, based) {
                (true, true) => (*sum + self.base(index)).to_f32(),
                (true, false) => sum.to_f32(),
                (false, true) if lone => self.base::<T>(index).to_f32(),
                (false, _) => 0.0,
            };
        }
        match out {
            [only] if lone && self.transform == PostTransform::Probit => *only = probit(*only),
            [_] => {}
            _ => self.transform.apply(out),
        }
    }

    /// Writes the class scores of one row and answers the winning class's index.
    pub(crate) fn classify<T: Real>(&self, sums: &mut [T], touched: &[bool], out: &mut [f32]) -> usize {
        match sums {
            [only] => self.classify_lone(*only, out),
            [first, second] => {
                let touched = (touched.first().copied().unwrap_or(false), touched.get(1).copied().unwrap_or(false));
                self.classify_two(*first, *second, touched, out)
            }
            _ => self.classify_many(sums, touched, out),
        }
    }

    fn classify_lone<T: Real>(&self, sum: T, out: &mut [f32]) -> usize {
        let score = sum + self.base(if self.base_values.len() == 2 { 1 } else { 0 });
        if let Some(out) = out.first_mut() {
            *out = if self.transform == PostTransform::Probit { probit(score.to_f32()) } else { score.to_f32() };
        }
        usize::from(score > T::ZERO)
    }

    fn classify_two<T: Real>(&self, mut first: T, mut second: T, touched: (bool, bool), out: &mut [f32]) -> usize {
        let mut alone = false;
        match self.base_values.len() {
            2 if touched.1 => {
                second = self.base::<T>(1) + first;
                first = -second;
            }
            2 => {
                second = second + self.base(1);
                first = first + self.base(0);
            }
            1 => {
                first = first + self.base(0);
                alone = !touched.1;
            }
            0 => alone = !touched.1,
            _ => {}
        }
        let weight = match touched {
            (_, true) => second,
            (true, false) => first,
            (false, false) => T::ZERO,
        };
        let positive = if self.binary && self.weights_are_positive { weight > T::from(0.5) } else { weight > T::ZERO };
        if alone {
            let other = match (self.binary, self.weights_are_positive) {
                (true, true) => SecondClass::Complement,
                (true, false) => SecondClass::Negative,
                (false, _) if self.base_values.is_empty() => SecondClass::Negative,
                (false, _) => SecondClass::Absent,
            };
            write_binary(first.to_f32(), self.transform, other, out);
        } else if let [left, right] = out {
            let shown = |touched: bool, score: T| if touched { score.to_f32() } else { 0.0 };
            (*left, *right) = (shown(touched.0, first), shown(touched.1, second));
            self.transform.apply(out);
        }
        usize::from(positive)
    }

    fn classify_many<T: Real>(&self, sums: &mut [T], touched: &[bool], out: &mut [f32]) -> usize {
        let mut best: Option<(usize, T)> = None;
        for (index, ((sum, touched), out)) in sums.iter_mut().zip(touched).zip(out.iter_mut()).enumerate() {
            let based = index < self.base_values.len();
            if based {
                *sum = *sum + self.base(index);
            }
            if (*touched || based) && best.is_none_or(|(_, highest)| *sum > highest) {
                best = Some((index, *sum));
            }
            *out = sum.to_f32();
        }
        self.transform.apply(out);
        best.map_or(0, |(index, _)| index)
    }
}
