//! Boxes and arrows, before it is known where they go.

use super::text::{balanced, width, wrap};

/// What is drawn.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    /// The name of the box around all nodes of [`Tier::Inside`].
    pub boundary: Option<String>,
}

/// A box.
#[derive(Clone, Debug)]
pub struct Node {
    pub name: String,
    /// What kind of thing it is: `container: Rust`.
    pub kind: String,
    pub about: String,
    /// What to watch out for: `critical`, `personal data`.
    pub marks: Vec<&'static str>,
    pub look: Look,
    pub tier: Tier,
    /// Where a click on it leads.
    pub href: Option<String>,
}

/// How a box looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Person,
    System,
    Inner,
    /// Keeps data: a drum.
    Store,
    /// Keeps work in order: a pipe.
    Queue,
    External,
    /// Not ours, and keeps data or work.
    ExternalStore,
    ExternalQueue,
    /// Stands for several that are not drawn.
    More,
}

/// Above, inside or below what a picture is about. Arrows may point any way; the rows follow the tiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    Above,
    Inside,
    Below,
}

impl Tier {
    pub const ALL: [Self; 3] = [Self::Above, Self::Inside, Self::Below];
}

/// An arrow.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Positions in [`Graph::nodes`].
    pub from: usize,
    pub to: usize,
    pub label: String,
    /// Data that come by themselves, in contrast to calls.
    pub dashed: bool,
}

/// Width of a box.
pub(crate) const NODE_WIDTH: f64 = 184.0;
pub(crate) const NAME_SIZE: f64 = 14.0;
pub(crate) const KIND_SIZE: f64 = 11.5;
pub(crate) const ABOUT_SIZE: f64 = 12.0;
pub(crate) const LABEL_SIZE: f64 = 12.0;
pub(crate) const LABEL_LINE: f64 = 15.0;
/// Lines of a box: name, kind, about.
pub(crate) const NAME_LINE: f64 = 18.0;
pub(crate) const KIND_LINE: f64 = 15.0;
pub(crate) const ABOUT_LINE: f64 = 16.0;
/// Between the lines of a box.
pub(crate) const GAP: f64 = 5.0;
/// A person's head stands above its box by this much.
pub(crate) const HEAD: f64 = 22.0;
/// The bend of a drum's lid, and of a pipe's end.
pub(crate) const BEND: f64 = 7.0;
const LABEL_WIDTH: f64 = 128.0;
const PADDING: f64 = 11.0;

/// The text of a box, line by line.
#[derive(Clone, Debug)]
pub struct Lines {
    pub name: Vec<String>,
    pub kind: Vec<String>,
    pub about: Vec<String>,
    pub marks: Vec<String>,
    /// Room that the shape takes above and below the text.
    pub(crate) above: f64,
    pub(crate) below: f64,
}

impl Lines {
    pub(crate) fn of(node: &Node) -> Self {
        let end = if matches!(node.look, Look::Queue | Look::ExternalQueue) { 2.0 * BEND } else { 0.0 };
        let limit = NODE_WIDTH - 2.0 * PADDING - end;
        let (above, below) = match node.look {
            Look::Person => (HEAD, 0.0),
            Look::Store | Look::ExternalStore => (2.0 * BEND - 4.0, BEND - 4.0),
            _ => (0.0, 0.0),
        };
        Self {
            // Bold is wider.
            name: wrap(&node.name, NAME_SIZE * 1.08, limit, 3),
            kind: balanced(&node.kind, KIND_SIZE, limit, 2),
            about: balanced(&node.about, ABOUT_SIZE, limit, 4),
            marks: wrap(&node.marks.join(" · "), KIND_SIZE * 1.08, limit, 2),
            above,
            below,
        }
    }

    /// Height of the text alone.
    pub(crate) fn text(&self) -> f64 {
        let block = |lines: &[String], line: f64| if lines.is_empty() { 0.0 } else { GAP + lines.len() as f64 * line };
        let head = self.name.len() as f64 * NAME_LINE + self.kind.len() as f64 * KIND_LINE;
        head + block(&self.about, ABOUT_LINE) + block(&self.marks, KIND_LINE)
    }

    /// Height of the box with its padding.
    pub(crate) fn height(&self) -> f64 {
        (self.text() + 2.0 * PADDING).max(54.0) + self.above + self.below
    }
}

/// A label's lines with the room that it takes.
#[derive(Clone, Debug, Default)]
pub struct Label {
    pub lines: Vec<String>,
    pub width: f64,
    pub height: f64,
}

impl Label {
    pub(crate) fn of(text: &str) -> Self {
        let lines = balanced(text, LABEL_SIZE, LABEL_WIDTH, 3);
        let widest = lines.iter().map(|line| width(line, LABEL_SIZE)).fold(0.0, f64::max);
        let height = lines.len() as f64 * LABEL_LINE + 4.0;
        if lines.is_empty() { Self::default() } else { Self { lines, width: widest + 10.0, height } }
    }
}

impl Label {
    /// The label of an arrow with two heads: what runs down, and what runs up.
    pub(crate) fn of_both(down: &str, up: &str) -> Self {
        match (down, up) {
            ("", only) | (only, "") => Self::of(only),
            (down, up) if down == up => Self::of(down),
            (down, up) => {
                let (mut both, up) = (Self::of(&format!("↓ {down}")), Self::of(&format!("↑ {up}")));
                both.lines.extend(up.lines);
                both.width = both.width.max(up.width);
                both.height += up.height - 4.0;
                both
            }
        }
    }
}

impl Graph {
    /// Adds a box and gives its position.
    pub fn node(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Adds an arrow; one that is there already is joined with its label.
    pub fn edge(&mut self, from: usize, to: usize, label: impl Into<String>, dashed: bool) {
        let label = label.into();
        if from == to || from >= self.nodes.len() || to >= self.nodes.len() {
            return;
        }
        let same = |edge: &&mut Edge| (edge.from, edge.to, edge.dashed) == (from, to, dashed);
        match self.edges.iter_mut().find(same) {
            Some(edge) if edge.label.is_empty() => edge.label = label,
            Some(edge) if label.is_empty() || edge.label.split("; ").any(|part| part == label) => {}
            Some(edge) => edge.label = format!("{}; {label}", edge.label),
            None => self.edges.push(Edge { from, to, label, dashed }),
        }
    }
}
