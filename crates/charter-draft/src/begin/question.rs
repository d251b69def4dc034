//! The questions, and how an answer is read.

use crate::document::{Map, Value, write};
use charter_spec::quantity::parse_quantity;
use charter_spec::{FileSet, Id, read};

/// The shortest time in which a first charter has an answer and what takes its place, in nanoseconds: a millisecond each, and one between.
const SHORTEST_NANOS: f64 = 3e6;

/// What kind of system a charter is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A model behind an endpoint, asked in real time.
    Online,
    /// An assistant that writes, from documents.
    Assistant,
    /// Models that answer events from a stream.
    Events,
    /// Models that score tables at intervals.
    Batch,
}

impl Kind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::Online, Self::Assistant, Self::Events, Self::Batch];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Assistant => "assistant",
            Self::Events => "events",
            Self::Batch => "batch",
        }
    }

    /// What it is, in a line.
    pub fn about(self) -> &'static str {
        match self {
            Self::Online => "a model behind an endpoint, asked in real time",
            Self::Assistant => "an assistant that writes, from documents",
            Self::Events => "models that answer events from a stream",
            Self::Batch => "models that score tables at intervals",
        }
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.word() == word)
    }
}

/// How an answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// An id.
    Id,
    /// Words.
    Text,
    /// Words, several of them with commas between.
    List,
    /// `2 ml-engineer, 3 backend-engineer`.
    Team,
    /// Whatever the language reads at a place: section and key, or section, element and key.
    At(&'static [&'static str]),
}

/// A question.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// Its name, under which an answer is given and recorded.
    pub name: &'static str,
    /// What is asked.
    pub asks: &'static str,
    /// What the answer determines.
    pub determines: &'static str,
    /// An answer as it could be.
    pub example: &'static str,
    /// The kinds of system that it is asked for; all when empty.
    kinds: &'static [Kind],
    form: Form,
}

use Form::{At, Id as AnId, List, Team, Text};
use Kind::{Assistant, Batch, Events, Online};

macro_rules! questions {
    ($($name:literal $kinds:tt $form:expr, $asks:literal, $determines:literal, $example:literal;)*) => {
        /// Every question, in the order in which they are asked.
        pub const QUESTIONS: &[Question] = &[
            $(Question { name: $name, asks: $asks, determines: $determines, example: $example, kinds: &$kinds, form: $form },)*
        ];
    };
}

questions! {
    "system" [] AnId, "what is the system called, in a word?", "the name of everything that is written about it: metrics, exports, evidence", "fraud-check";
    "title" [] Text, "what does it do, in a line?", "the first sentence that a reader of any document gets", "holds orders that smell of fraud";
    "users" [] AnId, "who asks it: a role, in a word?", "whose scenarios are measured first, and who is asked whether it is any good", "shopper";
    "owner" [] AnId, "who answers for it: a role or a team, in a word?", "who signs, who is asked when a promise breaks", "architect";
    "wrong" [] At(&["constraints", "wrong", "share"]), "which share of its answers may be wrong?", "the model and its threshold, and whether people must look at answers before they count", "5%";
    "groups" [] List, "for which groups must that hold one by one?", "what the evaluation is split by: one figure over everybody hides those whom it fails", "country, new-customers";
    "miss" [Online, Events, Batch] At(&["models", "m", "cost_of_error", "false_negative"]), "what does it cost to miss one (a false negative)?", "the threshold: where a miss costs ten times an alarm, alarms are cheap", "180 USD";
    "alarm" [Online, Events, Batch] At(&["models", "m", "cost_of_error", "false_positive"]), "what does a false alarm cost (a false positive)?", "the threshold, from the other side", "12 USD";
    "people" [] At(&["models", "m", "decides_about_people"]), "do its answers decide about people: yes or no?", "whether reasons, a human, and a class under the EU AI Act are needed", "true";
    "ai-act" [] At(&["models", "m", "ai_act"]), "its class under the EU AI Act?", "which duties the law lays on it: prohibited, high-risk, transparency, general-purpose, not-high-risk or minimal", "high-risk";
    "explain" [] At(&["models", "m", "explain"]), "must each answer be explained: required, on-request or not-needed?", "whether black boxes are ruled out", "on-request";
    "peak" [Online, Assistant, Events] At(&["load", "peak"]), "how many requests per second at the peak?", "replicas, the load test, and the load under which every latency holds", "500 rps";
    "average" [Online, Assistant, Events] At(&["load", "average"]), "and on average?", "the bill", "120 rps";
    "rows" [Batch] At(&["data", "d", "rows"]), "how many rows are scored in a run?", "how long a run takes, and the machines for it", "2_000_000";
    "training" [] At(&["data", "d", "rows"]), "how many rows is it trained on?", "where training runs and what it costs", "4_000_000";
    "latency" [Online, Assistant, Events] At(&["latency", "l", "total"]), "how long may an answer take at p99?", "the budget of every stage, the model that fits in it, and what answers when it does not", "200ms";
    "fresh" [Batch] At(&["dependencies", "d", "freshness"]), "how old may a result be when it is used?", "how often a run starts, and when it counts as late", "24h";
    "available" [] At(&["dependencies", "d", "slo"]), "which share of calls must be answered, whatever breaks?", "how many rungs a ladder needs, and how many zones", "99.9%";
    "data" [] At(&["dependencies", "d", "data"]), "the most sensitive data that it sees: none, public, aggregated, anonymous, pseudonymous, personal, sensitive or confidential?", "where it may run, what is blacked out in records, and which laws hold", "personal";
    "laws" [] List, "which laws and standards hold?", "the audit trail, and who must sign before it is served", "GDPR, EU AI Act";
    "region" [] At(&["dependencies", "d", "region"]), "where must the data stay?", "the regions and providers that are possible at all", "EU";
    "budget" [] At(&["cost", "ceiling"]), "what may it cost a month?", "what fits: GPUs, replicas, providers; `charter check` holds the estimated bill against it (M002)", "50_000 USD/month";
    "team" [] Team, "who builds and runs it?", "how much of the roadmap fits, and which technology is too much", "2 ml-engineer, 3 backend-engineer";
    "months" [] At(&["data", "d", "retention"]), "when must the first version serve real users, from today?", "the boxes of discovery, proof of concept and MVP; less than 12 weeks is less than is usual", "14w";
    "evolution" [] Text, "what will change within a year?", "which boundaries must be easy to move", "two more countries, retraining every week";
}

/// The question of a name.
pub fn question(name: &str) -> Option<&'static Question> {
    QUESTIONS.iter().find(|question| question.name == name)
}

impl Question {
    /// Whether it is asked for a kind of system.
    pub fn is_for(&self, kind: Kind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }

    /// The answer without what surrounds it.
    ///
    /// # Errors
    /// What the language would say of it, in a line.
    pub fn read(&self, answer: &str) -> Result<String, String> {
        let answer = answer.trim();
        match self.form {
            Form::Id => {
                Id::new(answer).map(|id| id.as_str().to_owned()).map_err(|problem| format!("{problem}; for example `{}`", self.example))
            }
            Form::Text if answer.is_empty() => Err("an answer holds at least a word".to_owned()),
            Form::Text => Ok(answer.split_whitespace().collect::<Vec<_>>().join(" ")),
            Form::List => {
                let items: Vec<&str> = answer.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
                if items.is_empty() { Err("an answer holds at least a word".to_owned()) } else { Ok(items.join(", ")) }
            }
            Form::Team => {
                let team = team(answer)?;
                let written: Vec<String> = team.iter().map(|(role, number)| format!("{number} {role}")).collect();
                Ok(written.join(", "))
            }
            Form::At(path) => {
                let read = at(path, answer)?;
                let is_short = self.name == "latency" && parse_quantity(&read).is_ok_and(|time| time.base < SHORTEST_NANOS);
                if is_short { Err("no answer and its fallback fit in less than 3 ms; write at least `3ms`".to_owned()) } else { Ok(read) }
            }
        }
    }
}

/// The roles of a team with their numbers.
pub(super) fn team(answer: &str) -> Result<Vec<(String, String)>, String> {
    let mut roles = Vec::new();
    for part in answer.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (number, role) =
            part.split_once(char::is_whitespace).ok_or_else(|| format!("`{part}` is no number and a role; for example `2 ml-engineer`"))?;
        let role = crate::foreign::slug(role);
        let role = role
            .strip_suffix('s')
            .filter(|role| role.ends_with("engineer") || role.ends_with("scientist"))
            .map(str::to_owned)
            .unwrap_or(role);
        let number = at(&["team", &role], number)?;
        roles.push((role, number));
    }
    if roles.is_empty() { Err("a team has at least one role; for example `2 ml-engineer`".to_owned()) } else { Ok(roles) }
}

/// Reads an answer as the language reads it at a place.
fn at(path: &[&str], answer: &str) -> Result<String, String> {
    // A share has no section of its own: it is read as the availability of a dependency.
    let path: &[&str] = if path == ["constraints", "wrong", "share"] { &["dependencies", "d", "slo"] } else { path };
    // People say yes and no; the language does not, since YAML's versions disagree about them.
    let is_truth = path.last() == Some(&"decides_about_people");
    let answer = match answer {
        "yes" | "y" if is_truth => "true",
        "no" | "n" if is_truth => "false",
        answer => answer,
    };
    let mut value = match answer {
        "true" | "false" => Value::Raw(answer.to_owned()),
        _ => Value::Text(answer.to_owned()),
    };
    for key in path.iter().rev() {
        value = Value::Map(Map::new().with(*key, value).block());
    }
    let Value::Map(sections) = value else { return Err("this question has no place".to_owned()) };
    let head = "charter: 1\nsystem: x\n";
    let written = format!("{head}{}", write(&sections));
    if answer.is_empty() {
        return Err("an answer holds at least a word".to_owned());
    }
    let reading = read(&FileSet::single("charter.yaml", written.into_bytes()), "charter.yaml");
    match reading.diagnostics.first() {
        None => Ok(answer.to_owned()),
        Some(problem) => Err(match &problem.help {
            Some(help) => format!("{}; {help}", problem.message),
            None => problem.message.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_an_answer() {
        for question in QUESTIONS {
            assert_eq!(question.read(question.example), Ok(question.example.to_owned()), "{}", question.name);
        }
    }

    #[test]
    fn a_wrong_answer_gets_the_words_of_the_language() {
        let told = |name: &str, answer: &str| question(name).map(|question| question.read(answer).unwrap_err()).unwrap_or_default();
        assert_eq!(
            told("peak", "80ms"),
            "`80ms` is time, not a rate such as `10_000 rps` or `200/s`; write a rate such as `10_000 rps` or `200/s`"
        );
        assert_eq!(told("data", "persnal"), "`persnal` is not a word that is known here; did you mean `personal`?");
        assert!(told("people", "maybe").contains("`true` or `false`"));
        assert_eq!(told("team", "many"), "`many` is no number and a role; for example `2 ml-engineer`");
        assert!(!told("wrong", "many").is_empty());
        assert!(told("latency", "0ms").contains("write at least `3ms`"));
        assert_eq!(question("latency").map(|question| question.read("3ms")), Some(Ok("3ms".to_owned())));
        assert_eq!(question("people").map(|question| question.read("yes")), Some(Ok("true".to_owned())));
    }
}
