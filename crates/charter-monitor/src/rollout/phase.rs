//! Where a rollout is, and what may be commanded there. What leads from one phase to the next belongs to the machine.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A part of a rollout during which the candidate sees traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Underway {
    Shadow,
    /// Position in the plan's steps. The last step, 100 %, is [`Underway::Watching`].
    Canary(u16),
    /// All calls go to the candidate; it may still be taken back.
    Watching,
}

/// Where a rollout is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    Waiting,
    Running(Underway),
    /// By an operator: takes no step, still takes back.
    Paused(Underway),
    /// Time was up without a verdict: takes no step, still takes back.
    Held(Underway),
    Done,
    RolledBack,
}

impl Underway {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shadow => "shadow",
            Self::Canary(_) => "canary",
            Self::Watching => "watching",
        }
    }
}

impl Phase {
    /// One word for people and for `status`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running(underway) => underway.name(),
            Self::Paused(_) => "paused",
            Self::Held(_) => "held",
            Self::Done => "done",
            Self::RolledBack => "rolled-back",
        }
    }

    /// The part during which traffic is judged, also while paused or held.
    pub const fn underway(self) -> Option<Underway> {
        match self {
            Self::Running(underway) | Self::Paused(underway) | Self::Held(underway) => Some(underway),
            Self::Waiting | Self::Done | Self::RolledBack => None,
        }
    }

    /// What an operator may command here.
    pub const fn allowed(self) -> &'static [Command] {
        match self {
            Self::Waiting | Self::Done | Self::RolledBack => &[Command::Start],
            Self::Running(_) => &[Command::Pause, Command::Promote, Command::Abort],
            Self::Paused(_) | Self::Held(_) => &[Command::Resume, Command::Promote, Command::Abort],
        }
    }
}

/// What an operator says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Begins, or begins anew after an end.
    Start,
    Pause,
    /// Goes on where it was paused; what was held gets its longest time once more.
    Resume,
    /// On to the next step whatever the judge says; from watching to the end.
    Promote,
    /// Takes the candidate back.
    Abort,
}

impl Command {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Promote => "promote",
            Self::Abort => "abort",
        }
    }
}

/// A command that does not fit. The caller's fault; the same command may fit later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandRefused {
    /// The phase allows others only.
    Phase { command: Command, phase: Phase },
    /// `start`, but the candidate cannot answer yet.
    CandidateNotReady,
}

impl CommandRefused {
    /// What may be commanded instead.
    pub const fn allowed(self) -> &'static [Command] {
        match self {
            Self::Phase { phase, .. } => phase.allowed(),
            Self::CandidateNotReady => &[],
        }
    }
}

impl fmt::Display for CommandRefused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phase { command, phase } => {
                let allowed: Vec<String> = phase.allowed().iter().map(|command| format!("`{}`", command.name())).collect();
                write!(
                    formatter,
                    "a rollout that is {} cannot be told to `{}`; allowed: {}",
                    phase.name(),
                    command.name(),
                    allowed.join(", ")
                )
            }
            Self::CandidateNotReady => formatter.write_str("the candidate is not ready to answer; start again once it is"),
        }
    }
}

impl std::error::Error for CommandRefused {}
