//! Reading measures and criteria, with places inside the text.

use serde_json::Value as Json;

use super::quantities::remember_currency;
use super::text::{read_text, text_schema};
use super::{Reader, Schemas, Value, describe, refers_to, takes, with_examples, words_schema};
use crate::diagnostic::{Code, Diagnostic};
use crate::measure::{Argument, Criterion, CriterionKind, Position, Proof, Term, TermKind, parse_criterion};
use crate::names::{Link, Mentioned, Target, target};
use crate::quantity::Dimension;
use crate::source::Span;
use crate::yaml::Node;

/// Most bytes of a criterion.
const LENGTH_MAX: usize = 1000;

impl Value for Criterion {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = read_text(node, "a measure such as `p99(latency) < 200ms`", reader)?;
        let unreadable = |kind| Some(Self { text: text.into(), kind, span: node.span });
        if text.len() > LENGTH_MAX {
            reader.report(
                Diagnostic::reading(Code::Measure, node.span, "a measure has at most 1000 bytes").help("put prose in `about` or `why`"),
            );
            return unreadable(CriterionKind::Unreadable);
        }
        let files = reader.files;
        let place = |start: usize, end: usize| node.inner(files, start, end);
        // A single word under `measure` is a wish for lint to judge; elsewhere it names a requirement.
        let position = if reader.key_text() == "measure" { Position::Measure } else { Position::Gate };
        let kind = match parse_criterion(text, position, &place) {
            Ok(kind) => kind,
            Err(error) => {
                let span = place(error.start, error.end);
                let help = error.help.unwrap_or_else(|| "write a measure such as `p99(latency) < 200ms over 28d`".to_owned());
                reader.report(Diagnostic::reading(error.code, span, error.message).help(help));
                return unreadable(CriterionKind::Unreadable);
            }
        };
        if let CriterionKind::Measure(measure) = &kind
            && let Some((term, near)) = measure.mistyped_metric()
        {
            let message = format!("nothing here measures `{}`", files.text(term.span).unwrap_or("this"));
            let diagnostic = Diagnostic::reading(Code::Measure, term.span, message).help(format!("did you mean `{near}`?"));
            // Where the text is escaped the place is the whole of it.
            let fits = term.span != node.span;
            reader.report(diagnostic.meant(term.span, fits.then_some(near)));
            return unreadable(CriterionKind::Unreadable);
        }
        check(&kind, reader);
        unreadable(kind)
    }

    fn schema(schemas: &mut Schemas) -> Json {
        let examples = "`p99(latency) < 200ms over 28d`, `ratio(answered) >= 99.9%`, `cost.total <= cost.ceiling`";
        schemas.define("Criterion", |_| {
            let measure = with_examples(takes(text_schema(), "a measure such as `p99(latency) < 200ms`"), examples);
            refers_to(measure, target::Requirement::SECTIONS)
        })
    }
}

/// Remembers the requirement that is named and the currencies that are written, and checks dimensions.
fn check(kind: &CriterionKind, reader: &mut Reader<'_>) {
    match kind {
        CriterionKind::Requirement { id, section, .. } => {
            let sections = target::Requirement::SECTIONS;
            let named = Mentioned::Element {
                section: *section,
                id: id.value.clone(),
                sections,
                whole_sections: false,
                label: target::Requirement::LABEL,
            };
            reader.mention(id.span, named);
        }
        CriterionKind::Measure(measure) => {
            mention_arguments(&measure.term, reader);
            for (quantity, span) in measure.quantities() {
                remember_currency(quantity, span, reader);
            }
            for clash in measure.dimension_clashes() {
                report_clash(clash.term, clash.term_dimension, clash.value, clash.value_dimension, reader);
            }
            for (term, amount, span) in measure.beyond_whole() {
                reader.report(
                    Diagnostic::reading(Code::Range, span, format!("`{amount}` is not between 0 and 100 %"))
                        .at(term.span, "this is a part of a whole")
                        .help("write a share that can be reached, such as `95%`"),
                );
            }
        }
        CriterionKind::Term(term) => mention_arguments(term, reader),
        CriterionKind::Every(_) | CriterionKind::Else | CriterionKind::Text | CriterionKind::Unreadable => {}
    }
}

/// Arguments that may be ids: `mvp` in `roadmap.end(mvp)`, `peak-latency` in `breach(peak-latency)`. Names of metrics are none.
fn mention_arguments(term: &Term, reader: &mut Reader<'_>) {
    let TermKind::Call { arguments, .. } = &term.kind else { return };
    for argument in arguments {
        let Argument::Term(inner) = argument else { continue };
        match &inner.kind {
            TermKind::Path(path) if path.cutoff.is_none() && crate::measure::metric(path).is_none() => {
                reader.mention(inner.span, Mentioned::Link(Link(path.dotted().into())));
            }
            _ => mention_arguments(inner, reader),
        }
    }
}

fn report_clash(term: Span, term_dimension: &str, value: Span, value_dimension: Dimension, reader: &mut Reader<'_>) {
    let message = format!("{term_dimension} is compared with {value_dimension}");
    reader.report(
        Diagnostic::reading(Code::Dimension, value, message)
            .at(term, format!("this is {term_dimension}"))
            .help(format!("compare it with {term_dimension}")),
    );
}

impl Value for Proof {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = read_text(node, "a kind of proof such as `load`", reader)?;
        let proof = Self::from_word(text);
        if proof.is_none() {
            let known: Vec<&str> = Self::ALL.iter().map(|proof| proof.word()).collect();
            let help = match crate::names::nearest(text, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", known.join(", ")),
            };
            reader.report(
                Diagnostic::reading(Code::Word, node.span, format!("`{}` is no kind of proof", super::text::short(text)))
                    .help(help)
                    .meant(node.span, crate::names::only_nearest(text, known.iter().copied())),
            );
        }
        proof
    }

    fn schema(schemas: &mut Schemas) -> Json {
        schemas.define("Proof", |_| {
            let words = words_schema(&[
                (Self::Static.word(), "By arithmetic over the charter."),
                (Self::Contract.word(), "By checking data against a contract."),
                (Self::Evaluation.word(), "On held-out data."),
                (Self::Load.word(), "Under generated load."),
                (Self::Chaos.word(), "While faults are injected."),
                (Self::Runtime.word(), "From what production reports."),
                (Self::Review.word(), "By a person who signs."),
                ("offline", "Another word for `evaluation`."),
            ]);
            describe(words, "How a requirement is proved.")
        })
    }
}
