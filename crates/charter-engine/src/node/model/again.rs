//! Further tries of one call: again after a failure, a second time while the first takes long.
//!
//! Retries and hedges are paid from one budget of the model, are made only while its breaker is closed, and never by whoever is a retry itself (`x-retry-attempt`)
//! or a copy: one layer tries again, not each. What makes a failure worth another try belongs to [`crate::guard::retry`].

use super::attempt::{admitted, attempt};
use super::{Answered, Asked, Failed, Missed};
use crate::backend::Failure;
use crate::call::Priority;
use crate::chance::{Purpose, derive};
use crate::context::Moment;
use crate::guard::permit::Permit;
use crate::guard::retry;
use crate::signal::Signal;
use std::time::Duration;

/// Tries until there is an answer, or no further try is worth it.
pub(super) async fn persist<'a>(asked: &Asked<'a>, began: Moment) -> Result<Answered, Missed> {
    let mut now = began;
    let mut retries = 0_u8;
    let mut missed: Option<Missed> = None;
    let mut paid = None;
    loop {
        let permit = match admitted(asked, now, retries == 0).await {
            Ok(permit) => permit,
            // Why the first try failed says more than that there was no room for a second.
            Err(refused) => return Err(missed.map_or(refused, |missed| Missed { ended: refused.ended, ..missed })),
        };
        let failed = match hedged(asked, permit, retries == 0).await {
            Ok(answered) => return Ok(answered),
            Err(failed) => failed,
        };
        drop(paid.take());
        let told = asked.missed(failed, retries);
        let Some(wait) = wait(asked, failed, retries) else { return Err(told) };
        paid = asked.opened.guard.second_try();
        if paid.is_none() {
            return Err(told);
        }
        asked.frame.runtime.listener().hear(&Signal::Retried { model: asked.call.model });
        missed = Some(told);
        tokio::time::sleep(wait).await;
        retries = retries.saturating_add(1);
        now = asked.frame.context.now();
    }
}

/// Whether this layer may try again at all.
fn may_repeat(asked: &Asked<'_>) -> bool {
    asked.frame.caller.attempt == 0 && asked.frame.caller.priority != Priority::Shadow
}

fn wait(asked: &Asked<'_>, failed: Failed, retries: u8) -> Option<Duration> {
    let settings = asked.opened.guard.retry().filter(|_| may_repeat(asked))?;
    let remaining = asked.deadline.since(failed.ended);
    let which = u64::from(asked.call.model.0) | u64::from(retries) << 16;
    let dice = derive(asked.frame.context.seed, Purpose::Backoff, which);
    let failure = failed.failure?;
    retry::wait(settings, retry::Failed { failure, retries, remaining, p50: asked.opened.guard.service() }, dice)
}

/// One try, asked a second time when it takes long. The loser is dropped, and so cancelled, at once.
async fn hedged<'a>(asked: &Asked<'a>, permit: Permit<'a>, first_try: bool) -> Result<Answered, Failed> {
    let guard = permit.guard();
    let after = if first_try && may_repeat(asked) { guard.hedge_after() } else { None };
    let Some(after) = after else { return attempt(asked, permit).await };
    let began = permit.started();
    let mut first = Box::pin(attempt(asked, permit));
    if let Ok(result) = tokio::time::timeout(after, &mut first).await {
        return result;
    }
    let Some(_paid) = guard.second_try() else { return first.await };
    // A second question that finds no place is none: nothing waits for it.
    let Ok(permit) = Permit::ask(asked.door(false), asked.frame.context.now(), asked.frame.rows) else { return first.await };
    let mut second = Box::pin(attempt(asked, permit));
    let hear = |won| asked.frame.runtime.listener().hear(&Signal::Hedged { model: asked.call.model, won });
    tokio::select! {
        biased;
        result = &mut first => match result {
            Err(failed) if failed.failure != Some(Failure::Rejected) => {
                let rescued = second.await;
                hear(rescued.is_ok());
                rescued.map_err(|other| Failed { ended: other.ended, ..failed })
            }
            result => {
                hear(false);
                result
            }
        },
        result = &mut second => match result {
            Ok(answered) => {
                hear(true);
                // The first took at least this long. Without that the p95 would only know calls that were fast.
                guard.lasted(answered.ended, answered.ended.since(began));
                Ok(answered)
            }
            Err(_) => {
                hear(false);
                first.await
            }
        },
    }
}
