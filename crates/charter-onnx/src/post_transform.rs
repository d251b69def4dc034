//! The `post_transform` attribute of ai.onnx.ml operators, as ONNX Runtime computes it in 32-bit floats.

use crate::error::Refusal;

/// What is done to the scores of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PostTransform {
    None,
    Logistic,
    Softmax,
    SoftmaxZero,
    Probit,
}

impl PostTransform {
    pub(crate) fn parse(text: &str) -> Result<PostTransform, Refusal> {
        Ok(match text {
            "NONE" => PostTransform::None,
            "LOGISTIC" => PostTransform::Logistic,
            "SOFTMAX" => PostTransform::Softmax,
            "SOFTMAX_ZERO" => PostTransform::SoftmaxZero,
            "PROBIT" => PostTransform::Probit,
            other => return Err(Refusal::Malformed(format!("post transform `{other}` is unknown"))),
        })
    }

    /// Transforms one row of two or more scores in place.
    pub(crate) fn apply(self, scores: &mut [f32]) {
        match self {
            PostTransform::None => {}
            PostTransform::Logistic => scores.iter_mut().for_each(|score| *score = logistic(*score)),
            PostTransform::Probit => scores.iter_mut().for_each(|score| *score = probit(*score)),
            PostTransform::Softmax => softmax(scores),
            PostTransform::SoftmaxZero => softmax_zero(scores),
        }
    }
}

/// 1 / (1 + e^-x), without overflow.
pub(crate) fn logistic(value: f32) -> f32 {
    let positive = 1.0 / (1.0 + (-value.abs()).exp());
    if value < 0.0 { 1.0 - positive } else { positive }
}

/// The inverse of the normal distribution function, by Winitzki's approximation of the inverse error function
/// (with the constants ONNX Runtime uses, so that both agree).
pub(crate) fn probit(value: f32) -> f32 {
    let x = 2.0 * value - 1.0;
    let sign = if x < 0.0 { -1.0 } else { 1.0 };
    let log = ((1.0 - x) * (1.0 + x)).ln();
    #[allow(clippy::approx_constant, reason = "the rounded constant is the one ONNX Runtime uses")]
    let v = 2.0 / (3.14159 * 0.147) + 0.5 * log;
    let v2 = 1.0 / 0.147 * log;
    let inverse = sign * (-v + (v * v - v2).sqrt()).sqrt();
    std::f32::consts::SQRT_2 * inverse
}

fn softmax(scores: &mut [f32]) {
    let highest = scores.iter().copied().fold(f32::MIN, f32::max);
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - highest).exp();
        sum += *score;
    }
    scores.iter_mut().for_each(|score| *score /= sum);
}

/// Softmax that leaves scores of zero out.
fn softmax_zero(scores: &mut [f32]) {
    const ZERO: f32 = 0.000_000_1;
    let highest = scores.iter().copied().fold(f32::MIN, f32::max);
    let scale = (-highest).exp();
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        if score.abs() > ZERO {
            *score = (*score - highest).exp();
            sum += *score;
        } else {
            *score *= scale;
        }
    }
    scores.iter_mut().for_each(|score| *score /= sum);
}

/// A classifier's single score as the two columns of a binary answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecondClass {
    /// The score is a probability, perhaps after the logistic function: the other is one minus it.
    Complement,
    /// The score is signed: the other is its negative, or both go through the logistic function.
    Negative,
    /// Not known to be binary: the score stands alone and the second column is zero.
    Absent,
}

/// Writes a lone score of a binary classifier to its two columns.
pub(crate) fn write_binary(score: f32, transform: PostTransform, second: SecondClass, out: &mut [f32]) {
    let [first, other] = out else { return };
    (*first, *other) = match (transform, second) {
        (PostTransform::Probit, _) => (probit(score), 0.0),
        (PostTransform::Logistic, SecondClass::Complement | SecondClass::Negative) => (logistic(-score), logistic(score)),
        (_, SecondClass::Complement) => (1.0 - score, score),
        (_, SecondClass::Negative) => (-score, score),
        (_, SecondClass::Absent) => (score, 0.0),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_sums_to_one_and_survives_large_scores() {
        let mut scores = [1000.0, 1001.0, 999.0];
        PostTransform::Softmax.apply(&mut scores);
        assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!((scores[1] - 0.665_240_94).abs() < 1e-6);
    }

    #[test]
    fn softmax_zero_leaves_zero_scores_at_zero() {
        let mut scores = [0.0, 1.0, 2.0];
        PostTransform::SoftmaxZero.apply(&mut scores);
        assert_eq!(scores[0], 0.0);
        assert!((scores[1] + scores[2] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn logistic_and_probit_agree_with_known_values() {
        assert!((logistic(-2.0) - 0.119_202_92).abs() < 1e-6);
        assert!((probit(0.975) - 1.96).abs() < 0.01);
    }
}
