//! What may be asked of the watch, and the handle to ask by.
//!
//! Which command fits when belongs to the monitor; how it is sent, to the edge.

use crate::flag::NotChosen;
use serde_json::Value;
use std::fmt;
use tokio::sync::{mpsc, oneshot};

#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Rollout {
        name: String,
        action: Action,
        /// Who says so, for the record.
        by: String,
    },
    Experiment {
        name: String,
        running: bool,
        by: String,
    },
    /// Something that became known after a call.
    Outcome {
        experiment: String,
        /// Told twice, it counts once.
        id: String,
        /// [`unit_of`](crate::observation::unit_of) what names the unit.
        unit: u64,
        name: String,
        value: f64,
        /// When it happened.
        at_unix_ms: u64,
    },
    /// A caller's word that an answer of a rollout's call was bad.
    Feedback {
        rollout: String,
        /// Told twice, it counts once.
        id: String,
        /// The version that answered, as the header `charter-model` said: `fraud@v3`.
        model: String,
        /// [`unit_of`](crate::observation::unit_of) the call's key; 0 without one.
        unit: u64,
        /// When the call was made; `None` takes it as made now.
        asked_unix_ms: Option<u64>,
    },
    /// Serves one variant to all; `None` lets default and rules decide again.
    Flag {
        name: String,
        variant: Option<String>,
        by: String,
    },
    Report(Report),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Start,
    Pause,
    Resume,
    Promote,
    Abort,
}

/// What can be looked at; each gives JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// All of them, in the order of the plan.
    Rollouts,
    Rollout(String),
    Experiments,
    Experiment(String),
    Comparisons,
    Comparison(String),
    /// The watch itself: what was dropped, and whether the store answers.
    Watch,
}

/// A command that was carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    pub body: Value,
    /// Its effect outlives the process. A report has none. Feedback is kept within a second, and an outcome with the experiment's books: every 10 s for
    /// each megabyte that they have.
    pub kept: bool,
}

/// A command that was not; nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The plan has nothing of that name.
    Unknown(String),
    /// It does not fit now, or does not make sense; says what would.
    Unfit(String),
    /// What is kept of `what` has not been read yet, under this key. The watch answers it as [`Refused::Unfit`], with the store's reason.
    Unread { what: String, key: String },
    /// Too much waits; the same command may succeed later.
    Busy,
    /// The watch has ended.
    Ended,
    /// The monitor has failed, for this reason, and nothing is judged until the server is started again.
    Failed(String),
}

impl Refused {
    pub(super) fn of_flag(refused: NotChosen, name: &str, variant: Option<&str>) -> Self {
        match refused {
            NotChosen::NoSuchFlag => Self::Unknown(format!("there is no flag `{name}`")),
            NotChosen::NoSuchVariant => Self::Unfit(format!("flag `{name}` has no variant `{}`", variant.unwrap_or_default())),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(what) | Self::Unfit(what) => formatter.write_str(what),
            Self::Unread { what, .. } => write!(formatter, "what is kept of {what} is not known yet"),
            Self::Busy => formatter.write_str("too many commands wait; try again"),
            Self::Ended => formatter.write_str("the server is ending"),
            Self::Failed(reason) => write!(formatter, "nothing is judged until the server is started again: {reason}"),
        }
    }
}

impl std::error::Error for Refused {}

/// A command on its way to the watch.
pub(super) struct Asked {
    pub(super) command: Command,
    pub(super) reply: Reply,
}

pub(super) type Reply = oneshot::Sender<Result<Done, Refused>>;

/// Asks the watch; cheap to clone.
#[derive(Clone, Debug)]
pub struct WatchHandle {
    sender: mpsc::Sender<Asked>,
}

impl WatchHandle {
    pub(super) fn new(sender: mpsc::Sender<Asked>) -> Self {
        Self { sender }
    }

    /// Has a command carried out. What must last is answered when the store has it, or has failed to take it; see [`Done::kept`].
    ///
    /// # Errors
    /// [`Refused`], and nothing has changed.
    pub async fn ask(&self, command: Command) -> Result<Done, Refused> {
        let (reply, answer) = oneshot::channel();
        self.sender.try_send(Asked { command, reply }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Refused::Busy,
            mpsc::error::TrySendError::Closed(_) => Refused::Ended,
        })?;
        answer.await.unwrap_or(Err(Refused::Ended))
    }
}
