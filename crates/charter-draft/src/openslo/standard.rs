//! What OpenSLO v1 allows: keys, required keys and the form of values. Whatever departs from it is told, and stays as it is.
//!
//! Source: the specification of OpenSLO v1, section by section.

use crate::foreign::{Code, Kind, Node, Notes, short};
use charter_spec::Span;

/// Most departures that are told of one object.
const TOLD_MAX: usize = 20;

/// The form of a value.
enum Shape {
    /// Anything that YAML can say.
    Any,
    Text,
    /// At most 1,050 characters.
    Description,
    /// A label after RFC 1123.
    Name,
    /// `4w`.
    Duration,
    /// A duration, or minutes.
    Slice,
    Truth,
    Number,
    /// A number from the first to below the second.
    Share(f64, f64),
    Word(&'static [&'static str]),
    /// Items of this shape.
    List(&'static Shape),
    /// A name, or this.
    NameOr(&'static Shape),
    /// Keys, each with whether it is required.
    Map(&'static [(&'static str, bool, &'static Shape)]),
}

use Shape::{Any, Description, Duration, List, Map, Name, NameOr, Number, Share, Slice, Text, Truth, Word};

const OPERATOR: Shape = Word(&["lte", "gte", "lt", "gt"]);
const METADATA: Shape = Map(&[("name", true, &Name), ("displayName", false, &Text), ("labels", false, &Any), ("annotations", false, &Any)]);
const METRIC: Shape =
    Map(&[("metricSource", true, &Map(&[("metricSourceRef", false, &Name), ("type", false, &Text), ("spec", true, &Any)]))]);
const RATIO: Shape = Map(&[
    ("counter", false, &Truth),
    ("good", false, &METRIC),
    ("bad", false, &METRIC),
    ("total", false, &METRIC),
    ("rawType", false, &Word(&["success", "failure"])),
    ("raw", false, &METRIC),
]);
const INDICATOR: Shape = Map(&[("description", false, &Description), ("thresholdMetric", false, &METRIC), ("ratioMetric", false, &RATIO)]);
const INLINE: Shape = Map(&[("metadata", true, &METADATA), ("spec", true, &INDICATOR)]);
const WINDOW: Shape = Map(&[
    ("duration", true, &Duration),
    ("isRolling", false, &Truth),
    ("calendar", false, &Map(&[("startTime", true, &Text), ("timeZone", true, &Text)])),
]);
const OBJECTIVE: Shape = Map(&[
    ("displayName", false, &Text),
    ("op", false, &OPERATOR),
    ("value", false, &Number),
    ("target", false, &Share(0.0, 1.0)),
    ("targetPercent", false, &Share(0.0, 100.0)),
    ("timeSliceTarget", false, &Number),
    ("timeSliceWindow", false, &Slice),
    ("indicator", false, &INLINE),
    ("indicatorRef", false, &Name),
    ("compositeWeight", false, &Number),
]);
const CONDITION: Shape = Map(&[
    ("description", false, &Description),
    ("severity", true, &Text),
    (
        "condition",
        true,
        &Map(&[
            ("kind", false, &Word(&["burnrate"])),
            ("op", true, &OPERATOR),
            ("threshold", true, &Number),
            ("lookbackWindow", true, &Duration),
            ("alertAfter", false, &Duration),
        ]),
    ),
]);
const TARGET: Shape = Map(&[("target", true, &Text), ("description", false, &Description)]);
const POLICY: Shape = Map(&[
    ("description", false, &Description),
    ("alertWhenNoData", false, &Truth),
    ("alertWhenResolved", false, &Truth),
    ("alertWhenBreaching", false, &Truth),
    (
        "conditions",
        true,
        &List(&Map(&[("conditionRef", false, &Name), ("kind", false, &Text), ("metadata", false, &METADATA), ("spec", false, &CONDITION)])),
    ),
    (
        "notificationTargets",
        true,
        &List(&Map(&[("targetRef", false, &Name), ("kind", false, &Text), ("metadata", false, &METADATA), ("spec", false, &TARGET)])),
    ),
]);
const OBJECTIVES: Shape = Map(&[
    ("description", false, &Description),
    ("service", true, &Text),
    ("indicator", false, &INLINE),
    ("indicatorRef", false, &Name),
    ("timeWindow", false, &List(&WINDOW)),
    ("budgetingMethod", true, &Word(&["Occurrences", "Timeslices", "RatioTimeslices"])),
    ("objectives", true, &List(&OBJECTIVE)),
    (
        "alertPolicies",
        false,
        // Early documents of v1 name a policy without a key.
        &List(&NameOr(&Map(&[
            ("alertPolicyRef", false, &Name),
            ("kind", false, &Text),
            ("metadata", false, &METADATA),
            ("spec", false, &POLICY),
        ]))),
    ),
]);
const SOURCE: Shape = Map(&[("description", false, &Description), ("type", true, &Text), ("connectionDetails", true, &Any)]);

/// Tells where an object departs from the standard; gives how often it does.
pub(super) fn check(object: &Node, notes: &mut Notes) -> usize {
    let kind = object.get("kind").and_then(Node::word).unwrap_or_default();
    let spec: &'static Shape = match kind {
        "Service" => &Map(&[("description", false, &Description)]),
        "SLO" => &OBJECTIVES,
        "SLI" => &INDICATOR,
        "DataSource" => &SOURCE,
        "AlertPolicy" => &POLICY,
        "AlertCondition" => &CONDITION,
        "AlertNotificationTarget" => &TARGET,
        _ => {
            let at = object.get("kind").map_or(start(object), |kind| kind.span);
            notes.push(Code::Departs, at, format!("OpenSLO v1 has no kind `{}`", short(kind)));
            return 1;
        }
    };
    let mut found = Found { kind, count: 0, notes };
    for key in ["metadata", "spec"] {
        match object.get(key) {
            Some(node) => found.value(node, if key == "spec" { spec } else { &METADATA }, key),
            None => found.departs(start(object), format!("it has no `{key}`")),
        }
    }
    for (key, _) in object.pairs().iter().filter(|(key, _)| !["apiVersion", "kind", "metadata", "spec"].contains(&key.text.as_str())) {
        found.departs(key.span, format!("`{}` is no key of an object", short(&key.text)));
    }
    found.count
}

fn start(node: &Node) -> Span {
    Span::new(node.span.file, node.span.start as usize, node.span.start as usize + 1)
}

struct Found<'a> {
    kind: &'a str,
    count: usize,
    notes: &'a mut Notes,
}

impl Found<'_> {
    fn departs(&mut self, at: Span, what: String) {
        self.count += 1;
        if self.count <= TOLD_MAX {
            let article = if matches!(self.kind, "Service" | "DataSource") { "a" } else { "an" };
            let message = format!("{what}, says OpenSLO v1 of {article} {}", self.kind);
            self.notes.push(Code::Departs, at, message);
        }
    }

    fn value(&mut self, node: &Node, shape: &'static Shape, key: &str) {
        // A key without a value is as good as left out.
        if node.word().is_none() && matches!(node.kind, Kind::Text { .. }) {
            return;
        }
        match shape {
            Any => {}
            Map(keys) => self.map(node, keys, key),
            List(inner) => match &node.kind {
                Kind::List(items) => items.iter().for_each(|item| self.value(item, inner, key)),
                _ => self.departs(node.span, format!("`{key}` is a list")),
            },
            NameOr(inner) if matches!(node.kind, Kind::Map(_)) => self.value(node, inner, key),
            leaf => {
                if let Some(what) = wrong(node, leaf) {
                    self.departs(node.span, format!("`{}` is {what}", short(&format!("{key}: {}", node.flat()))));
                }
            }
        }
    }

    fn map(&mut self, node: &Node, keys: &'static [(&'static str, bool, &'static Shape)], name: &str) {
        if !matches!(node.kind, Kind::Map(_)) {
            self.departs(node.span, format!("`{name}` has keys"));
            return;
        }
        for (key, value) in node.pairs() {
            match keys.iter().find(|(known, ..)| *known == key.text) {
                Some((_, _, shape)) => self.value(value, shape, &key.text),
                None => self.departs(key.span, format!("`{}` is no key of `{name}`", short(&key.text))),
            }
        }
        for (key, ..) in keys.iter().filter(|(key, required, _)| *required && node.get(key).is_none()) {
            self.departs(start(node), format!("`{name}` needs `{key}`"));
        }
    }
}

/// What is wrong about a single value.
fn wrong(node: &Node, shape: &Shape) -> Option<String> {
    let Some(text) = node.word() else { return Some("no single value".to_owned()) };
    match shape {
        Name | NameOr(_) => {
            let inner = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            (!inner || text.len() > 63 || text.starts_with('-') || text.ends_with('-'))
                .then(|| "no name of at most 63 small letters, digits and `-`".to_owned())
        }
        Description => (text.chars().count() > 1050).then(|| "longer than 1,050 characters".to_owned()),
        Duration => (!is_duration(text)).then(|| "no duration such as `4w`".to_owned()),
        Slice => (!is_duration(text) && node.number().is_none()).then(|| "no duration such as `5m`".to_owned()),
        Truth => node.truth().is_none().then(|| "neither `true` nor `false`".to_owned()),
        Number => node.number().is_none().then(|| "no number".to_owned()),
        Share(least, most) => {
            node.number().is_none_or(|number| number < *least || number >= *most).then(|| format!("not from {least} to below {most}"))
        }
        Word(words) => (!words.contains(&text)).then(|| format!("none of {}", words.join(", "))),
        Any | Text | List(_) | Map(_) => None,
    }
}

fn is_duration(text: &str) -> bool {
    let digits = text.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    matches!(text.get(digits.len()..), Some("m" | "h" | "d" | "w" | "M" | "Q" | "Y"))
        && !digits.starts_with('0')
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}
