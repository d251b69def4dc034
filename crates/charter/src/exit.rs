//! How a command ends.

use std::fmt;
use std::process::ExitCode;

/// What a command found, as the exit code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// 0: nothing to mend.
    Fine,
    /// 1: findings, or a check that failed.
    Findings,
    /// 4: a requirement is broken.
    Broken,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Fine => Self::SUCCESS,
            Ending::Findings => Self::from(1),
            Ending::Broken => Self::from(4),
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Problem {
    /// 2: the command line asks for something that does not exist.
    Usage(String),
    /// 1: a running server does not do what it is asked.
    Refused(String),
    /// 3: the machine lacks something: a file, a port, a library, a server that answers.
    Environment(String),
}

impl Problem {
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Refused(_) => ExitCode::from(1),
            Self::Usage(_) => ExitCode::from(2),
            Self::Environment(_) => ExitCode::from(3),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(message) | Self::Usage(message) | Self::Environment(message) => formatter.write_str(message),
        }
    }
}

pub(crate) type Outcome = Result<Ending, Problem>;
