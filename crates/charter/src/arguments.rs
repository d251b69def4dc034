//! The command line. Stable: words may be added, none is renamed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// An AI architect's promises are the program: check them, draw them, run them, prove them.
///
/// Exit codes: 0 ok, 1 findings or a failed check, 2 usage, 3 environment, 4 a requirement is broken.
#[derive(Debug, Parser)]
#[command(name = "charter", version, max_term_width = 110, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Colour in output for people.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto)]
    pub(crate) color: Colour,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read a charter and report every problem: syntax, references, contradictions, missing figures.
    Check(Check),
    /// Print the compiled plan: what would be served, with every limit.
    Plan(Plan),
    /// Derive a number of the charter, or show a rule's page.
    Explain(Explain),
    /// Print the JSON Schema of charter.yaml, for editors.
    Schema(Schema),
    /// Serve the charter's routes: Open Inference Protocol v2 on the data plane, operations on the admin plane.
    Serve(Serve),
    /// Prove the charter's requirements by arithmetic, evaluation and load, and keep the evidence.
    Verify(Verify),
    /// List every requirement as proved, broken, stale or unproved.
    Status(Status),
    /// List a charter's models, or look into a model file.
    Models(Models),
    /// Find or install ONNX Runtime, for models that the built-in evaluator does not cover.
    #[command(subcommand)]
    Runtime(Runtime),
}

#[derive(Debug, Args)]
pub(crate) struct Source {
    /// The charter: a folder that holds charter.yaml, or the file itself.
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) source: Source,
    #[arg(long, value_enum, default_value_t = CheckFormat::Human)]
    pub(crate) format: CheckFormat,
    /// The date that waivers and reviews are held against (YYYY-MM-DD); today when absent.
    #[arg(long)]
    pub(crate) today: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    Human,
    Json,
    Sarif,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Human,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) source: Source,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// An id of the charter (`fraud`, `capacity.fraud`, `peak-latency`) or a rule's code (`L002`).
    #[arg(required_unless_present = "all")]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) source: Source,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// Print a whole reference page.
    #[arg(long, value_enum, conflicts_with = "id")]
    pub(crate) all: Option<Reference>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reference {
    Rules,
    Errors,
    Commands,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) source: Source,
    /// Data plane.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// gRPC data plane.
    #[arg(long)]
    pub(crate) grpc: Option<SocketAddr>,
    /// Admin plane.
    #[arg(long, default_value = "127.0.0.1:9090")]
    pub(crate) admin: SocketAddr,
    /// Replay held-out rows as traffic, so that there is something to see.
    #[arg(long)]
    pub(crate) demo: bool,
    /// The ONNX Runtime library to use.
    #[arg(long, value_name = "FILE")]
    pub(crate) onnxruntime: Option<PathBuf>,
    /// Host names that clients may use beside the listener's own address; `*` allows any.
    #[arg(long = "host", value_name = "NAME")]
    pub(crate) hosts: Vec<String>,
    /// Let the admin plane listen on an address that is not loopback.
    #[arg(long)]
    pub(crate) allow_remote_admin: bool,
    /// Do not reload when files change; `POST /reload` on the admin plane still does.
    #[arg(long)]
    pub(crate) no_watch: bool,
    /// Log lines as JSON.
    #[arg(long)]
    pub(crate) log_json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) source: Source,
    /// A server that already runs; without it Charter starts its own on a free port.
    #[arg(long, value_name = "URL")]
    pub(crate) target: Option<String>,
    /// Only this requirement; may be repeated.
    #[arg(long, value_name = "ID")]
    pub(crate) only: Vec<String>,
    /// Only requirements of this proof kind; may be repeated.
    #[arg(long, value_name = "KIND")]
    pub(crate) proof: Vec<String>,
    #[arg(long, value_enum, default_value_t = VerifyFormat::Human)]
    pub(crate) format: VerifyFormat,
    /// Seconds under load for each load scenario, after the warm-up.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    pub(crate) duration: u32,
    /// Chance for arrivals and rows: the same seed sends the same requests.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Where evidence is kept; `evidence/` beside the charter when absent.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) evidence: Option<PathBuf>,
    /// The ONNX Runtime library to use.
    #[arg(long, value_name = "FILE")]
    pub(crate) onnxruntime: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerifyFormat {
    Human,
    Json,
    Junit,
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) source: Source,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// Where evidence is kept; `evidence/` beside the charter when absent.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) evidence: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Taken for the sake of scripts that give every command a charter; the schema is the same for all.
    pub(crate) path: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Models {
    #[command(subcommand)]
    pub(crate) command: Option<ModelsCommand>,
    /// Without a subcommand, `list`.
    #[command(flatten)]
    pub(crate) list: ModelsList,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// Which engine runs a model file, and why.
    Inspect {
        file: PathBuf,
        #[arg(long, value_enum, default_value_t = Format::Human)]
        format: Format,
    },
    /// The models of a charter, with engine and signature.
    List(ModelsList),
}

#[derive(Debug, Args)]
pub(crate) struct ModelsList {
    #[command(flatten)]
    pub(crate) source: Source,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Runtime {
    /// Fetch the pinned ONNX Runtime wheel through pip, hash checked.
    Install,
    /// Where ONNX Runtime was looked for, and what was found.
    Status,
}
