//! Reading nodes: which kind a mapping is, and what it is as a rung or an arm.

use serde_json::{Value as Json, json};

use super::section::{SectionRest, object_schema};
use super::{Accept, Reader, Schemas, Section, Value, doc_text, report_missing, title};
use crate::ast::{
    Answer, AnswerKind, ArmTerms, CacheNode, CascadeNode, CascadeStep, CascadeTerms, EnsembleMember, EnsembleNode, LadderNode, LookupNode,
    MemberTerms, ModelNode, RuleNode, Rung, RungTerms, SequenceNode, ShadowNode, SplitArm, SplitNode, StaticNode,
};
use crate::diagnostic::{Code, Diagnostic};
use crate::names::only_nearest;
use crate::source::{Span, Spanned};
use crate::yaml::{Key, Node, NodeKind};

/// The keys that say what a node is.
const KINDS: &[&str] = &["model", "ladder", "split", "sequence", "shadow", "cascade", "ensemble", "cache", "rule", "static", "lookup"];

/// A node without terms of its own.
#[derive(Default)]
struct NoTerms;

impl Accept for NoTerms {
    fn accept(&mut self, _: &str, _: &Node, _: &mut Reader<'_>) -> bool {
        false
    }

    fn accept_rest(&mut self, _: &Key, _: &Node, _: &mut Reader<'_>) -> bool {
        false
    }
}

impl Section for NoTerms {
    const NAME: &'static str = "";
    const DOC: &'static [&'static str] = &[];

    fn shorthand() -> Option<&'static str> {
        None
    }

    fn keys() -> Vec<super::KeyInfo> {
        Vec::new()
    }

    fn rest() -> Option<SectionRest> {
        None
    }
}

/// Reads a node together with what is true of it in its place.
fn read_node<T: Section>(node: &Node, reader: &mut Reader<'_>) -> Option<(Answer, T)> {
    let NodeKind::Mapping(pairs) = &node.kind else {
        reader.wrong_shape(node, "a node such as `{ model: fraud@v2 }`");
        return None;
    };
    let kinds: Vec<&Key> = pairs.iter().map(|(key, _)| key).filter(|key| KINDS.contains(&&*key.text)).collect();
    let kind = match kinds.as_slice() {
        [kind] => *kind,
        [] => {
            report_no_kind(node, pairs, reader);
            return None;
        }
        [first, second, ..] => {
            reader.report(
                Diagnostic::reading(
                    Code::Node,
                    second.span,
                    format!("a node cannot be a `{}` and a `{}` at once", first.text, second.text),
                )
                .at(first.span, "it is this already")
                .help("use a `sequence` for one after the other, a `ladder` for one instead of the other"),
            );
            return None;
        }
    };
    let mut terms = T::default();
    let kind = match &*kind.text {
        "model" => AnswerKind::Model(read_parts(node, pairs, &mut terms, reader)),
        "ladder" => AnswerKind::Ladder(read_parts(node, pairs, &mut terms, reader)),
        "split" => AnswerKind::Split(read_parts(node, pairs, &mut terms, reader)),
        "sequence" => AnswerKind::Sequence(read_parts(node, pairs, &mut terms, reader)),
        "shadow" => AnswerKind::Shadow(read_parts(node, pairs, &mut terms, reader)),
        "cascade" => AnswerKind::Cascade(read_parts(node, pairs, &mut terms, reader)),
        "ensemble" => AnswerKind::Ensemble(read_parts(node, pairs, &mut terms, reader)),
        "cache" => AnswerKind::Cache(read_parts(node, pairs, &mut terms, reader)),
        "rule" => AnswerKind::Rule(read_parts(node, pairs, &mut terms, reader)),
        "static" => AnswerKind::Static(read_parts(node, pairs, &mut terms, reader)),
        _ => AnswerKind::Lookup(read_parts(node, pairs, &mut terms, reader)),
    };
    Some((Answer { kind }, terms))
}

fn report_no_kind(node: &Node, pairs: &[(Key, Node)], reader: &mut Reader<'_>) {
    let near = pairs.iter().find_map(|(key, _)| crate::names::nearest(&key.text, KINDS.iter().copied()).map(|near| (key.span, near)));
    let (span, help): (Span, String) = match near {
        Some((span, near)) => (span, format!("did you mean `{near}`?")),
        None => {
            let kinds: Vec<String> = KINDS.iter().map(|kind| format!("`{kind}`")).collect();
            (node.span, format!("give it one of {}", kinds.join(", ")))
        }
    };
    let certain = pairs.iter().find(|(key, _)| key.span == span).and_then(|(key, _)| only_nearest(&key.text, KINDS.iter().copied()));
    reader.report(Diagnostic::reading(Code::Node, span, "nothing says what answers here").help(help).meant(span, certain));
}

/// Reads the keys of a node: those of its place first, then those of its kind.
fn read_parts<K: Section, T: Section>(node: &Node, pairs: &[(Key, Node)], terms: &mut T, reader: &mut Reader<'_>) -> K {
    let mut kind = K::default();
    let place = reader.key();
    for (key, value) in pairs {
        reader.under(key.span, |reader| {
            if terms.accept(&key.text, value, reader) || kind.accept(&key.text, value, reader) {
                return;
            }
            reader.unknown_key(place, || T::keys().iter().chain(&K::keys()).map(|key| key.name).collect(), key);
        });
    }
    let has = |name: &str| pairs.iter().any(|(key, _)| *key.text == *name);
    report_missing::<T>(node, has, reader);
    kind
}

/// The schema of a node of any kind with the terms of its place.
fn node_schema<T: Section>(schemas: &mut Schemas, name: &str) -> Json {
    schemas.define(name, |schemas| {
        let kinds = [
            kind_schema::<ModelNode, T>(schemas),
            kind_schema::<LadderNode, T>(schemas),
            kind_schema::<SplitNode, T>(schemas),
            kind_schema::<SequenceNode, T>(schemas),
            kind_schema::<ShadowNode, T>(schemas),
            kind_schema::<CascadeNode, T>(schemas),
            kind_schema::<EnsembleNode, T>(schemas),
            kind_schema::<CacheNode, T>(schemas),
            kind_schema::<RuleNode, T>(schemas),
            kind_schema::<StaticNode, T>(schemas),
            kind_schema::<LookupNode, T>(schemas),
        ];
        json!({ "anyOf": kinds })
    })
}

fn kind_schema<K: Section, T: Section>(schemas: &mut Schemas) -> Json {
    schemas.define(&format!("{}{}", T::NAME, K::NAME), |schemas| {
        let mut keys = T::keys();
        keys.extend(K::keys().into_iter().filter(|key| T::keys().iter().all(|term| term.name != key.name)));
        let mut object = object_schema(schemas, &doc_text(K::DOC), keys, None);
        if let Some(map) = object.as_object_mut() {
            map.insert("title".into(), title(K::NAME).into());
        }
        object
    })
}

impl Value for Answer {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        read_node::<NoTerms>(node, reader).map(|(answer, _)| answer)
    }

    fn schema(schemas: &mut Schemas) -> Json {
        node_schema::<NoTerms>(schemas, "Answer")
    }
}

impl Value for Rung {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let (answer, terms) = read_node::<RungTerms>(node, reader)?;
        Some(Self { answer: Spanned::new(answer, node.span), terms })
    }

    fn schema(schemas: &mut Schemas) -> Json {
        node_schema::<RungTerms>(schemas, "Rung")
    }
}

impl Value for SplitArm {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let (answer, terms) = read_node::<ArmTerms>(node, reader)?;
        Some(Self { answer: Spanned::new(answer, node.span), terms })
    }

    fn schema(schemas: &mut Schemas) -> Json {
        node_schema::<ArmTerms>(schemas, "SplitArm")
    }
}

impl Value for CascadeStep {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let (answer, terms) = read_node::<CascadeTerms>(node, reader)?;
        Some(Self { answer: Spanned::new(answer, node.span), terms })
    }

    fn schema(schemas: &mut Schemas) -> Json {
        node_schema::<CascadeTerms>(schemas, "CascadeStep")
    }
}

impl Value for EnsembleMember {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let (answer, terms) = read_node::<MemberTerms>(node, reader)?;
        Some(Self { answer: Spanned::new(answer, node.span), terms })
    }

    fn schema(schemas: &mut Schemas) -> Json {
        node_schema::<MemberTerms>(schemas, "EnsembleMember")
    }
}

/// A node inside a node.
impl Value for Box<Answer> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        Answer::read(node, reader).map(Self::new)
    }

    fn schema(schemas: &mut Schemas) -> Json {
        Answer::schema(schemas)
    }
}
