//! All members answer at once, and their answers become one.
//!
//! How answers become one belongs to [`super::combine`].

use super::compile::Own;
use super::{Answered, Frame, Missed, answer_reserve, combine, nested};
use crate::call::StepDown;
use crate::context::Moment;
use charter_plan::plan::{Combine, Ensemble};
use smallvec::SmallVec;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

type Answering<'a> = Pin<Box<dyn Future<Output = Result<Answered, Missed>> + Send + 'a>>;

/// One member's call: running, then ended.
enum Member<'a> {
    Running(Answering<'a>),
    Ended(Result<Answered, Missed>),
}

/// Asks every member in this one task and waits for all; shortly before the time is up, a quorum is enough. As soon as too few can still answer, it is
/// over. Members that are still running then are dropped, which gives back what they hold. A member without an answer degrades the whole.
pub(crate) async fn follow<'a>(frame: Frame<'a>, ensemble: &'a Ensemble, began: Moment) -> Result<Answered, Missed> {
    let quorum = match ensemble.combine {
        Combine::Rule { .. } => ensemble.members.len(),
        Combine::Mean | Combine::Vote => usize::from(ensemble.quorum.max(1)),
    };
    let members = ensemble.members.iter().enumerate();
    let mut members: SmallVec<[Member<'a>; 8]> =
        members.map(|(position, member)| Member::Running(nested(frame.below(position), &member.node, began))).collect();
    let left = frame.context.deadline.since(began);
    gather(&mut members, quorum, left.saturating_sub(answer_reserve(left))).await;
    let ended = frame.context.now();
    let results = members.into_iter().map(|member| match member {
        Member::Ended(result) => result,
        Member::Running(_) => Err(Missed::new(StepDown::Timeout, ended)),
    });
    settle(frame, ensemble, quorum, results.collect(), ended)
}

/// Polls the members until all have ended, too few can still answer, or `patience` is over and a quorum has answered.
async fn gather(members: &mut [Member<'_>], quorum: usize, patience: Duration) {
    let poll = |members: &mut [Member<'_>], task: &mut Context<'_>| {
        let (mut answered, mut running) = (0, 0);
        for member in members {
            if let Member::Running(future) = member {
                match future.as_mut().poll(task) {
                    Poll::Ready(result) => *member = Member::Ended(result),
                    Poll::Pending => running += 1,
                }
            }
            answered += usize::from(matches!(member, Member::Ended(Ok(_))));
        }
        (answered, running)
    };
    // Whatever is computed in process is done after the first round, and needs no timer.
    let done = poll_fn(|task| {
        let (answered, running) = poll(members, task);
        Poll::Ready(running == 0 || answered + running < quorum)
    })
    .await;
    if done {
        return;
    }
    let mut timer = Box::pin(tokio::time::sleep(patience));
    let mut time_is_up = false;
    poll_fn(|task| {
        let (answered, running) = poll(members, task);
        time_is_up = time_is_up || timer.as_mut().poll(task).is_ready();
        if running == 0 || answered + running < quorum || (time_is_up && answered >= quorum) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// One answer out of the members', or the reason why there is none.
fn settle(
    frame: Frame<'_>,
    ensemble: &Ensemble,
    quorum: usize,
    results: SmallVec<[Result<Answered, Missed>; 8]>,
    ended: Moment,
) -> Result<Answered, Missed> {
    let mut answers: SmallVec<[(f64, Answered); 8]> = SmallVec::new();
    let mut missed: Option<Missed> = None;
    let mut step_down = None;
    for (member, result) in ensemble.members.iter().zip(results) {
        match result {
            Ok(answered) => {
                step_down = step_down.or(answered.step_down);
                answers.push((member.weight, answered));
            }
            Err(miss) => {
                step_down = step_down.or(Some(miss.reason));
                missed = Some(missed.map_or(miss, |earlier| earlier.and(miss)));
            }
        }
    }
    let Some(model) = answers.first().map(|(_, answered)| answered.model).filter(|_| answers.len() >= quorum) else {
        return Err(missed.map_or(Missed::new(StepDown::Unavailable, ended), |missed| Missed { ended, ..missed }));
    };
    let outputs = match (&ensemble.combine, &frame.compiled.own) {
        (Combine::Mean, _) => combine::mean(frame.expected, &answers),
        (Combine::Vote, _) => combine::vote(frame.expected, frame.rows, &answers),
        (Combine::Rule { .. }, Own::Rules(rules)) => combine::rule(frame.expected, frame.rows, rules, &answers),
        (Combine::Rule { .. }, _) => Err("the rules are missing".to_owned()),
    };
    match outputs {
        Ok(outputs) => Ok(Answered { outputs, model, rung: 0, step_down, ended }),
        Err(problem) => {
            tracing::debug!(route = %frame.route.name, problem, "the members' answers do not become one");
            Err(Missed::new(StepDown::BadOutput, ended))
        }
    }
}
