//! Each unit gets one arm, for as long as the experiment runs.
//!
//! What is made of the events does not belong here.

use super::{Answered, Frame, Missed, child};
use crate::assign::{self, KeyText};
use crate::call::StepDown;
use crate::context::Moment;
use crate::convert::mean;
use crate::mirror::micros;
use crate::observation::{Bad, Observation, unit_of};
use charter_plan::plan::{BadKind, Experiment, ExperimentId, MetricKind, MetricSource, Node};
use smallvec::SmallVec;

/// Answers by the unit's arm. The first arm answers, and nobody is counted, while the experiment does not run, for calls without a unit, for copies and
/// for calls that ask for a version by name.
pub(crate) async fn follow<'a>(frame: Frame<'a>, id: ExperimentId, arms: &'a [Node], now: Moment) -> Result<Answered, Missed> {
    let settings = frame.runtime.plan().experiments.get(usize::from(id.0));
    let assigned = settings.filter(|settings| runs(&frame, settings)).and_then(|settings| {
        let unit = unit(&frame, settings)?;
        let hash = assign::hash(&settings.salt, &unit);
        let arm = assign::part(settings.arms.iter().map(|arm| arm.weight), hash)?;
        Some((settings, arm, unit_of(&unit)))
    });
    let arm = assigned.map_or(0, |(_, arm, _)| arm);
    let Some(node) = arms.get(arm) else { return Err(Missed::new(StepDown::Unavailable, now)) };
    let result = child(frame.below(arm), node, now).await;
    if let Some((settings, arm, unit)) = assigned {
        let exposure = Exposure { experiment: id, arm: u8::try_from(arm).unwrap_or(u8::MAX), unit };
        exposure.tell(&frame, settings, &result, now);
    }
    result
}

fn runs(frame: &Frame<'_>, settings: &Experiment) -> bool {
    let started = |at_ms: u64| frame.context.clock.unix_ms() >= at_ms;
    let control = frame.runtime.controls().experiment(settings.id);
    !frame.apart && control.is_some_and(|control| control.running()) && settings.starts_unix_ms.is_none_or(started)
}

/// What names the unit: the first row of the input that the experiment states, else the call's key.
fn unit(frame: &Frame<'_>, settings: &Experiment) -> Option<KeyText> {
    let text = match &settings.unit {
        Some(name) => assign::first_row(frame.input(name)?)?,
        None => KeyText::from_slice(frame.key?.as_bytes()),
    };
    (!text.is_empty()).then_some(text)
}

struct Exposure {
    experiment: ExperimentId,
    arm: u8,
    unit: u64,
}

impl Exposure {
    /// One event for the call, and one more for each further answer that a metric names.
    fn tell(&self, frame: &Frame<'_>, settings: &Experiment, result: &Result<Answered, Missed>, began: Moment) {
        let ended = match result {
            Ok(answered) => answered.ended,
            Err(missed) => missed.ended,
        };
        let outputs = result.as_ref().map_or_else(|_| SmallVec::new(), |answered| means(frame, settings, answered));
        let bad = bad(frame, result);
        let tell = |output, further| {
            let &Self { experiment, arm, unit } = self;
            let latency_us = micros(ended.since(began));
            let event = Observation::Exposed { experiment, arm, unit, latency_us, bad, output, further };
            frame.runtime.controls().observations().observe(event);
        };
        tell(outputs.first().copied(), false);
        outputs.iter().skip(1).for_each(|&output| tell(Some(output), true));
    }
}

/// An arm without an answer failed; inside a ladder a rung below answers instead, or nothing does. The caller's own faults are nobody's.
fn bad(frame: &Frame<'_>, result: &Result<Answered, Missed>) -> Bad {
    match result {
        Ok(answered) if answered.step_down.is_some() => Bad::one(BadKind::Fallback),
        Ok(_) => Bad::NONE,
        Err(missed) if missed.rejected || (frame.hurried && missed.reason == StepDown::Timeout) => Bad::NONE,
        Err(_) if frame.own_share.is_some() => Bad::one(BadKind::Error).and(BadKind::Fallback),
        Err(_) => Bad::one(BadKind::Error),
    }
}

/// Mean over the rows of each answer that some metric names.
fn means(frame: &Frame<'_>, settings: &Experiment, answered: &Answered) -> SmallVec<[(u8, f64); 4]> {
    let named = |source: &MetricSource, name: &str| matches!(source, MetricSource::Output { name: known } if known == name);
    let wanted = |name: &str| {
        settings
            .goals
            .iter()
            .chain(&settings.guardrails)
            .any(|metric| named(&metric.source, name) || matches!(&metric.kind, MetricKind::Ratio { per } if named(per, name)))
    };
    let answers = frame.expected.iter().zip(&answered.outputs).enumerate();
    answers
        .filter(|(_, (spec, _))| wanted(&spec.name))
        .filter_map(|(position, (_, tensor))| Some((u8::try_from(position).ok()?, mean(tensor.values())?)))
        .collect()
}
