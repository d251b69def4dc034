//! Arguments of the commands that talk to the admin plane of a running server: rollouts, experiments, shadows, flags.

use super::Format;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Which server, and how its answer is shown.
#[derive(Debug, Args)]
pub(crate) struct Server {
    /// The admin plane of the running server: `host:port`, or `http://host:port`.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9090")]
    pub(crate) admin: String,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) server: Server,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

/// One thing by its name.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// As the charter names it.
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) list: List,
}

/// An order, and what is kept about it.
#[derive(Debug, Args)]
pub(crate) struct Order {
    #[command(flatten)]
    pub(crate) named: Named,
    /// Who says so, for the record; the name of the logged-in user when absent.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Why, for the record.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Rollout {
    /// Every rollout with its phase and the candidate's share.
    List(List),
    /// Where a rollout stands: steps, counts, e-values, and what is still needed.
    Status(RolloutStatus),
    /// Begin, or begin anew after an end.
    Start(Order),
    /// Take no step until resumed; a candidate that does harm is still taken back.
    Pause(Order),
    /// Go on where it was paused or held.
    Resume(Order),
    /// On to the next step, whatever the judge says.
    Promote(Order),
    /// Take the candidate back.
    Abort(Order),
    /// Every decision, oldest first, with what it was made from.
    Records(Records),
}

#[derive(Debug, Args)]
pub(crate) struct RolloutStatus {
    /// As the charter names it; every rollout when absent.
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) list: List,
    /// Show it anew until it is done (exit code 0), or rolled back or held (exit code 1); a server that restarts is waited for.
    #[arg(long, requires = "name")]
    pub(crate) watch: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Records {
    #[command(flatten)]
    pub(crate) named: Named,
    /// Only those after this sequence number.
    #[arg(long, value_name = "SEQUENCE", default_value_t = 0)]
    pub(crate) after: u64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Experiment {
    /// Every experiment, and whether it runs.
    List(List),
    /// Begin to assign units to arms.
    Start(Order),
    /// Assign nobody any more; outcomes still count.
    Stop(Order),
    /// What an experiment has shown so far; valid however often one looks.
    Report(ExperimentReport),
}

#[derive(Debug, Args)]
pub(crate) struct ExperimentReport {
    /// As the charter names it.
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) server: Server,
    #[arg(long, value_enum, default_value_t = ReportFormat::Human)]
    pub(crate) format: ReportFormat,
    /// Write to this file; to standard output when absent.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Take units from this file (RFC 4180, with columns `unit`, `arm` and one for each thing counted), without a server.
    #[arg(long, value_name = "FILE", conflicts_with = "admin")]
    pub(crate) data: Option<PathBuf>,
    /// The charter that has the experiment, for `--data`.
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub(crate) charter: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    #[value(alias = "text")]
    Human,
    Json,
    Svg,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Shadow {
    /// Every comparison of two versions, with its verdict.
    List(List),
    /// How far two versions agree, by answer and by slice.
    Report(Named),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Flag {
    /// Every flag with its variants, and what was chosen for all.
    List(List),
    /// Serve one variant to everybody, whatever the rules say.
    Set(FlagSet),
    /// Let default and rules decide again.
    Release(FlagRelease),
}

#[derive(Debug, Args)]
pub(crate) struct FlagSet {
    /// As the charter names it.
    pub(crate) name: String,
    pub(crate) variant: String,
    #[command(flatten)]
    pub(crate) server: Server,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// Who says so, for the record; the name of the logged-in user when absent.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct FlagRelease {
    #[command(flatten)]
    pub(crate) named: Named,
    /// Who says so, for the record; the name of the logged-in user when absent.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}
