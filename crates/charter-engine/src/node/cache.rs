//! An answer that was given before to the same call, else what the node below answers.
//!
//! What makes two calls the same, and what is kept, belongs to [`crate::cache`].

use super::compile::Own;
use super::{Answered, Frame, Missed, child};
use crate::cache::{Found, Kept, Keyed, Versions};
use crate::call::StepDown;
use crate::context::Moment;
use crate::signal::{CacheFound, Signal};
use charter_plan::plan::{CacheId, ModelId, Node};

/// Asks the cache, then the node. Of calls that are the same at the same time one asks, and the others wait for its answer within their own deadlines; if
/// it ends without one, one of them takes over. Only answers of full quality are kept; those who wait share a degraded one.
///
/// Bypassed by copies and by calls that ask for a version by name, while a rollout below splits calls, while an experiment below runs, and where a flag
/// turns off what the answer came from.
pub(crate) async fn ask<'a>(frame: Frame<'a>, id: CacheId, node: &'a Node, began: Moment) -> Result<Answered, Missed> {
    let Own::Cache(keyed) = &frame.compiled.own else { return Err(Missed::new(StepDown::Unavailable, began)) };
    let cache = frame.runtime.caches().get(id).filter(|_| !frame.apart);
    let Some((cache, versions)) = cache.zip(keyed.versions(frame.runtime.controls())) else {
        return child(frame.below(0), node, began).await;
    };
    let hear = |found| frame.runtime.listener().hear(&Signal::CacheAsked { cache: id, found });
    let key = keyed.key(versions, frame.caller.identity.as_deref(), frame.key, frame.slots, frame.rows);
    let mut now = began;
    loop {
        match cache.ask(key, now) {
            Found::Kept(kept) => {
                let Some(model) = may_be_given(&frame, keyed, node, &kept) else { return child(frame.below(0), node, now).await };
                hear(CacheFound::Hit);
                return Ok(given(&kept, model, now));
            }
            Found::Asked(waiting) => {
                let patience = frame.context.deadline.since(now);
                let answer = tokio::time::timeout(patience, waiting.answer()).await;
                now = frame.context.now();
                match answer {
                    Ok(Some(kept)) => {
                        let Some(model) = may_be_given(&frame, keyed, node, &kept) else { return child(frame.below(0), node, now).await };
                        hear(CacheFound::Joined);
                        return Ok(given(&kept, model, now));
                    }
                    // Whoever asked ended without an answer: ask again, or wait for the one who does.
                    Ok(None) if now < frame.context.deadline => {}
                    Ok(None) | Err(_) => return Err(Missed::new(StepDown::Timeout, now)),
                }
            }
            Found::Nothing(asking) => {
                hear(CacheFound::Miss);
                let answered = child(frame.below(0), node, now).await?;
                // A rollout that moved meanwhile may have chosen another version than the key says.
                let keep = answered.step_down.is_none() && still(&frame, keyed, versions) && !keyed.stands_in(versions, answered.model);
                if (keep || asking.is_awaited())
                    && let Some(model) = keyed.position(answered.model)
                {
                    let Answered { outputs, rung, step_down, ended, .. } = &answered;
                    let kept = Kept { outputs: outputs.clone(), model, rung: *rung, step_down: *step_down };
                    asking.answered(kept, keep, *ended);
                }
                return Ok(answered);
            }
        }
    }
}

fn still(frame: &Frame<'_>, keyed: &Keyed, versions: Versions) -> bool {
    keyed.versions(frame.runtime.controls()) == Some(versions)
}

/// The model that an answer came from; `None` where the call's flags turn that model or its rung off.
fn may_be_given(frame: &Frame<'_>, keyed: &Keyed, node: &Node, kept: &Kept) -> Option<ModelId> {
    let model = keyed.model(kept.model)?;
    let (flags, asking) = (frame.runtime.controls().flags(), frame.asking());
    // Flags name rungs of the route's own ladder.
    let own = frame.route.node.own_ladder().zip(node.own_ladder()).is_some_and(|(own, below)| std::ptr::eq(own, below));
    let off = flags.model_off(model, &asking) || own && flags.rung_off(frame.route.id, kept.rung, &asking);
    (!off).then_some(model)
}

fn given(kept: &Kept, model: ModelId, ended: Moment) -> Answered {
    Answered { outputs: kept.outputs.clone(), model, rung: kept.rung, step_down: kept.step_down, ended }
}
