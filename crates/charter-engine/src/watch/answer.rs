//! From a command to its reply: carried out by the monitor, or by the watch itself where it is about flags, reports of the watch, or a monitor that has failed.
//!
//! Who may send a command belongs to the edge, when its effect is kept to `replies`.

use super::command::{Action, Asked, Command, Done, Refused, Report};
use super::{CHOICES, Watch, replies};
use crate::controls::Stage;
use serde_json::{Value, json};

impl Watch {
    pub(super) fn answer(&mut self, asked: Asked) {
        let Asked { command, reply } = asked;
        let unix_ms = self.clock.unix_ms();
        let given = self.keeper.given();
        let lasting = !matches!(command, Command::Report(_) | Command::Outcome { .. } | Command::Feedback { .. });
        let result = match &command {
            Command::Flag { name, variant, by } => self.choose(name, variant.as_deref(), by, unix_ms),
            Command::Report(Report::Watch) => Ok(self.status()),
            Command::Report(report) => self.monitor.report(report, unix_ms),
            Command::Rollout { name, action: Action::Abort, by } if self.monitor.failed().is_some() => self.abort_unjudged(name, by),
            Command::Rollout { .. } | Command::Experiment { .. } | Command::Outcome { .. } | Command::Feedback { .. } => {
                self.monitor.command(&command, unix_ms)
            }
        };
        if lasting && result.is_ok() {
            self.decide();
            self.save(false);
        }
        match result {
            Ok(body) if lasting => {
                let mut needs = self.keeper.since(given);
                needs.retain(|given| replies::concerns(&command, &given.place));
                // Without a sound monitor a rollout's stage is this process's alone.
                let kept = matches!(command, Command::Flag { .. }) || self.monitor.failed().is_none();
                if kept && !needs.is_empty() {
                    self.replies.wait(reply, body, needs);
                } else {
                    // Whoever asked may have gone.
                    drop(reply.send(Ok(Done { body, kept })));
                }
            }
            Ok(body) => drop(reply.send(Ok(Done { body, kept: false }))),
            Err(refused) => drop(reply.send(Err(self.with_reason(refused)))),
        }
    }

    /// Says why the store does not tell what a command needs to know.
    fn with_reason(&self, refused: Refused) -> Refused {
        match refused {
            Refused::Unread { what, key } => {
                let reason = self.keeper.refused().get(&key).map(String::as_str).or(self.keeper.failing());
                Refused::Unfit(format!("what is kept of {what} is not known yet: {}", reason.unwrap_or("the store has not answered")))
            }
            Refused::Unknown(_) | Refused::Unfit(_) | Refused::Busy | Refused::Ended | Refused::Failed(_) => refused,
        }
    }

    /// Takes a rollout back without its monitor, until the server is started again.
    fn abort_unjudged(&self, name: &str, by: &str) -> Result<Value, Refused> {
        let rollout = self.runtime.plan().rollouts.iter().find(|rollout| rollout.name == name);
        let control = rollout.and_then(|rollout| self.runtime.controls().rollout(rollout.id));
        let control = control.ok_or_else(|| Refused::Unknown(format!("there is no rollout `{name}`")))?;
        control.set_stage(Stage::Stable);
        tracing::error!(rollout = name, by, "aborted without a monitor; a new start takes up what was kept before");
        Ok(json!({ "rollout": name, "phase": "rolled-back", "reason": format!("aborted by {by} while nothing is judged") }))
    }

    fn choose(&mut self, name: &str, variant: Option<&str>, by: &str, unix_ms: u64) -> Result<Value, Refused> {
        let flags = self.runtime.controls().flags();
        flags.choose(name, variant).map_err(|refused| Refused::of_flag(refused, name, variant))?;
        tracing::info!(flag = name, variant, by, "a flag was set");
        let bytes = self.choices.set(name, variant, by, unix_ms);
        self.keeper.put(CHOICES.to_owned(), bytes);
        Ok(json!({ "flag": name, "variant": variant, "by": by, "revision": flags.revision() }))
    }

    fn status(&self) -> Value {
        json!({
            "observations_dropped": self.dropped,
            "earlier_plans": self.earlier.len(),
            "monitor": { "failed": self.monitor.failed() },
            "store": {
                "failing": self.keeper.failing(),
                "waiting": self.keeper.waiting(),
                "records_lost": self.keeper.lost(),
                "refused": self.keeper.refused(),
            },
        })
    }
}
