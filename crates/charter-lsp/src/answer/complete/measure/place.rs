//! Where a place is within the grammar of measures: what stands before it, and what may come next. Half a measure is the usual case here.

use charter_spec::measure::{METRICS, Metric, MetricDimension};

/// Most words of a measure that are looked at.
const WORDS_MAX: usize = 200;

/// A word of a measure.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Word<'t> {
    Name(&'t str),
    /// A number, with its unit when it has one.
    Number(&'t str),
    Operator,
    Open,
    Close,
    Comma,
    At,
}

/// What stands before a place.
#[derive(Debug)]
pub(super) struct Spoken<'t> {
    words: Vec<Word<'t>>,
    /// Where the word starts that is being written; the place itself when none is.
    pub(super) typed: usize,
    /// Where a number without a unit stands, when only blanks are behind it.
    pub(super) bare_number: Option<usize>,
}

/// What may come next.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// Nothing is said yet.
    Start,
    /// An argument of this function.
    Argument(String),
    /// An operator, or what else may stand behind a term.
    Operator { metric: Option<&'static Metric>, alone: Option<String> },
    /// What a term of this dimension is compared with.
    Value(Option<MetricDimension>),
    /// What may stand behind a whole measure, as far as it does not stand there yet.
    Tail { window: bool, confidence: bool, by: bool },
    /// The length of a window.
    Window,
    /// The metric of an operating point.
    Point,
    /// A kind of proof.
    Proof,
    /// One of these words.
    Every(&'static [&'static str]),
    /// Nothing that is known.
    Nothing,
}

const SUBJECTS: &[&str] = &["quality", "constraint", "control", "rung", "contract", "upstream", "model", "risk"];
const STATES: &[&str] = &["proved", "checked", "evidenced", "exercised", "signed", "compared", "mitigated"];

/// Whether a character belongs to a name or a number.
pub(super) fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.')
}

impl<'t> Spoken<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut words: Vec<Word<'t>> = Vec::new();
        let mut at = 0;
        let mut typed = text.len();
        let mut before = 0;
        while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
            let rest = text.get(at..).unwrap_or("");
            if words.len() >= WORDS_MAX {
                break;
            }
            let (word, length) = match first {
                '(' | '[' => (Some(Word::Open), 1),
                ')' | ']' => (Some(Word::Close), 1),
                ',' => (Some(Word::Comma), 1),
                '@' => (Some(Word::At), 1),
                '<' | '>' | '=' | '!' => (Some(Word::Operator), rest.len() - rest.trim_start_matches(['<', '>', '=', '!']).len()),
                _ if first.is_ascii_digit() => {
                    let length = rest.find(|character: char| !(is_name(character) || matches!(character, '%' | '/'))).unwrap_or(rest.len());
                    (rest.get(..length).map(Word::Number), length)
                }
                _ if is_name(first) => {
                    let length = rest.find(|character: char| !(is_name(character) || character == '/')).unwrap_or(rest.len());
                    (rest.get(..length).map(Word::Name), length)
                }
                _ => (None, first.len_utf8()),
            };
            let is_last = at + length == text.len();
            match (word, words.last().copied()) {
                (Some(Word::Name("in")), _) if !is_last => words.push(Word::Operator),
                // A unit behind its number: `50_000 USD/month`.
                (Some(Word::Name(unit)), Some(Word::Number(number))) if is_unit(number, unit, is_last) => {
                    if is_last {
                        words.pop();
                        typed = before;
                    }
                }
                (Some(Word::Name(_) | Word::Number(_)), _) if is_last => typed = at,
                (Some(word), _) => {
                    words.push(word);
                    before = at;
                }
                (None, _) => {}
            }
            at += length;
        }
        let is_bare = typed == text.len()
            && matches!(words.last(), Some(Word::Number(number)) if number.ends_with(|last: char| last.is_ascii_digit()));
        Self { words, typed, bare_number: is_bare.then_some(before) }
    }

    /// The dimension of what is compared with the last number.
    pub(super) fn compared(&self) -> Option<MetricDimension> {
        dimension(self.inner().0)
    }

    /// The words since the innermost parenthesis that is open, and the function before it.
    fn inner(&self) -> (&[Word<'t>], Option<&'t str>) {
        let mut open = Vec::new();
        for (at, word) in self.words.iter().enumerate() {
            match word {
                Word::Open => open.push(at),
                Word::Close => drop(open.pop()),
                _ => {}
            }
        }
        let Some(last) = open.last() else { return (&self.words, None) };
        let function = last.checked_sub(1).and_then(|before| self.words.get(before));
        let name = match function {
            Some(Word::Name(name)) => name,
            _ => "",
        };
        (self.words.get(last + 1..).unwrap_or(&[]), Some(name))
    }

    pub(super) fn next(&self) -> Next {
        let (inner, function) = self.inner();
        if function.is_none()
            && let Some(next) = fixed(inner)
        {
            return next;
        }
        match (inner.last(), function) {
            (None, None) => Next::Start,
            (None | Some(Word::Comma), Some(function)) => Next::Argument(function.to_owned()),
            (Some(Word::Operator), _) => Next::Value(dimension(inner)),
            (Some(Word::Name("over")), None) => Next::Window,
            (Some(Word::Name("at")), None) if !is_whole(inner) => Next::Point,
            (Some(Word::Name("over" | "vs" | "at" | "by") | Word::Comma | Word::At | Word::Open), _) => Next::Nothing,
            (Some(_), None) if is_whole(inner) => {
                let has = |wanted: &str| inner.contains(&Word::Name(wanted));
                let times = inner.iter().filter(|word| **word == Word::Name("at")).count();
                Next::Tail { window: !has("over"), confidence: times <= usize::from(is_pointed(inner)), by: !has("by") }
            }
            (Some(_), _) => {
                let alone = match inner {
                    [Word::Name(name)] if function.is_none() => Some((*name).to_owned()),
                    _ => None,
                };
                Next::Operator { metric: metric_of(inner), alone }
            }
        }
    }
}

/// Whether a name behind a number is its unit; while it is written, anything that is no word of the grammar.
fn is_unit(number: &str, name: &str, is_last: bool) -> bool {
    let bare = number.ends_with(|last: char| last.is_ascii_digit());
    let grammar = ["over", "at", "by", "vs", "confidence"].iter().any(|word| if is_last { word.starts_with(name) } else { *word == name });
    bare && !grammar
}

/// `every …` and `requirement @…`, which are no measures.
fn fixed(words: &[Word<'_>]) -> Option<Next> {
    match words {
        [Word::Name("every")] => Some(Next::Every(SUBJECTS)),
        [Word::Name("every"), Word::Name("upstream")] => Some(Next::Every(&["contract"])),
        [Word::Name("every"), .., Word::At] => Some(Next::Proof),
        [Word::Name("every"), Word::Name(_)] | [Word::Name("every"), Word::Name("upstream"), Word::Name(_)] => Some(Next::Every(STATES)),
        [Word::Name("every"), ..] => Some(Next::Nothing),
        // Behind `ndcg@` stands how many are looked at.
        [Word::Name(name), Word::At] if known(name).is_none() => Some(Next::Proof),
        _ => None,
    }
}

fn known(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}

/// Whether an operating point stands before the first comparison: `recall at fpr <= 1%`.
fn is_pointed(words: &[Word<'_>]) -> bool {
    let first = words.iter().position(|word| matches!(word, Word::Operator)).unwrap_or(words.len());
    words.iter().take(first).any(|word| *word == Word::Name("at"))
}

/// Whether the comparison that makes a measure of a term is written, with its value.
fn is_whole(words: &[Word<'_>]) -> bool {
    outer(words).filter(|word| matches!(word, Word::Operator)).count() > usize::from(is_pointed(words))
}

/// The words outside of parentheses.
fn outer<'w, 't>(words: &'w [Word<'t>]) -> impl Iterator<Item = &'w Word<'t>> {
    let mut depth = 0_usize;
    words.iter().filter(move |word| {
        match word {
            Word::Open => depth += 1,
            Word::Close => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    })
}

/// The metric that words are about: the last one where an operating point is being written, else the first.
fn metric_of(words: &[Word<'_>]) -> Option<&'static Metric> {
    let names = || {
        words.iter().filter_map(|word| match word {
            Word::Name(name) => known(name),
            _ => None,
        })
    };
    let comparisons = outer(words).filter(|word| matches!(word, Word::Operator)).count();
    if is_pointed(words) && comparisons <= 1 { names().next_back() } else { names().next() }
}

/// The dimension of what was last compared.
fn dimension(words: &[Word<'_>]) -> Option<MetricDimension> {
    match words.first() {
        Some(Word::Name("ratio" | "share" | "uplift" | "change")) if words.get(1) == Some(&Word::Open) => Some(MetricDimension::Ratio),
        Some(Word::Name("all" | "any" | "runtime")) if words.get(1) == Some(&Word::Open) => Some(MetricDimension::Word),
        Some(Word::Name("rung")) => Some(MetricDimension::Word),
        _ => metric_of(words).map(|metric| metric.dimension),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(text: &str) -> Next {
        Spoken::of(text).next()
    }

    fn typed(text: &str) -> &str {
        &text[Spoken::of(text).typed..]
    }

    #[test]
    fn what_may_come_next_is_known_at_every_word() {
        assert_eq!(next(""), Next::Start);
        assert_eq!(next("lat"), Next::Start);
        assert_eq!(next("p99("), Next::Argument("p99".into()));
        assert_eq!(next("p99(lat"), Next::Argument("p99".into()));
        assert_eq!(next("agreement(a, "), Next::Argument("agreement".into()));
        assert!(matches!(next("p99(latency) "), Next::Operator { metric: Some(metric), alone: None } if metric.name == "latency"));
        assert_eq!(next("p99(latency) < "), Next::Value(Some(MetricDimension::Time)));
        assert_eq!(next("p99(latency) < 20"), Next::Value(Some(MetricDimension::Time)));
        assert_eq!(next("p99(latency) < 20ms "), Next::Tail { window: true, confidence: true, by: true });
        assert_eq!(next("p99(latency) < 20ms ov"), Next::Tail { window: true, confidence: true, by: true });
        assert_eq!(next("p99(latency) < 20ms over "), Next::Window);
        assert_eq!(next("p99(latency) < 20ms over 28"), Next::Window);
        assert_eq!(next("p99(latency) < 20ms over 28d "), Next::Tail { window: false, confidence: true, by: true });
        assert_eq!(next("p99(latency) < 20ms at 95% confidence "), Next::Tail { window: true, confidence: false, by: true });
        assert_eq!(next("ratio(rung == "), Next::Value(Some(MetricDimension::Word)));
        assert_eq!(next("ratio(rung == full) >= "), Next::Value(Some(MetricDimension::Ratio)));
        assert_eq!(next("cost.total <= 50_000 USD/month "), Next::Tail { window: true, confidence: true, by: true });
        assert_eq!(next("all(region) in "), Next::Value(Some(MetricDimension::Word)));
    }

    #[test]
    fn an_operating_point_is_compared_before_its_metric() {
        assert_eq!(next("recall at "), Next::Point);
        assert!(matches!(next("recall at fpr "), Next::Operator { metric: Some(metric), .. } if metric.name == "fpr"));
        assert_eq!(next("recall at fpr <= "), Next::Value(Some(MetricDimension::Ratio)));
        assert!(matches!(next("recall at fpr <= 1% "), Next::Operator { .. }));
        assert_eq!(next("recall at fpr <= 1% >= "), Next::Value(Some(MetricDimension::Ratio)));
        assert_eq!(next("recall at fpr <= 1% >= 0.9 "), Next::Tail { window: true, confidence: true, by: true });
        assert_eq!(next("recall at fpr <= 1% >= 0.9 by "), Next::Nothing);
    }

    #[test]
    fn gates_name_requirements_and_everything_of_a_kind() {
        assert_eq!(next("peak-latency @"), Next::Proof);
        assert_eq!(next("peak-latency @lo"), Next::Proof);
        assert_eq!(next("ndcg@"), Next::Nothing);
        assert_eq!(next("every "), Next::Every(SUBJECTS));
        assert_eq!(next("every upstream con"), Next::Every(&["contract"]));
        assert_eq!(next("every upstream contract "), Next::Every(STATES));
        assert_eq!(next("every quality @"), Next::Proof);
        assert!(matches!(next("peak-latency "), Next::Operator { alone: Some(id), .. } if id == "peak-latency"));
    }

    #[test]
    fn the_word_that_is_written_is_found() {
        for (text, word) in [
            ("p99(la", "la"),
            ("p99(latency) < 20", "20"),
            ("cost.total <= 50_000 US", "50_000 US"),
            ("p99(latency) < 20ms o", "o"),
            ("peak-latency @lo", "lo"),
            ("p99(", ""),
            ("ä p9", "p9"),
            ("cost.total <= 50_000 ", ""),
            ("", ""),
        ] {
            assert_eq!(typed(text), word, "{text}");
        }
        assert_eq!(Spoken::of("cost.total <= 50_000 ").bare_number, Some(14));
        assert_eq!(Spoken::of("cost.total <= 50_000").bare_number, None, "it is still being written");
        assert_eq!(Spoken::of("p99(latency) < 1s ").bare_number, None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_a_next_word(text in "([a-z]{1,3}|[0-9.]{1,2}|at|by|over|every|[ ()\\[\\],@<=>!%/ä-]){0,30}") {
            let spoken = Spoken::of(&text);
            proptest::prop_assert!(text.get(spoken.typed..).is_some());
            spoken.next();
        }
    }
}
