//! The parts of a measure, each with its place, so that a caret can point at a term.

use crate::names::Id;
use crate::quantity::{Duration, Quantity, Share};
use crate::source::{Span, Spanned};

/// A promise about one number: `recall at fpr <= 1% >= 0.90 by class`.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// What is measured.
    pub term: Term,
    /// How it compares.
    pub operator: Spanned<Operator>,
    /// With what.
    pub value: Value,
    /// Over which window: `over 28d`.
    pub window: Option<Spanned<Duration>>,
    /// With which confidence: `at 95% confidence`.
    pub confidence: Option<Spanned<Share>>,
    /// For each value of these dimensions: `by class`.
    pub by: Vec<Spanned<String>>,
    /// The whole expression.
    pub span: Span,
}

/// What is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What it is.
    pub kind: TermKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a term.
#[derive(Clone, Debug, PartialEq)]
pub enum TermKind {
    /// A name or a dotted path, with a cut-off: `latency`, `cost.total`, `ndcg@10`.
    Path(Path),
    /// An aggregate or another function: `p99(latency)`, `uplift(ndcg@10 over popularity)`.
    Call {
        /// The name or path before the parenthesis.
        function: Spanned<Path>,
        /// Its arguments.
        arguments: Vec<Argument>,
    },
    /// A metric at an operating point: `recall at fpr <= 1%`.
    At {
        /// The metric.
        metric: Spanned<Path>,
        /// The operating point.
        condition: Box<Condition>,
    },
}

/// A name or a dotted path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// The names between the dots; never empty.
    pub names: Vec<Box<str>>,
    /// The cut-off after `@`: 10 in `ndcg@10`.
    pub cutoff: Option<u32>,
}

impl Path {
    /// The names with their dots, without the cut-off.
    pub fn dotted(&self) -> String {
        self.names.join(".")
    }

    /// The name, when there is no dot.
    pub fn single(&self) -> Option<&str> {
        match self.names.as_slice() {
            [name] => Some(name),
            _ => None,
        }
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.dotted())?;
        match self.cutoff {
            Some(cutoff) => write!(formatter, "@{cutoff}"),
            None => Ok(()),
        }
    }
}

/// An argument of a function.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// A term: `latency`.
    Term(Term),
    /// A predicate: `rung == full`.
    Predicate(Condition),
    /// One thing against another: `ndcg@10 over popularity`.
    Versus(Comparison),
    /// A plain value: `0.5`.
    Value(Value),
}

/// `term op value` inside a term.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What is compared.
    pub term: Term,
    /// How.
    pub operator: Spanned<Operator>,
    /// With what.
    pub value: Value,
}

/// `a vs b`: also written `a over b`.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What is measured.
    pub subject: Term,
    /// What it is compared with.
    pub baseline: Term,
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `in`
    In,
}

impl Operator {
    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::In => "in",
        }
    }

    /// Whether `left op right` holds for numbers; `in` compares like `==`.
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Greater => left > right,
            Self::AtLeast => left >= right,
            Self::Equal | Self::In => left == right,
            Self::NotEqual => left != right,
        }
    }
}

/// What a term is compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// What it is.
    pub kind: ValueKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueKind {
    /// A number with its unit.
    Quantity(Quantity),
    /// A name, or the path of another figure: `full`, `cost.ceiling`.
    Path(Path),
    /// Several of them, for `in`.
    List(Vec<Value>),
}

impl Value {
    /// The quantity, when it is one.
    pub fn quantity(&self) -> Option<&Quantity> {
        match &self.kind {
            ValueKind::Quantity(quantity) => Some(quantity),
            _ => None,
        }
    }
}

/// How a requirement is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Proof {
    /// By arithmetic over the charter.
    Static,
    /// By checking data against a contract.
    Contract,
    /// On held-out data; `offline` is another word for it.
    Evaluation,
    /// Under generated load.
    Load,
    /// While faults are injected.
    Chaos,
    /// From what production reports.
    Runtime,
    /// By a person who signs.
    Review,
}

impl Proof {
    /// Every kind.
    pub const ALL: &'static [Self] =
        &[Self::Static, Self::Contract, Self::Evaluation, Self::Load, Self::Chaos, Self::Runtime, Self::Review];

    /// The word after `@`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Contract => "contract",
            Self::Evaluation => "evaluation",
            Self::Load => "load",
            Self::Chaos => "chaos",
            Self::Runtime => "runtime",
            Self::Review => "review",
        }
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        if word == "offline" {
            return Some(Self::Evaluation);
        }
        Self::ALL.iter().copied().find(|proof| proof.word() == word)
    }
}

/// What decides a gate, a check or a watch.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// As written.
    pub text: Box<str>,
    /// What it was understood as.
    pub kind: CriterionKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a criterion.
#[derive(Clone, Debug, PartialEq)]
pub enum CriterionKind {
    /// A promise about a number.
    Measure(Box<Measure>),
    /// A requirement by id, checked to exist, and the proof asked for: `peak-latency @load`.
    Requirement {
        /// The id, with its section when it was written.
        id: Spanned<Id>,
        /// The section before the dot.
        section: Option<crate::names::SectionName>,
        /// How it is to be proved.
        proof: Option<Spanned<Proof>>,
    },
    /// An event or a state that is true or not, without a number: `breach(peak-latency)`, `contract(events)`.
    Term(Term),
    /// Everything of a kind is in a state: `every control evidenced`.
    Every(Every),
    /// When none of the other outcomes holds.
    Else,
    /// Words that no machine can evaluate; lint says so.
    Text,
    /// Meant as a measure but wrong; the reader has reported it, rules stay silent about it.
    Unreadable,
}

impl Criterion {
    /// The measure, when it is one.
    pub fn measure(&self) -> Option<&Measure> {
        match &self.kind {
            CriterionKind::Measure(measure) => Some(measure),
            _ => None,
        }
    }

    /// Whether a machine can decide it. What could not be read counts, since that was reported already.
    pub fn is_evaluable(&self) -> bool {
        !matches!(self.kind, CriterionKind::Text)
    }
}

/// `every SUBJECT STATE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Every {
    /// Of what.
    pub subject: Subject,
    /// In which state.
    pub state: EveryState,
}

/// What `every` ranges over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The scenarios in `quality`.
    Quality,
    /// The givens in `constraints`.
    Constraint,
    /// The `controls`.
    Control,
    /// The rungs of all ladders.
    Rung,
    /// The data contracts.
    Contract,
    /// The data contracts of upstream dependencies.
    UpstreamContract,
    /// The `models`.
    Model,
    /// The `risks`.
    Risk,
}

/// The state that `every` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EveryState {
    /// Its check was made and holds.
    Checked,
    /// There is fresh evidence.
    Evidenced,
    /// It was tried on purpose.
    Exercised,
    /// Someone signed it.
    Signed,
    /// It has a proof of this kind that holds.
    Proved(Option<Proof>),
    /// It is compared with its heuristic and better.
    Compared,
    /// It has an owner and a mitigation.
    Mitigated,
}
