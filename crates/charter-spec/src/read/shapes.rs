//! Reading values that come in more than one shape.

use serde_json::{Value as Json, json};

use super::text::{read_text, short, text_schema};
use super::{Reader, Schemas, Value, pattern_schema, takes, with_examples, words_schema};
use crate::ast::{
    Breaker, BreakerSettings, Combine, CombineRule, Concurrency, Decide, Expressions, OutputTensor, PhaseBox, RouteAccess, ScaleAction,
    Scores, Signature, SplitBy, StaticValues, TensorType, TriggerTime, TriggerWhen, Weekdays,
};
use crate::diagnostic::{Code, Diagnostic};
use crate::measure::Criterion;
use crate::names::{Entries, FileRef, Id, List};
use crate::quantity::{Count, DurationRange, Factor, TimeOfDay};
use crate::source::Spanned;
use crate::yaml::{Node, NodeKind};

/// Most dimensions of an output beyond the rows (the protocol allows rank 8).
const RANK_MAX: usize = 7;

fn word_of(node: &Node) -> Option<&str> {
    node.scalar().map(|scalar| &*scalar.text)
}

fn is_mapping(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Mapping(_))
}

impl Value for Concurrency {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if word_of(node) == Some("adaptive") {
            return Some(Self::Adaptive);
        }
        Count::read(node, reader).map(Self::Fixed)
    }

    fn schema(schemas: &mut Schemas) -> Json {
        json!({ "anyOf": [words_schema(&[("adaptive", "Found while running.")]), Count::schema(schemas)] })
    }
}

impl Value for Breaker {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match word_of(node) {
            Some("default") => return Some(Self::Default),
            // `off` is text to YAML 1.2 and a word of the language here; false to YAML 1.1, which means the same.
            Some("off") => return Some(Self::Off),
            _ => {}
        }
        if !is_mapping(node) {
            reader.wrong_shape(node, "`default`, `off` or figures");
            return None;
        }
        BreakerSettings::read(node, reader).map(|settings| Self::Settings(Box::new(settings)))
    }

    fn schema(schemas: &mut Schemas) -> Json {
        let words = words_schema(&[("default", "With the defaults."), ("off", "Never.")]);
        json!({ "anyOf": [words, BreakerSettings::schema(schemas)] })
    }
}

impl Value for SplitBy {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = read_text(node, "`key`, `random` or the name of an input", reader)?;
        Some(match text {
            "key" => Self::Key,
            "random" => Self::Random,
            input => Self::Input(input.to_owned()),
        })
    }

    fn schema(_: &mut Schemas) -> Json {
        let expected = "`key`, `random` or the name of an input";
        with_examples(takes(text_schema(), expected), "`key`, `random`")
    }
}

impl Value for Combine {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match word_of(node) {
            Some("mean") => return Some(Self::Mean),
            Some("vote") => return Some(Self::Vote),
            _ => {}
        }
        if !is_mapping(node) {
            reader.wrong_shape(node, "`mean`, `vote` or `{ rule: … }`");
            return None;
        }
        CombineRule::read(node, reader).map(Self::Rule)
    }

    fn schema(schemas: &mut Schemas) -> Json {
        let words = words_schema(&[("mean", "Their weighted mean."), ("vote", "The value with most weight.")]);
        json!({ "anyOf": [words, CombineRule::schema(schemas)] })
    }
}

impl Value for RouteAccess {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if word_of(node) == Some("open") {
            return Some(Self::Open);
        }
        List::read(node, reader).map(Self::Identities)
    }

    fn schema(schemas: &mut Schemas) -> Json {
        let open = words_schema(&[("open", "Anyone who can reach it.")]);
        json!({ "anyOf": [open, <List<crate::names::Ref<crate::names::target::Identity>> as Value>::schema(schemas)] })
    }
}

impl Value for Decide {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if is_mapping(node) {
            return Entries::read(node, reader).map(|decisions| Self { decisions });
        }
        let text = read_text(node, "a CEL expression, or several by name", reader)?;
        let mut decisions = Entries::default();
        decisions.written(node.span);
        let id = Id::new("decision").ok()?;
        decisions.insert(Spanned::new(id, node.span), Spanned::new(text.to_owned(), node.span)).ok()?;
        Some(Self { decisions })
    }

    fn schema(schemas: &mut Schemas) -> Json {
        json!({ "anyOf": [text_schema(), <Entries<String> as Value>::schema(schemas)] })
    }
}

impl Value for Expressions {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if is_mapping(node) {
            return Entries::read(node, reader).map(Self::ByOutput);
        }
        read_text(node, "a CEL expression, or several by output", reader).map(|text| Self::One(text.to_owned()))
    }

    fn schema(schemas: &mut Schemas) -> Json {
        json!({ "anyOf": [text_schema(), <Entries<String> as Value>::schema(schemas)] })
    }
}

impl Value for StaticValues {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if is_mapping(node) {
            return Entries::read(node, reader).map(Self::Inline);
        }
        if node.scalar().is_none() {
            reader.wrong_shape(node, "values by output, or the path of a JSON file");
            return None;
        }
        FileRef::read(node, reader).map(Self::File)
    }

    fn schema(schemas: &mut Schemas) -> Json {
        let file = <FileRef<crate::names::Table> as Value>::schema(schemas);
        json!({ "anyOf": [file, <Entries<crate::yaml::Plain> as Value>::schema(schemas)] })
    }
}

impl Value for Scores {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if is_mapping(node) {
            return Entries::read(node, reader).map(Self::ByCriterion);
        }
        List::read(node, reader).map(Self::InOrder)
    }

    fn schema(schemas: &mut Schemas) -> Json {
        let list = <List<crate::quantity::Number> as Value>::schema(schemas);
        json!({ "anyOf": [list, <Entries<crate::quantity::Number> as Value>::schema(schemas)] })
    }
}

impl Value for Signature {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        Entries::read(node, reader).map(|tensors| Self { tensors })
    }

    fn schema(schemas: &mut Schemas) -> Json {
        <Entries<OutputTensor> as Value>::schema(schemas)
    }
}

impl Value for OutputTensor {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = read_text(node, "a type such as `FP32` or `FP32[10]`", reader)?;
        let (name, shape) = match text.split_once('[') {
            Some((name, rest)) => (name, Some(rest)),
            None => (text, None),
        };
        let Some(datatype) = TensorType::ALL.iter().copied().find(|datatype| datatype.word() == name) else {
            let known: Vec<&str> = TensorType::ALL.iter().map(|datatype| datatype.word()).collect();
            let help = match crate::names::nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", known.join(", ")),
            };
            reader.report(Diagnostic::reading(Code::Word, node.span, format!("`{}` is no datatype", short(name))).help(help));
            return None;
        };
        let Some(shape) = shape else { return Some(Self { datatype, shape: Vec::new() }) };
        let parsed = shape.strip_suffix(']').and_then(parse_shape);
        if parsed.is_none() {
            reader.report(
                Diagnostic::reading(Code::Type, node.span, format!("`[{}` is no shape", short(shape)))
                    .help("write the sizes beyond the rows, each at least 1 and below 1_000_000: `FP32[10]`, `FP32[2,3]`"),
            );
        }
        parsed.map(|shape| Self { datatype, shape })
    }

    fn schema(schemas: &mut Schemas) -> Json {
        schemas.define("OutputTensor", |schemas| {
            let names: Vec<&str> = TensorType::ALL.iter().map(|datatype| datatype.word()).collect();
            let shaped = format!(r"^({})\[[1-9][0-9]{{0,5}}(, ?[1-9][0-9]{{0,5}}){{0,6}}\]$", names.join("|"));
            json!({ "anyOf": [TensorType::schema(schemas), pattern_schema(&shaped, "a type such as `FP32` or `FP32[10]`")] })
        })
    }
}

fn parse_shape(text: &str) -> Option<Vec<u32>> {
    let mut shape = Vec::new();
    for size in text.split(',') {
        let size = if shape.is_empty() { size } else { size.strip_prefix(' ').unwrap_or(size) };
        let plain = !size.is_empty() && size.len() <= 6 && !size.starts_with('0') && size.bytes().all(|byte| byte.is_ascii_digit());
        if !plain || shape.len() >= RANK_MAX {
            return None;
        }
        shape.push(size.parse().ok()?);
    }
    Some(shape)
}

impl Value for PhaseBox {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if word_of(node) == Some("ongoing") {
            return Some(Self::Ongoing);
        }
        DurationRange::read(node, reader).map(Self::Time)
    }

    fn schema(schemas: &mut Schemas) -> Json {
        let ongoing = takes(words_schema(&[("ongoing", "Without an end.")]), "a time such as `4w`, a range such as `2w..4w`, or `ongoing`");
        json!({ "anyOf": [ongoing, DurationRange::schema(schemas)] })
    }
}

impl Value for ScaleAction {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let expected = "`up`, `down` or `pre-scale 1.5x`";
        let text = read_text(node, expected, reader)?;
        match text {
            "up" => return Some(Self::Up),
            "down" => return Some(Self::Down),
            _ => {}
        }
        let factor = text.strip_prefix("pre-scale ").map(str::trim).and_then(|rest| crate::quantity::parse_quantity(rest).ok());
        match factor {
            Some(factor) if factor.base > 0.0 && matches!(factor.dimension(), crate::Dimension::Ratio | crate::Dimension::Count) => {
                Some(Self::PreScale(Factor(factor)))
            }
            _ => {
                reader.report(
                    Diagnostic::reading(Code::Word, node.span, format!("`{}` is nothing that a trigger does", short(text)))
                        .help(format!("write {expected}")),
                );
                None
            }
        }
    }

    fn schema(_: &mut Schemas) -> Json {
        let expected = "`up`, `down` or `pre-scale 1.5x`";
        with_examples(pattern_schema(r"^(up|down|pre-scale .*[1-9].*)$", expected), expected)
    }
}

impl Value for TriggerWhen {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if let Some(text) = word_of(node)
            && text.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
            && text.contains(':')
        {
            return read_time(text, node, reader).map(Self::Time);
        }
        Criterion::read(node, reader).map(Self::Condition)
    }

    fn schema(schemas: &mut Schemas) -> Json {
        Criterion::schema(schemas)
    }
}

fn read_time(text: &str, node: &Node, reader: &mut Reader<'_>) -> Option<TriggerTime> {
    let (clock, days) = text.split_once(' ').unwrap_or((text, "daily"));
    let number = |part: &str, max: u8| {
        (part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse().ok())
            .flatten()
            .filter(|value| *value <= max)
    };
    let time = clock.split_once(':').and_then(|(hour, minute)| Some(TimeOfDay { hour: number(hour, 23)?, minute: number(minute, 59)? }));
    let days = Weekdays::ALL.iter().copied().find(|known| known.word() == days.trim());
    let (Some(time), Some(days)) = (time, days) else {
        reader.report(
            Diagnostic::reading(Code::Date, node.span, format!("`{}` is no time of day", short(text)))
                .help("write `17:45`, with `daily`, `weekdays`, `weekends` or a day behind it"),
        );
        return None;
    };
    Some(TriggerTime { time, days })
}
