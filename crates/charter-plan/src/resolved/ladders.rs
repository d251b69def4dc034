//! Every ladder in one shape, whether it stands in a route's answer or under `degradation`.
//!
//! Time shares that the engine keeps belong to `compile`.

use super::figure::Figure;
use super::index::{Element, Index};
use super::needs::{Need, Needs};
use charter_spec::ast::{Answer, AnswerKind, Breaker, DegradationLadder, DegradationRung, FailMode, LadderNode, Route, Rung, RungTerms};
use charter_spec::names::{Entry, Target};
use charter_spec::quantity::{Date, Duration};
use charter_spec::{Field, Id, List, Ref, SectionName, Span, Spanned, Spec};
use std::collections::HashMap;

/// Every ladder.
#[derive(Clone, Debug, Default)]
pub struct Ladders {
    /// Routes' own ladders first, then those of `degradation`, in document order.
    pub all: Vec<Ladder>,
    by_element: HashMap<Element, Vec<usize>>,
}

/// Where a ladder is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LadderOrigin {
    /// In a route's `answer`; it is executed.
    Answer,
    /// Under `degradation`: stated about something that answers elsewhere.
    Degradation,
}

/// Rungs from best to safest.
#[derive(Clone, Debug)]
pub struct Ladder {
    /// What it stands in for.
    pub of: Element,
    pub origin: LadderOrigin,
    pub span: Span,
    pub rungs: Vec<LadderRung>,
    /// What happens when no rung answers; `degradation.default` counts.
    pub fail: Field<FailMode>,
    /// When the rung above is no longer asked; `degradation.default` counts. Models of a route's own ladder have theirs in `models.*.protect`.
    pub breaker: Field<Breaker>,
    /// How long a step down may take, in ms; `degradation.default` counts.
    pub within_ms: Option<Figure>,
    /// The last day on which every rung was tried on purpose.
    pub exercised: Field<Date>,
}

/// How a rung answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RungMeans {
    /// A model version of this charter.
    Model { model: Id, version: Option<Id> },
    /// What answers when nothing is broken, in the charter's word.
    Full(String),
    /// An earlier version of the same model, in the charter's word.
    PreviousVersion(String),
    /// A rule over the request.
    Rule,
    /// The same answer for everyone.
    Static,
    /// A table.
    Lookup,
    /// An earlier answer.
    Cached,
    /// Something computed beforehand.
    Precomputed,
    /// Another service of the same provider.
    SameProvider,
    /// An element of this charter.
    Element(Element),
    /// A split or a sequence.
    Composite,
    /// A word that says nothing to a machine.
    Other(String),
}

/// One rung.
#[derive(Clone, Debug)]
pub struct LadderRung {
    /// `full`, `degraded`, `fallback`.
    pub name: Id,
    pub span: Span,
    pub means: RungMeans,
    /// How long it may take, in ms, as written on the rung.
    pub within_ms: Option<Figure>,
    /// Oldest answer it may give, in ms: `cached`, `precomputed` or `max_age`.
    pub age_max_ms: Option<Figure>,
    /// Whether its version never moves: it names one, or says so.
    pub pinned: bool,
    /// Everything it needs at run time, followed through models and features.
    pub needs: Vec<Need>,
    /// What of that the rungs above need too and has no ladder of its own: it breaks with them.
    pub shared: Vec<Need>,
    /// The file or address that answers, where it is known: two rungs with one artifact are one.
    pub artifact: Option<String>,
    /// Whether it answers whatever else is broken: constants and rules.
    pub cannot_fail: bool,
    pub exercised: Field<Date>,
    pub fail: Field<FailMode>,
}

impl Ladders {
    /// Ladders of an element, a route's own first.
    pub fn of<'a>(&'a self, element: &Element) -> impl Iterator<Item = &'a Ladder> + use<'a> {
        self.by_element.get(element).into_iter().flatten().filter_map(|at| self.all.get(*at))
    }

    /// Ladders of whatever has this id.
    pub fn of_id<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Ladder> {
        self.all.iter().filter(move |ladder| ladder.of.id == *id)
    }

    fn push(&mut self, ladder: Ladder) {
        self.by_element.entry(ladder.of.clone()).or_default().push(self.all.len());
        self.all.push(ladder);
    }

    pub(super) fn new(spec: &Spec, index: &Index) -> Self {
        let mut builder = Builder { spec, index, needs: Needs::new(spec, index) };
        let mut ladders = Self::default();
        for route in &spec.routes {
            if let Some(answer) = &route.answer
                && let AnswerKind::Ladder(node) = &answer.value.kind
            {
                ladders.push(builder.answer(route, node, answer.span));
            }
        }
        for entry in spec.degradation.iter().flat_map(|degradation| &degradation.ladders) {
            ladders.push(builder.degradation(entry));
        }
        ladders
    }
}

struct Builder<'a> {
    spec: &'a Spec,
    index: &'a Index,
    needs: Needs<'a>,
}

impl Builder<'_> {
    fn answer(&mut self, route: &Entry<Route>, node: &LadderNode, span: Span) -> Ladder {
        let id = &route.id.value;
        let defaults = self.spec.degradation.as_ref().and_then(|degradation| degradation.defaults.as_ref());
        let stated = self.spec.degradation.as_ref().and_then(|degradation| degradation.ladders.get(id));
        let path = format!("routes.{id}.answer.ladder");
        let mut rungs: Vec<LadderRung> = node.ladder.iter().map(|rung| self.rung(rung, &path)).collect();
        share_fate(&mut rungs);
        Ladder {
            of: Element::new(SectionName::Routes, id),
            origin: LadderOrigin::Answer,
            span,
            rungs,
            fail: node.fail.or_else(|| defaults.and_then(|defaults| defaults.fail)),
            breaker: stated.and_then(|stated| stated.breaker.clone()).or_else(|| defaults.and_then(|defaults| defaults.breaker.clone())),
            within_ms: stated
                .and_then(|stated| millis(&stated.within, format!("degradation.{id}.within")))
                .or_else(|| defaults.and_then(|defaults| millis(&defaults.within, "degradation.default.within"))),
            exercised: stated.and_then(|stated| stated.exercised),
        }
    }

    fn rung(&mut self, rung: &Entry<Rung>, path: &str) -> LadderRung {
        let name = &rung.id.value;
        let answer = &rung.answer.value;
        let terms: &RungTerms = &rung.terms;
        let mut needs = self.answer_needs(answer);
        needs.extend(self.written(&terms.needs));
        let means = match &answer.kind {
            AnswerKind::Model(node) => match &node.model {
                Some(model) => RungMeans::Model { model: model.value.model.clone(), version: model.value.version.clone() },
                None => RungMeans::Other("model".to_owned()),
            },
            AnswerKind::Rule(_) => RungMeans::Rule,
            AnswerKind::Static(_) => RungMeans::Static,
            AnswerKind::Lookup(_) => RungMeans::Lookup,
            AnswerKind::Ladder(_)
            | AnswerKind::Split(_)
            | AnswerKind::Sequence(_)
            | AnswerKind::Shadow(_)
            | AnswerKind::Cascade(_)
            | AnswerKind::Ensemble(_)
            | AnswerKind::Cache(_) => RungMeans::Composite,
        };
        let pinned =
            terms.pinned.as_ref().is_some_and(|pinned| pinned.value) || matches!(&means, RungMeans::Model { version: Some(_), .. });
        let cannot_fail = match &answer.kind {
            AnswerKind::Rule(_) | AnswerKind::Static(_) => true,
            AnswerKind::Lookup(node) => node.default_value.is_some(),
            _ => false,
        };
        let age_max_ms = millis(&terms.cached, format!("{path}.{name}.cached"))
            .or_else(|| millis(&terms.precomputed, format!("{path}.{name}.precomputed")))
            .or_else(|| millis(&terms.max_age, format!("{path}.{name}.max_age")));
        LadderRung {
            name: name.clone(),
            span: rung.id.span,
            artifact: artifact(self.spec, answer),
            means,
            within_ms: millis(&terms.within, format!("{path}.{name}.within")),
            age_max_ms,
            pinned,
            needs: once(needs),
            shared: Vec::new(),
            cannot_fail,
            exercised: None,
            fail: None,
        }
    }

    /// How deep answers nest is bounded by the reader.
    fn answer_needs(&mut self, answer: &Answer) -> Vec<Need> {
        match &answer.kind {
            AnswerKind::Model(node) => node.model.as_ref().map_or_else(Vec::new, |model| {
                let element = self.needs.model(&model.value.model);
                self.needs.of(&element).to_vec()
            }),
            AnswerKind::Ladder(node) => {
                // What a ladder needs in any case is what each of its rungs needs.
                let rungs: Vec<Vec<Need>> = node.ladder.iter().map(|rung| self.answer_needs(&rung.answer.value)).collect();
                in_all(rungs)
            }
            AnswerKind::Split(node) => node.split.iter().flat_map(|arm| self.answer_needs(&arm.value.answer.value)).collect(),
            AnswerKind::Sequence(node) => node.sequence.iter().flat_map(|step| self.answer_needs(&step.value)).collect(),
            // What gets copies is not needed for an answer.
            AnswerKind::Shadow(node) => self.inner_needs(node.shadow.as_ref().and_then(|shadow| shadow.of.as_ref())),
            // The last step answers alone when the ones before it cannot.
            AnswerKind::Cascade(node) => node.cascade.last().map_or_else(Vec::new, |step| self.answer_needs(&step.answer.value)),
            AnswerKind::Ensemble(node) => {
                let members: Vec<Vec<Need>> = node.ensemble.iter().map(|member| self.answer_needs(&member.answer.value)).collect();
                let all = node.quorum.as_ref().is_none_or(|quorum| quorum.count() >= members.len() as u64);
                if all { members.into_iter().flatten().collect() } else { in_all(members) }
            }
            AnswerKind::Cache(node) => self.inner_needs(node.cache.as_ref().and_then(|cache| cache.of.as_ref())),
            AnswerKind::Rule(_) | AnswerKind::Static(_) | AnswerKind::Lookup(_) => Vec::new(),
        }
    }

    fn inner_needs(&mut self, answer: Option<&Spanned<Box<Answer>>>) -> Vec<Need> {
        answer.map_or_else(Vec::new, |answer| self.answer_needs(&answer.value))
    }

    fn written<T: Target>(&mut self, list: &List<Ref<T>>) -> Vec<Need> {
        let mut needs = Vec::new();
        for reference in list {
            if let Some(element) = self.index.find(&reference.value) {
                needs.extend(self.needs.with(element, reference.span));
            }
        }
        needs
    }

    fn degradation(&mut self, entry: &Entry<DegradationLadder>) -> Ladder {
        let id = &entry.id.value;
        let order = [SectionName::Routes, SectionName::Models, SectionName::Dependencies, SectionName::Providers, SectionName::Features];
        let section = order.into_iter().find(|section| self.index.contains(*section, id)).unwrap_or(SectionName::Degradation);
        let of = Element::new(section, id);
        let defaults = self.spec.degradation.as_ref().and_then(|degradation| degradation.defaults.as_ref());
        let path = format!("degradation.{id}");
        let mut rungs: Vec<LadderRung> =
            entry.rungs.iter().enumerate().map(|(at, rung)| self.stated_rung(&of, rung, at == 0, &path)).collect();
        share_fate(&mut rungs);
        let last_word = entry.rungs.iter().last().and_then(|rung| rung.fail);
        Ladder {
            of,
            origin: LadderOrigin::Degradation,
            span: entry.id.span,
            rungs,
            fail: entry.fail.or(last_word).or_else(|| defaults.and_then(|defaults| defaults.fail)),
            breaker: entry.breaker.clone().or_else(|| defaults.and_then(|defaults| defaults.breaker.clone())),
            within_ms: millis(&entry.within, format!("{path}.within"))
                .or_else(|| defaults.and_then(|defaults| millis(&defaults.within, "degradation.default.within"))),
            exercised: entry.exercised,
        }
    }

    fn stated_rung(&mut self, of: &Element, rung: &Entry<DegradationRung>, first: bool, path: &str) -> LadderRung {
        let name = &rung.id.value;
        let by = rung.means.iter().next();
        let word = rung.name.as_ref().map(|word| word.value.clone()).or_else(|| by.map(|by| by.id.value.to_string()));
        let word = word.unwrap_or_default();
        let how = by.and_then(|by| by.how.as_ref()).map(|how| how.value.clone()).unwrap_or_default();
        let age = |own: &Field<Duration>, of_means: Option<&Field<Duration>>, key: &str| {
            millis(own, format!("{path}.{name}.{key}")).or_else(|| millis(of_means?, format!("{path}.{name}.{word}.{key}")))
        };
        let cached = age(&rung.cached, by.map(|by| &by.cached), "cached");
        let precomputed = age(&rung.precomputed, by.map(|by| &by.precomputed), "precomputed");
        let max_age = age(&rung.max_age, by.map(|by| &by.max_age), "max_age");
        let says_pinned = rung.pinned.as_ref().or_else(|| by.and_then(|by| by.pinned.as_ref())).is_some_and(|pinned| pinned.value);
        let pinned = says_pinned || how == "pinned" || word == "pinned";
        let means = if first {
            RungMeans::Full(word.clone())
        } else if cached.is_some() {
            RungMeans::Cached
        } else if precomputed.is_some() {
            RungMeans::Precomputed
        } else {
            self.meaning(&word, &how, pinned)
        };
        let mut needs = self.written(&rung.needs);
        for means in &rung.means {
            needs.extend(self.written(&means.needs));
        }
        let span = by.map_or(rung.value.span, |by| by.value.span);
        needs.extend(self.implied(of, &means, span));
        LadderRung {
            name: name.clone(),
            span: rung.id.span,
            cannot_fail: matches!(means, RungMeans::Static | RungMeans::Rule),
            means,
            within_ms: millis(&rung.within, format!("{path}.{name}.within")),
            age_max_ms: cached.or(precomputed).or(max_age),
            pinned,
            needs: once(needs),
            shared: Vec::new(),
            artifact: None,
            exercised: rung.exercised,
            fail: rung.fail,
        }
    }

    fn meaning(&self, word: &str, how: &str, pinned: bool) -> RungMeans {
        let is = |wanted: &str| word == wanted || how == wanted;
        if is("static") {
            RungMeans::Static
        } else if pinned || word.starts_with("model-") {
            RungMeans::PreviousVersion(word.to_owned())
        } else if word == "rules" || word == "rule" || is("thresholds") || how.contains(['<', '>', '=']) {
            RungMeans::Rule
        } else if is("same-provider") {
            RungMeans::SameProvider
        } else if let Some(element) = self.index.named(how).or_else(|| self.index.named(word)).filter(|element| !element.is_whole()) {
            RungMeans::Element(element)
        } else {
            RungMeans::Other(if how.is_empty() { word.to_owned() } else { format!("{word}: {how}") })
        }
    }

    /// What a rung needs by what it is: the full rung and an earlier version need what the element needs, and the element itself where it is none of ours.
    fn implied(&mut self, of: &Element, means: &RungMeans, span: Span) -> Vec<Need> {
        match means {
            RungMeans::Full(_) | RungMeans::SameProvider if matches!(of.section, SectionName::Dependencies | SectionName::Providers) => {
                // Its own ladder is what is being judged, so it does not stand in for itself.
                let mut needs = vec![Need { element: of.clone(), span, has_ladder: false }];
                needs.extend(self.needs.of(of).iter().cloned());
                needs
            }
            RungMeans::Full(_) | RungMeans::PreviousVersion(_) => self.needs.of(of).to_vec(),
            RungMeans::Element(element) => self.needs.with(element.clone(), span),
            _ => Vec::new(),
        }
    }
}

/// What each rung shares with the ones above it and nothing stands in for.
fn share_fate(rungs: &mut [LadderRung]) {
    let mut above: HashMap<Element, ()> = HashMap::new();
    for rung in rungs {
        rung.shared = rung.needs.iter().filter(|need| !need.has_ladder && above.contains_key(&need.element)).cloned().collect();
        above.extend(rung.needs.iter().map(|need| (need.element.clone(), ())));
    }
}

fn in_all(rungs: Vec<Vec<Need>>) -> Vec<Need> {
    let mut rungs = rungs.into_iter();
    let Some(first) = rungs.next() else { return Vec::new() };
    rungs.fold(first, |left, right| left.into_iter().filter(|need| right.iter().any(|other| other.element == need.element)).collect())
}

fn once(needs: Vec<Need>) -> Vec<Need> {
    let mut seen = std::collections::HashSet::new();
    needs.into_iter().filter(|need| seen.insert(need.element.clone())).collect()
}

fn millis(written: &Field<Duration>, name: impl Into<String>) -> Option<Figure> {
    let written: &Spanned<Duration> = written.as_ref()?;
    Some(Figure::written(written.millis(), "ms", name, written.span))
}

/// The file or address behind a model node.
fn artifact(spec: &Spec, answer: &Answer) -> Option<String> {
    let AnswerKind::Model(node) = &answer.kind else { return None };
    let reference = &node.model.as_ref()?.value;
    let versions = &spec.models.get(&reference.model)?.versions;
    let version = match &reference.version {
        Some(version) => versions.get(version)?,
        None => versions.iter().next().map(|entry| &entry.value.value)?,
    };
    let remote = || {
        let url = &version.oip.as_ref()?.value;
        let name = version.model.as_ref().map_or("", |name| name.value.as_str());
        let number = version.version.as_ref().map_or("", |number| number.value.as_str());
        Some(format!("{url} {name} {number}"))
    };
    version.onnx.as_ref().map(|file| file.as_str().to_owned()).or_else(remote)
}
