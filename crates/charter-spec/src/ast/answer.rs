//! Nodes: how a call is answered. A node is a model, a rule, a fixed answer, a look-up, or nodes combined.

use crate::ast::{CacheNode, CascadeNode, EnsembleNode, ShadowNode, Signature};
use crate::names::{Entries, Field, FileRef, List, ModelVersionRef, Ref, Table, target};
use crate::quantity::{Duration, Share};
use crate::source::Spanned;
use crate::yaml::Plain;

/// A node with what is true of it in any place.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What it does.
    pub kind: AnswerKind,
}

/// The kinds of node.
#[allow(clippy::large_enum_variant, reason = "a charter has few nodes, and a box would only be in the way of matching")]
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerKind {
    /// Ask a model.
    Model(ModelNode),
    /// Try rungs from the top.
    Ladder(LadderNode),
    /// Send each call to one of several arms.
    Split(SplitNode),
    /// Run steps in order; later ones see the outputs of earlier ones by name.
    Sequence(SequenceNode),
    /// Answer, and let another node answer copies.
    Shadow(ShadowNode),
    /// Ask the cheap one first, the good one when that is not sure.
    Cascade(CascadeNode),
    /// Ask all at once.
    Ensemble(EnsembleNode),
    /// Answer what was answered before.
    Cache(CacheNode),
    /// Evaluate CEL per row.
    Rule(RuleNode),
    /// Answer the same for every row.
    Static(StaticNode),
    /// Look the answer up in a table.
    Lookup(LookupNode),
}

section! {
    /// Ask a model.
    pub struct ModelNode {
        /// The model and its version: `fraud@v2`.
        @required model: Field<ModelVersionRef>,
        /// A new version that comes in as the rollouts of this charter do; with a weight, one that keeps this share.
        canary: Field<Canary>,
        /// The canary's share, when it is to stay the same.
        weight: Field<Share>,
        /// The model's own name of an output, by ours: `{ score: probability }` gives `probability` out as `score`.
        @key("as") rename: Entries<String>,
    }
}

section! {
    /// A new version beside the one in use.
    pub struct Canary {
        /// The version that is tried.
        @shorthand version: Field<ModelVersionRef>,
        /// Its share of the calls.
        weight: Field<Share>,
    }
}

section! {
    /// Rungs from the best to the safest; each is tried when the one above cannot answer.
    pub struct LadderNode {
        /// The rungs in order.
        @required ladder: Entries<Rung>,
        /// What is answered when no rung can: `closed` refuses, `open` lets through.
        fail: Field<FailMode>,
    }
}

words! {
    /// What happens when no rung can answer.
    pub enum FailMode {
        /// Let it through.
        Open = "open",
        /// Refuse it.
        Closed = "closed",
    }
}

/// A rung: a node, and what is true of it as a rung.
#[derive(Clone, Debug, PartialEq)]
pub struct Rung {
    /// How this rung answers.
    pub answer: Spanned<Answer>,
    /// What is true of it as a rung.
    pub terms: RungTerms,
}

section! {
    /// What is true of a node as a rung.
    pub struct RungTerms {
        /// How long it may take.
        within: Field<Duration>,
        /// Oldest cached answer it may give.
        cached: Field<Duration>,
        /// How old what was computed beforehand may be.
        precomputed: Field<Duration>,
        /// Oldest data it may use.
        max_age: Field<Duration>,
        /// What it needs at run time.
        needs: List<Ref<target::Needed>>,
        /// Whether its version never moves.
        pinned: Field<bool>,
    }
}

section! {
    /// Arms, of which each call takes one.
    pub struct SplitNode {
        /// The arms; their weights add up to 100 %.
        @required split: List<SplitArm>,
        /// How a call is given an arm: by its `key`, by an input's name, or `random`. A key that the call brings always keeps its arm.
        by: Field<SplitBy>,
        /// Hashed before the key, without a separator, so that two splits assign independently; without it the route and the place of the split.
        salt: Field<String>,
    }
}

/// An arm of a split: a node and its share of the calls.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitArm {
    /// How this arm answers.
    pub answer: Spanned<Answer>,
    /// Its share.
    pub terms: ArmTerms,
}

section! {
    /// What is true of a node as an arm.
    pub struct ArmTerms {
        /// Its share of the calls.
        @required weight: Field<Share>,
        /// Its name in records; `arm-1` and so on without one.
        name: Field<String>,
    }
}

/// How a call is given an arm.
#[derive(Clone, Debug, PartialEq)]
pub enum SplitBy {
    /// The same key always takes the same arm.
    Key,
    /// By chance, where the call brings no key.
    Random,
    /// The same value of an input always takes the same arm, where the call brings no key.
    Input(String),
}

section! {
    /// Steps in order.
    pub struct SequenceNode {
        /// The steps.
        @required sequence: List<Answer>,
    }
}

section! {
    /// CEL per row.
    pub struct RuleNode {
        /// One expression, or one by output.
        @required rule: Field<Expressions>,
        /// The output's name, for one expression.
        @key("as") output: Field<String>,
        /// The types of what it gives to later steps of a sequence: `{ ratio: FP32 }`.
        @key("output") types: Field<Signature>,
    }
}

/// One CEL expression, or one by output.
#[derive(Clone, Debug, PartialEq)]
pub enum Expressions {
    /// One.
    One(String),
    /// By output.
    ByOutput(Entries<String>),
}

section! {
    /// The same answer for every row.
    pub struct StaticNode {
        /// Values by output, or a file that holds them.
        @required @key("static") values: Field<StaticValues>,
        /// The types of what it gives to later steps of a sequence: `{ ratio: FP32 }`.
        @key("output") types: Field<Signature>,
    }
}

/// A fixed answer.
#[derive(Clone, Debug, PartialEq)]
pub enum StaticValues {
    /// Values by output.
    Inline(Entries<Plain>),
    /// A JSON file of values by output.
    File(FileRef<Table>),
}

section! {
    /// An answer from a table.
    pub struct LookupNode {
        /// The table: a JSON object from key to answer.
        @required lookup: Field<FileRef<Table>>,
        /// The inputs that make the key, joined by `|`.
        by: List<String>,
        /// The output's name.
        @key("as") output: Field<String>,
        /// The types of what it gives to later steps of a sequence: `{ ratio: FP32 }`.
        @key("output") types: Field<Signature>,
        /// The answer for a key that is not in the table.
        @key("default") default_value: Field<Plain>,
    }
}
