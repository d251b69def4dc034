//! Who waits for the effect of a command to be kept: each for its own, however much else waits.
//!
//! Whether something is kept belongs to the keeper.

use super::command::{Command, Done, Reply};
use super::keeper::{Given, Keeper, Place};
use serde_json::Value;

#[derive(Default)]
pub(super) struct Replies {
    /// Bounded by the channel of commands: each waits in one caller.
    waiting: Vec<Waiting>,
}

struct Waiting {
    reply: Reply,
    body: Value,
    needs: Vec<Given>,
}

impl Replies {
    pub(super) fn wait(&mut self, reply: Reply, body: Value, needs: Vec<Given>) {
        self.waiting.push(Waiting { reply, body, needs });
    }

    /// Tells those whose wait is over, which is when all is known of what they need; a store that fails ends every wait.
    pub(super) fn settle(&mut self, keeper: &Keeper) {
        let fate = |waiting: &Waiting| {
            let each: Vec<Option<bool>> = waiting.needs.iter().map(|given| keeper.is_kept(given)).collect();
            if each.contains(&Some(false)) {
                Some(false)
            } else if each.contains(&None) {
                keeper.failing().map(|_| false)
            } else {
                Some(true)
            }
        };
        for waiting in std::mem::take(&mut self.waiting) {
            match fate(&waiting) {
                Some(kept) => waiting.tell(kept),
                None => self.waiting.push(waiting),
            }
        }
    }

    /// Tells everyone who still waits that the process ends.
    pub(super) fn end(&mut self) {
        self.waiting.drain(..).for_each(|waiting| waiting.tell(false));
    }
}

impl Waiting {
    fn tell(self, kept: bool) {
        // Whoever asked may have gone.
        let _ = self.reply.send(Ok(Done { body: self.body, kept }));
    }
}

/// Whether the effect of a command is kept there: in the document of what it names, and in the log of decisions.
pub(super) fn concerns(command: &Command, place: &Place) -> bool {
    match (command, place) {
        (Command::Rollout { name, .. }, Place::Document(key)) => {
            key.strip_prefix("rollout/").and_then(|rest| rest.strip_prefix(name.as_str())).is_some_and(|rest| rest.starts_with('/'))
        }
        (Command::Rollout { .. }, Place::Log(log)) => log == "rollouts",
        (Command::Experiment { name, .. }, Place::Document(key)) => key.strip_prefix("experiment/") == Some(name.as_str()),
        (Command::Experiment { .. }, Place::Log(log)) => log == "experiments",
        (Command::Flag { .. }, Place::Document(key)) => key == super::choices::CHOICES,
        (Command::Flag { .. }, Place::Log(_)) => false,
        (Command::Outcome { .. } | Command::Feedback { .. } | Command::Report(_), _) => false,
    }
}
