//! Arguments of what an architect asks beside run time: decisions, traces, gates, and charters that say something else for once.

use super::{Format, Source};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Values in place of what the charter says.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Set {
    /// Put a value in place of what the charter says, for this run: `load.peak=20000rps`; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Decide {
    /// A decision of the charter; all of them without it.
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) source: Source,
    /// `svg` draws the tornado of one decision.
    #[arg(long, value_enum, default_value_t = DecideFormat::Human)]
    pub(crate) format: DecideFormat,
    /// The date that reviews are held against (YYYY-MM-DD); today when absent.
    #[arg(long)]
    pub(crate) today: Option<String>,
    /// Where evidence is kept; `evidence/` beside the charter when absent.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) evidence: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) set: Set,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DecideFormat {
    #[value(alias = "text")]
    Human,
    Json,
    Svg,
}

#[derive(Debug, Args)]
pub(crate) struct Trace {
    /// An id of the charter (`peak-latency`, `routes.fraud`, `drift`); the whole table without it.
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) source: Source,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// Where evidence is kept; `evidence/` beside the charter when absent.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) evidence: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Gate {
    /// The phase of the roadmap.
    pub(crate) phase: String,
    #[command(flatten)]
    pub(crate) source: Source,
    /// Sign the gate, or what --scope names, with this name. The record is kept and never changed.
    #[arg(long, value_name = "NAME", conflicts_with = "revoke")]
    pub(crate) sign: Option<String>,
    /// Take the signature of this name back; a record of that is kept beside it.
    #[arg(long, value_name = "NAME")]
    pub(crate) revoke: Option<String>,
    /// The stakeholder for whom is signed, where the name does not say so.
    #[arg(long = "as", value_name = "STAKEHOLDER", requires = "sign")]
    pub(crate) role: Option<String>,
    /// What is signed: an id of the charter, a file that it names, or a criterion of the gate in its words; the gate itself when absent.
    #[arg(long, value_name = "TEXT")]
    pub(crate) scope: Option<String>,
    /// Anything worth recording with it.
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// The date that reviews are held against (YYYY-MM-DD); today when absent.
    #[arg(long)]
    pub(crate) today: Option<String>,
    /// Where evidence is kept; `evidence/` beside the charter when absent.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) evidence: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Tradeoff {
    /// The route.
    pub(crate) route: String,
    #[command(flatten)]
    pub(crate) source: Source,
    /// One more candidate; may be repeated.
    #[arg(long, value_name = "NAME: KEY=VALUE; …")]
    pub(crate) candidate: Vec<String>,
    /// Only this candidate; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<String>,
    /// Measure nothing: take what was measured of the same plans before.
    #[arg(long)]
    pub(crate) from_evidence: bool,
    /// The requirement whose metric is the quality; the first that evaluates the route when absent.
    #[arg(long, value_name = "ID")]
    pub(crate) quality: Option<String>,
    /// Requests a second; the peak of one replica when absent.
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    pub(crate) rate: Option<f64>,
    /// Seconds under load for each candidate, in five runs.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) duration: u32,
    /// Chance for arrivals and rows: the same seed sends the same requests.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    #[arg(long, value_enum, default_value_t = TradeoffFormat::Human)]
    pub(crate) format: TradeoffFormat,
    /// Where evidence is kept; `evidence/` beside the charter when absent.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) evidence: Option<PathBuf>,
    /// The ONNX Runtime library to use.
    #[arg(long, value_name = "FILE")]
    pub(crate) onnxruntime: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) set: Set,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TradeoffFormat {
    Human,
    Json,
    Svg,
}
