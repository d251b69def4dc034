//! One node answers; another gets copies of a share of its calls.
//!
//! How copies are made and dropped belongs to [`crate::mirror`].

use super::{Answered, Frame, Missed, child};
use crate::context::Moment;
use crate::mirror::{self, To};
use charter_plan::plan::{ComparisonId, Node};

/// The primary's answer, whatever becomes of the copy. Calls that a lower rung of the primary answered are not copied: that answer is not the one to
/// compare with. Calls that failed are, so that errors are compared too.
pub(crate) async fn follow<'a>(frame: Frame<'a>, comparison: ComparisonId, primary: &'a Node, now: Moment) -> Result<Answered, Missed> {
    let result = child(frame.below(0), primary, now).await;
    match &result {
        Ok(answered) if answered.step_down.is_none() => {
            mirror::offer(&frame, comparison, To::Mirror(comparison), Some(&answered.outputs), answered.ended.since(now));
        }
        Err(missed) if mirror::was_asked(missed) && !missed.rejected && !frame.hurried => {
            mirror::offer(&frame, comparison, To::Mirror(comparison), None, missed.ended.since(now));
        }
        _ => {}
    }
    result
}
