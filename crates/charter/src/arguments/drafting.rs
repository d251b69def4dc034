//! Arguments of the first charter: from answers, or from documents of other tools.

use super::Format;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// What the source is.
    #[arg(value_enum)]
    pub(crate) kind: ImportKind,
    /// A file, or a folder of files.
    pub(crate) source: PathBuf,
    /// Add it to the charter in this folder, as a part of its own; a charter is begun where there is none.
    #[arg(long, value_name = "FOLDER", conflicts_with = "out")]
    pub(crate) into: Option<PathBuf>,
    /// Write a charter of its own to this file, with copies of the sources beside it.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Write over files that are there.
    #[arg(long)]
    pub(crate) force: bool,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportKind {
    /// Decision records in Markdown: MADR 2 to 4, Nygard, adr-tools and their kin.
    #[value(alias = "adr")]
    Madr,
    /// Data contracts: ODCS 3.x.
    Odcs,
    /// Service level objectives: OpenSLO v1 and v1alpha.
    #[value(name = "openslo")]
    OpenSlo,
    /// The model of a Structurizr workspace: DSL or JSON.
    Structurizr,
}

impl ImportKind {
    /// The part that it adds to a charter, beside it: paths in a part start from where the part lies.
    pub(crate) fn part(self) -> &'static str {
        match self {
            Self::Madr => "imported-decisions.yaml",
            Self::Odcs => "imported-contracts.yaml",
            Self::OpenSlo => "imported-objectives.yaml",
            Self::Structurizr => "imported-architecture.yaml",
        }
    }
}

/// What kind of system a new charter is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// A model behind an endpoint, asked in real time.
    Online,
    /// An assistant that writes, from documents.
    Assistant,
    /// Models that answer events from a stream.
    Events,
    /// Models that score tables at intervals.
    Batch,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The folder that gets the charter; it is made when it is not there.
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
    /// What kind of system it is; asked for without it.
    #[arg(long, value_enum)]
    pub(crate) kind: Option<Kind>,
    /// An answer: `--answer peak=500rps`; may be repeated. `charter init --questions` lists the names.
    #[arg(long = "answer", value_name = "NAME=VALUE")]
    pub(crate) answers: Vec<String>,
    /// A file of answers, one `name: value` a line.
    #[arg(long = "answers", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Ask nothing: what is not answered stays open, and says so in the charter.
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// List the questions with their names and what each answer determines, and write nothing.
    #[arg(long)]
    pub(crate) questions: bool,
    /// Take routes and their inputs from an OpenAPI document (3.0 or 3.1).
    #[arg(long, value_name = "FILE")]
    pub(crate) from_openapi: Option<PathBuf>,
    /// Take decisions from a folder of decision records.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) from_adr: Option<PathBuf>,
    /// Take people, parts and neighbours from a Structurizr workspace.
    #[arg(long, value_name = "FILE")]
    pub(crate) from_structurizr: Option<PathBuf>,
    /// Write over files that are there.
    #[arg(long)]
    pub(crate) force: bool,
}
