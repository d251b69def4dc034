//! One graph from what is promised to what keeps it, what shows it, what was decided for it and what threatens it, walked from either end.
//!
//! [`trace`] makes it; [`Trace::matrix`] is the table, [`Trace::gaps`] what is missing, [`Trace::tree`] the way from one element. How it is drawn belongs
//! to render.

mod build;
mod gaps;
mod matrix;
mod mechanisms;
mod tree;

pub use build::trace;
pub use gaps::{Gap, GapKind};
pub use matrix::Row;
pub use tree::{Branch, Tree};

use crate::resolved::Element;
use crate::standing::{Standing, StatusLine};
use charter_spec::Span;
use serde::Serialize;
use std::collections::HashMap;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    /// Who cares, and who signs.
    Stakeholder,
    /// A scenario or a constraint.
    Requirement,
    /// What keeps it: a route, a model, a budget, a control …
    Mechanism,
    /// How it is shown: by arithmetic, on held-out rows, under load …
    Proof,
    /// What was found.
    Verdict,
    Decision,
    Risk,
    /// A phase or a layer of assurance that asks for it.
    Gate,
}

impl NodeKind {
    /// Every kind, in the order of the matrix.
    pub const ALL: [Self; 8] =
        [Self::Stakeholder, Self::Requirement, Self::Mechanism, Self::Proof, Self::Verdict, Self::Decision, Self::Risk, Self::Gate];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Stakeholder => "stakeholder",
            Self::Requirement => "requirement",
            Self::Mechanism => "mechanism",
            Self::Proof => "proof",
            Self::Verdict => "verdict",
            Self::Decision => "decision",
            Self::Risk => "risk",
            Self::Gate => "gate",
        }
    }
}

/// A node. `id` is unique: `quality.peak-latency`, `routes.fraud`, `proof of peak-latency`, `verdict on peak-latency`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Node {
    pub id: String,
    pub kind: NodeKind,
    /// What it says, in a line: the measure as a sentence, the question of a decision, the figure of a verdict.
    pub text: String,
    /// Of a verdict.
    pub standing: Option<Standing>,
    /// Of a verdict: the whole line, with figure, interval, date and reason.
    #[serde(skip)]
    pub status: Option<StatusLine>,
    /// The element of the charter; `None` for proofs and verdicts.
    #[serde(skip)]
    pub element: Option<Element>,
    #[serde(skip)]
    pub span: Option<Span>,
}

impl Node {
    /// The id alone, without its section: `peak-latency`. The name of a proof is its kind, that of a verdict its standing.
    pub fn name(&self) -> &str {
        match (&self.element, self.kind) {
            (Some(element), _) if element.is_whole() => element.section.key(),
            (Some(element), _) => element.id.as_str(),
            (None, NodeKind::Verdict) => self.standing.map_or("unproved", Standing::name),
            (None, _) => &self.text,
        }
    }
}

/// What a link says, from its first end to its second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// Stakeholder → requirement.
    CaresAbout,
    /// Stakeholder → gate.
    Signs,
    /// Requirement → mechanism.
    KeptBy,
    /// Mechanism → what it cannot do without.
    RestsOn,
    /// Rollout, flag, experiment, size → what it is about.
    Governs,
    /// Requirement → proof.
    ProvedBy,
    /// Proof → verdict.
    Finds,
    /// Decision → requirement.
    Answers,
    /// Decision → mechanism.
    Shapes,
    /// Decision → risk.
    Accepts,
    /// Decision → decision.
    Replaces,
    /// Risk → what mitigates it.
    MitigatedBy,
    /// Risk → requirement that shows whether it comes true.
    WatchedBy,
    /// Gate → requirement.
    AsksFor,
    /// Requirement → requirement, or gate → gate.
    HoldsWith,
}

impl LinkKind {
    /// Read from the first end.
    pub const fn forth(self) -> &'static str {
        match self {
            Self::CaresAbout => "cares about",
            Self::Signs => "signs",
            Self::KeptBy => "kept by",
            Self::RestsOn => "rests on",
            Self::Governs => "governs",
            Self::ProvedBy => "to be proved by",
            Self::Finds => "verdict",
            Self::Answers => "answers",
            Self::Shapes => "shapes",
            Self::Accepts => "brings",
            Self::Replaces => "replaces",
            Self::MitigatedBy => "mitigated by",
            Self::WatchedBy => "watched by",
            Self::AsksFor => "asks for",
            Self::HoldsWith => "holds with",
        }
    }

    /// Read from the second end.
    pub const fn back(self) -> &'static str {
        match self {
            Self::CaresAbout => "matters to",
            Self::Signs => "signed by",
            Self::KeptBy => "keeps",
            Self::RestsOn => "carries",
            Self::Governs => "governed by",
            Self::ProvedBy => "is to prove",
            Self::Finds => "found by",
            Self::Answers => "answered by",
            Self::Shapes => "shaped by",
            Self::Accepts => "comes with",
            Self::Replaces => "replaced by",
            Self::MitigatedBy => "mitigates",
            Self::WatchedBy => "watches",
            Self::AsksFor => "asked for by",
            Self::HoldsWith => "carries",
        }
    }
}

/// A link between two nodes, by their positions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    pub from: usize,
    pub to: usize,
    pub kind: LinkKind,
    /// Why, where the charter does not say it in so many words: `its artifact`, `its measure speaks of cost`.
    pub because: String,
}

/// The graph.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    nodes: Vec<Node>,
    links: Vec<Link>,
    by_id: HashMap<String, usize>,
    /// Links that start from and lead to each node, by their positions.
    from: Vec<Vec<usize>>,
    to: Vec<Vec<usize>>,
}

/// A link seen from one of its ends.
#[derive(Clone, Copy, Debug)]
pub struct Neighbour<'a> {
    /// The other end.
    pub node: usize,
    /// `kept by`, or `keeps` when seen from the other end.
    pub word: &'static str,
    pub link: &'a Link,
    /// Whether the link starts here.
    pub forth: bool,
}

impl Trace {
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Position of a node by its id.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    pub fn node(&self, at: usize) -> Option<&Node> {
        self.nodes.get(at)
    }

    /// Everything that a node is linked to, its own links first.
    pub fn around(&self, at: usize) -> impl Iterator<Item = Neighbour<'_>> {
        let links = move |list: Option<&'_ Vec<usize>>| -> Vec<usize> { list.cloned().unwrap_or_default() };
        let own = links(self.from.get(at)).into_iter().filter_map(|link| self.links.get(link)).map(|link| Neighbour {
            node: link.to,
            word: link.kind.forth(),
            link,
            forth: true,
        });
        let others = links(self.to.get(at)).into_iter().filter_map(|link| self.links.get(link)).map(|link| Neighbour {
            node: link.from,
            word: link.kind.back(),
            link,
            forth: false,
        });
        own.chain(others)
    }

    /// The other ends of a node's links of one kind, in whichever direction.
    pub fn linked(&self, at: usize, kind: LinkKind) -> impl Iterator<Item = &Node> {
        self.around(at).filter(move |found| found.link.kind == kind).filter_map(|found| self.nodes.get(found.node))
    }

    /// Positions of all nodes that a name means: `peak-latency` may be a scenario and a budget; `routes.fraud` is one thing.
    pub fn named(&self, name: &str) -> Vec<usize> {
        if let Some(at) = self.position(name) {
            return vec![at];
        }
        let fits = |node: &&(usize, &Node)| node.1.element.as_ref().is_some_and(|element| element.id == *name);
        let all: Vec<(usize, &Node)> = self.nodes.iter().enumerate().collect();
        let mut found: Vec<usize> = all.iter().filter(fits).map(|(at, _)| *at).collect();
        // A requirement says most; what extends it hangs below it anyway.
        found.sort_by_key(|at| self.nodes.get(*at).map(|node| node.kind != NodeKind::Requirement));
        found
    }

    fn add(&mut self, node: Node) -> usize {
        if let Some(at) = self.position(&node.id) {
            return at;
        }
        let at = self.nodes.len();
        self.by_id.insert(node.id.clone(), at);
        self.nodes.push(node);
        self.from.push(Vec::new());
        self.to.push(Vec::new());
        at
    }

    /// Each pair is linked once by a kind.
    fn link(&mut self, from: usize, to: usize, kind: LinkKind, because: &str) {
        let own = self.from.get(from).into_iter().flatten().filter_map(|at| self.links.get(*at));
        if from == to || own.clone().any(|link| link.to == to && link.kind == kind) {
            return;
        }
        let at = self.links.len();
        self.links.push(Link { from, to, kind, because: because.to_owned() });
        if let Some(list) = self.from.get_mut(from) {
            list.push(at);
        }
        if let Some(list) = self.to.get_mut(to) {
            list.push(at);
        }
    }
}
