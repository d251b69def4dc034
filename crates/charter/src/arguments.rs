//! The command line. Stable: words may be added, none is renamed.

pub(crate) mod control;
pub(crate) mod drafting;
pub(crate) mod planning;

pub(crate) use planning::{Decide, DecideFormat, Gate, Set, Trace, Tradeoff, TradeoffFormat};

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
    /// Begin a charter: answer a few questions, and get a small valid one with comments.
    Init(drafting::Init),
    /// Take over decision records, contracts, objectives or an architecture model from other tools.
    Import(drafting::Import),
    /// Read a charter and report every problem: syntax, references, contradictions, missing figures.
    Check(Check),
    /// Speak to an editor over standard input and output: findings while typing, hover, completion, rename.
    Lsp(Lsp),
    /// Print the compiled plan: what would be served, with every limit.
    Plan(Plan),
    /// Derive a number of the charter, or show a rule's page.
    Explain(Explain),
    /// Weigh a decision: matrix, what would turn it over, whether its time to think again has come; without an id, list all.
    Decide(Decide),
    /// Measure what a route could be instead: versions, batches, thresholds; by cost, p99 and quality, with the best under the charter's limits.
    Tradeoff(Tradeoff),
    /// Follow a requirement to what keeps, shows and threatens it, and back; without an id, the whole table with its gaps.
    Trace(Trace),
    /// Answer the gate of a roadmap phase from evidence; sign it, or take a signature back.
    Gate(Gate),
    /// Write the charter as a site that works offline, or serve it while it changes.
    Docs(Docs),
    /// Print the JSON Schema of charter.yaml, for editors.
    Schema(Schema),
    /// Serve the charter's routes: Open Inference Protocol v2 on the data plane, operations on the admin plane.
    Serve(Serve),
    /// Prove the charter's requirements by arithmetic, evaluation and load, and keep the evidence.
    Verify(Verify),
    /// Write the charter in the formats of other tools: Structurizr, LikeC4, Mermaid, OpenSLO, k6, ODCS, CycloneDX, OSCAL …
    Export(Export),
    /// Play the charter on a virtual clock: a day at ten times the peak, a lost zone, a slow model.
    Simulate(Simulate),
    /// List every requirement as proved, broken, stale or unproved.
    Status(Status),
    /// Move a new version in, or take it back, on a running server.
    #[command(subcommand)]
    Rollout(control::Rollout),
    /// Start, stop and read experiments on a running server.
    #[command(subcommand)]
    Experiment(control::Experiment),
    /// How answers of two versions compare, on a running server.
    #[command(subcommand)]
    Shadow(control::Shadow),
    /// Turn features on and off on a running server.
    #[command(subcommand)]
    Flag(control::Flag),
    /// List a charter's models, or look into a model file.
    Models(Models),
    /// Find or install ONNX Runtime, for models that the built-in evaluator does not cover.
    #[command(subcommand)]
    Runtime(Runtime),
}

#[derive(Clone, Debug, Args)]
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
    /// Mend what is mechanical: names with one letter off, YAML traps, derived values that are written wrongly, decisions of which only one knows
    /// the other. Comments and formatting stay.
    #[arg(long, conflicts_with = "set")]
    pub(crate) fix: bool,
    /// Show what `--fix` would change as a unified diff, and write nothing.
    #[arg(long, visible_alias = "dry-run", conflicts_with = "set")]
    pub(crate) diff: bool,
    /// The date that waivers and reviews are held against (YYYY-MM-DD); today when absent.
    #[arg(long)]
    pub(crate) today: Option<String>,
    #[command(flatten)]
    pub(crate) set: Set,
}

#[derive(Debug, Args)]
pub(crate) struct Lsp {
    /// Taken for the sake of editors that add it; standard input and output are the only way.
    #[arg(long)]
    pub(crate) stdio: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    Human,
    Json,
    Sarif,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[value(alias = "text")]
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
    #[command(flatten)]
    pub(crate) set: Set,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Docs {
    #[command(flatten)]
    pub(crate) source: Source,
    /// The folder that is written; `site` when absent. It is made, or was made by an earlier run.
    #[arg(long, value_name = "FOLDER", conflicts_with = "serve")]
    pub(crate) out: Option<PathBuf>,
    /// Write nothing; serve on loopback, and let open pages follow each change of the charter and its evidence.
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true, default_missing_value = "127.0.0.1:4000")]
    pub(crate) serve: Option<SocketAddr>,
    /// The date that waivers, reviews and gates are held against (YYYY-MM-DD); today when absent.
    #[arg(long)]
    pub(crate) today: Option<String>,
    /// Where evidence is kept; `evidence/` beside the charter when absent.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) evidence: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reference {
    Rules,
    Errors,
    Commands,
    Patterns,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The format: `structurizr`, `likec4`, `mermaid`, `openslo`, `k6`, `odcs`, `cyclonedx`, `model-cards`, `madr`, `oscal`, `calm` or `csv`.
    #[arg(value_name = "FORMAT", required_unless_present = "list")]
    pub(crate) target: Option<String>,
    #[command(flatten)]
    pub(crate) source: Source,
    /// A file to write, or a folder for formats of several files; standard output when absent.
    #[arg(long, short, value_name = "FILE|DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Show every format with its version, what it carries and what it cannot.
    #[arg(long)]
    pub(crate) list: bool,
    /// The date that identifiers and times follow from (YYYY-MM-DD); today when absent.
    #[arg(long, value_name = "DATE")]
    pub(crate) today: Option<String>,
    /// Where evidence is kept; `evidence/` beside the charter when absent.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) evidence: Option<PathBuf>,
    /// Files and notes as they are, or all of it as one JSON document.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
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
    /// Keep rollouts, experiments and flags in this folder; `.charter` in the charter's folder when absent.
    #[arg(long, value_name = "DIR", conflicts_with = "no_state")]
    pub(crate) state: Option<PathBuf>,
    /// Keep nothing: rollouts and flags begin anew with each start.
    #[arg(long)]
    pub(crate) no_state: bool,
    /// Log lines as JSON.
    #[arg(long)]
    pub(crate) log_json: bool,
    #[command(flatten)]
    pub(crate) set: Set,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) source: Source,
    /// A server that already runs; without it Charter starts its own on a free port.
    #[arg(long, value_name = "URL")]
    pub(crate) target: Option<String>,
    /// The admin side of that server; faults are brought in there.
    #[arg(long, value_name = "URL", requires = "target")]
    pub(crate) admin: Option<String>,
    /// Bring faults in: try each rung of each ladder, and the charter's chaos experiments. Short for `--proof chaos`.
    #[arg(long)]
    pub(crate) chaos: bool,
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

impl Verify {
    /// Whether faults are to be brought in, by either way of saying so.
    pub(crate) fn wants_chaos(&self) -> bool {
        self.chaos || self.proof.iter().any(|kind| kind == "chaos")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerifyFormat {
    Human,
    Json,
    Junit,
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    #[command(flatten)]
    pub(crate) source: Source,
    /// What happens: steady, day, peak-10x, surge-3x, lose-zone, slow-model or failing-model.
    #[arg(long, value_name = "NAME", default_value = "steady")]
    pub(crate) scenario: String,
    /// A day, from midnight: `day`, or `peak-10x` for one with a surge in the evening.
    #[arg(long, value_name = "NAME", conflicts_with = "scenario", num_args = 0..=1, default_missing_value = "day")]
    pub(crate) day: Option<String>,
    /// One of the zones is gone for the middle third of the time.
    #[arg(long)]
    pub(crate) lose_zone: bool,
    /// A model version takes so many times as long for the middle third of the time; may be repeated.
    #[arg(long, value_name = "MODEL=5x")]
    pub(crate) slow: Vec<String>,
    /// A share of a model version's calls fails for the middle third of the time; may be repeated.
    #[arg(long, value_name = "MODEL=100%")]
    pub(crate) fail: Vec<String>,
    /// Times the stated load.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub(crate) load: f64,
    /// Minutes to play, a week at most; half an hour or a day when absent.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_080))]
    pub(crate) minutes: Option<u32>,
    /// Chance for everything: the same seed gives the same output.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Threads of one replica.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_024))]
    pub(crate) threads: u32,
    /// Calls to play, about, where nothing changes; what is left out is stood for by the others, and the output says how. Around a fault all are played.
    #[arg(long, value_name = "CALLS", default_value_t = 5_000_000, value_parser = clap::value_parser!(u64).range(10_000..))]
    pub(crate) calls: u64,
    /// Replicas to play in each zone; each stands for several.
    #[arg(long, value_name = "REPLICAS", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) scale: u32,
    /// Keep the stated number of replicas, whatever happens.
    #[arg(long)]
    pub(crate) no_autoscale: bool,
    /// Take times from the charter even where they were measured.
    #[arg(long)]
    pub(crate) stated: bool,
    /// Measure the models and the edge on this machine first, and keep the figures in `simulation/` beside the charter.
    #[arg(long)]
    pub(crate) calibrate: bool,
    /// Load a real server, simulate the same, and hold one against the other.
    #[arg(long)]
    pub(crate) validate: bool,
    #[arg(long, value_enum, default_value_t = SimulateFormat::Table)]
    pub(crate) format: SimulateFormat,
    /// The ONNX Runtime library to use.
    #[arg(long, value_name = "FILE")]
    pub(crate) onnxruntime: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SimulateFormat {
    Table,
    Json,
    Svg,
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
