//! `age(NAME) <= 1y`: how long ago something was last made, against today.

use super::{Facts, Judged, Outcome};
use crate::age::{Aged, Made, day, last_made, named, subject};
use crate::arithmetic::derivation::number;
use crate::gate::sign_off::{Scope, standing_signature};
use charter_spec::measure::Measure;
use charter_spec::{Dimension, SectionName};

const DAY_NANOS: f64 = 86_400e9;

pub(super) fn judge(facts: &Facts<'_>, text: &str, measure: &Measure) -> Judged {
    let unknown = |reason: String| Judged::new(text, Outcome::Unknown, reason);
    let Some(name) = subject(measure) else { return unknown("`age` takes one name, as in `age(validation-study) <= 1y`".to_owned()) };
    let Some(limit) = measure.value.quantity().filter(|quantity| quantity.dimension() == Dimension::Time) else {
        return unknown("an age is held against a length of time".to_owned());
    };
    let Some(aged) = named(facts.resolved, &name) else {
        return unknown(format!(
            "nothing that ages is called `{name}`: name a control, a model, a requirement, a decision, or a file of evidence"
        ));
    };
    let Some(made) = newest(facts, &aged) else { return unknown(format!("nothing says when `{name}` was last made: {}", way_out(&aged))) };
    let age = facts.today.days_since_epoch() - made.date.days_since_epoch();
    let date = Some(made.date.to_string());
    if age < 0 {
        return Judged { date, ..unknown(format!("{} says {}, which is still to come", made.by, made.date)) };
    }
    // Ages in days are far below 2^52.
    #[allow(clippy::cast_precision_loss)]
    let days = age as f64;
    let operator = measure.operator.value;
    let holds = operator.holds(days * DAY_NANOS, limit.base);
    let word = if holds { "holds" } else { "does not hold" };
    let reason = format!(
        "{} − {} = {} days, by {}; {} {} days {word}",
        facts.today,
        made.date,
        number(days),
        made.by,
        operator.symbol(),
        number(limit.base / DAY_NANOS)
    );
    let outcome = if holds { Outcome::Met } else { Outcome::NotMet };
    Judged { figure: Some(days), unit: "days".to_owned(), date, ..Judged::new(text, outcome, reason) }
}

/// What is kept and stated, or a person's name under the control as it is now.
fn newest(facts: &Facts<'_>, aged: &Aged) -> Option<Made> {
    let signed = || {
        let Aged::Element(element) = aged else { return None };
        let scope = Scope::element(element);
        let (found, _) =
            standing_signature(facts.sign_offs, &scope.name, None, &scope.fingerprint(facts)).filter(|(_, current)| *current)?;
        Some(Made { date: day(&found.signed_at)?, by: format!("the signature of {}", found.name) })
    };
    last_made(facts.resolved, facts.evidence, aged).into_iter().chain(signed()).max_by_key(|made| made.date)
}

fn way_out(aged: &Aged) -> String {
    match aged {
        Aged::File(path) => format!("let `{path}` say its `date`"),
        Aged::Element(element) if element.section == SectionName::Controls => {
            format!("name its `evidence` and the day under `reviewed`, or sign it: `charter gate PHASE --sign NAME --scope {element}`")
        }
        Aged::Element(element) if element.section == SectionName::Models => format!("write `{element}.versions.*.trained`"),
        Aged::Element(element) if element.section == SectionName::Decisions => format!("write `{element}.date`"),
        Aged::Element(_) => "run `charter verify`".to_owned(),
    }
}
