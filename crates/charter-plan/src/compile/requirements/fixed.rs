//! Requirements that arithmetic over the charter decides.

use super::{operator, risks};
use crate::arithmetic::derivation::number;
use crate::arithmetic::roadmap::person_weeks;
use crate::plan::{Operator, Proof};
use crate::resolved::{Figure, Resolved, in_area};
use charter_spec::Dimension;
use charter_spec::ast::Level;
use charter_spec::measure::{Argument, Measure, Operator as Written, TermKind, ValueKind};

/// What arithmetic can decide.
enum Known {
    Cost,
    Effort,
    /// By a route.
    Thousand(String),
    /// By a phase.
    Roadmap(String),
    Regions,
    /// Of this level and above; all of them without one.
    Risks(Option<Level>),
}

/// The verdict of a measure over figures of the charter.
///
/// # Errors
/// Which figure is missing, or that arithmetic does not know the term.
pub(super) fn proof(resolved: &Resolved, measure: &Measure) -> Result<Proof, String> {
    match known(measure)? {
        Known::Cost => cost(resolved, measure),
        Known::Effort => effort(resolved, measure),
        Known::Thousand(route) => thousand(resolved, measure, &route),
        Known::Roadmap(phase) => roadmap(resolved, measure, phase),
        Known::Regions => regions(resolved, measure),
        Known::Risks(level) => risks::proof(resolved, measure, level),
    }
}

/// Whether arithmetic knows the term, whatever its figures.
///
/// # Errors
/// That it does not.
pub(super) fn knows(measure: &Measure) -> Result<(), String> {
    known(measure).map(|_| ())
}

fn known(measure: &Measure) -> Result<Known, String> {
    match &measure.term.kind {
        TermKind::Path(path) => match path.dotted().as_str() {
            "cost.total" => Ok(Known::Cost),
            "roadmap.effort" => Ok(Known::Effort),
            "risks.open" => Ok(Known::Risks(None)),
            other => Err(format!("arithmetic does not know `{other}`")),
        },
        TermKind::Call { function, arguments } => match (function.value.dotted().as_str(), arguments.as_slice()) {
            ("cost.per_thousand", [argument]) => Ok(Known::Thousand(name(argument).ok_or("`cost.per_thousand` takes a route")?)),
            ("roadmap.end", [argument]) => Ok(Known::Roadmap(name(argument).ok_or("`roadmap.end` takes a phase")?)),
            ("all", [argument]) if name(argument).as_deref() == Some("region") => Ok(Known::Regions),
            ("risks.open", [argument]) => {
                let level = name(argument).and_then(|word| Level::ALL.iter().copied().find(|level| level.word() == word));
                Ok(Known::Risks(Some(level.ok_or("`risks.open` takes a level: low, medium, high or critical")?)))
            }
            (other, _) => Err(format!("arithmetic does not know `{other}(…)`")),
        },
        TermKind::At { .. } => Err("arithmetic knows no operating points".to_owned()),
    }
}

fn name(argument: &Argument) -> Option<String> {
    match argument {
        Argument::Term(term) => match &term.kind {
            TermKind::Path(path) => Some(path.dotted()),
            _ => None,
        },
        Argument::Value(value) => match &value.kind {
            ValueKind::Path(path) => Some(path.dotted()),
            _ => None,
        },
        _ => None,
    }
}

fn cost(resolved: &Resolved, measure: &Measure) -> Result<Proof, String> {
    let bill = &resolved.cost;
    let limit = match &measure.value.kind {
        ValueKind::Quantity(quantity) => {
            let foreign = match quantity.dimension() {
                Dimension::MoneyPerTime(currency) | Dimension::Money(currency) => currency.code() != bill.currency,
                _ => false,
            };
            if foreign {
                return Err(format!("the limit is not in {}, the currency of the bill", bill.currency));
            }
            quantity.base
        }
        ValueKind::Path(path) if path.dotted() == "cost.ceiling" => {
            bill.ceiling.as_ref().map(Figure::value).ok_or("`cost.ceiling` is not stated")?
        }
        _ => return Err("its limit is no amount of money".to_owned()),
    };
    let operator = operator(measure)?;
    let unit = format!("{}/month", bill.currency);
    if let Some(total) = &bill.total {
        return Ok(settled(total, operator, limit, &unit));
    }
    let missing: Vec<String> = bill.items.iter().flat_map(|item| item.missing.iter().cloned()).take(8).collect();
    // What is known already is a lower bound: above the limit, nothing that is missing can mend it.
    let upper = matches!(operator, Operator::Less | Operator::LessOrEqual);
    match &bill.known {
        Some(known) if upper && !operator.holds(known.value(), limit) => Ok(settled(known, operator, limit, &unit)),
        _ => Err(format!("the bill is not complete; missing: {}", missing.join(", "))),
    }
}

/// What a thousand calls of a route cost, against an amount of money.
fn thousand(resolved: &Resolved, measure: &Measure, route: &str) -> Result<Proof, String> {
    let bill = &resolved.cost;
    let served = bill.of_thousand(route).ok_or_else(|| format!("there is no route `{route}`"))?;
    let quantity = measure.value.quantity().ok_or("its limit is no amount of money")?;
    match quantity.dimension() {
        Dimension::Money(currency) if currency.code() != bill.currency => {
            return Err(format!("the limit is not in {}, the currency of the bill", bill.currency));
        }
        Dimension::Money(_) | Dimension::Count => {}
        _ => return Err("its limit is no amount of money".to_owned()),
    }
    let figure = served
        .per_thousand
        .as_ref()
        .ok_or_else(|| format!("the cost of `{route}` is not complete; missing: {}", served.missing.join(", ")))?;
    Ok(settled(figure, operator(measure)?, quantity.base, &bill.currency))
}

fn settled(figure: &Figure, operator: Operator, limit: f64, unit: &str) -> Proof {
    let holds = operator.holds(figure.value(), limit);
    let mut derivation = figure.derivation.steps.clone();
    derivation.extend(figure.assumptions.iter().map(|assumption| format!("assuming that {}", assumption.text)));
    derivation.push(verdict(figure.value(), operator, limit, unit, holds));
    Proof::Static { holds, figure: figure.value(), unit: unit.to_owned(), derivation }
}

fn verdict(figure: f64, operator: Operator, limit: f64, unit: &str, holds: bool) -> String {
    let word = if holds { "holds" } else { "does not hold" };
    format!("{} {} {} {unit} {word}", number(figure), operator.sign(), number(limit))
}

/// Holds when even the latest end keeps the limit; broken when even the earliest misses it.
fn roadmap(resolved: &Resolved, measure: &Measure, phase: String) -> Result<Proof, String> {
    let found = resolved.roadmap.of(&phase).ok_or_else(|| format!("the roadmap has no phase `{phase}`"))?;
    let (earliest, latest) = match (&found.earliest_end_weeks, &found.latest_end_weeks) {
        (Some(earliest), Some(latest)) => (earliest, latest),
        _ => return Err(format!("the end of `{phase}` is not known: a phase before it has no `box:` with an end")),
    };
    let quantity =
        measure.value.quantity().filter(|quantity| quantity.dimension() == Dimension::Time).ok_or("its limit is no length of time")?;
    let limit = quantity.base / (604_800.0 * 1e9);
    let operator = operator(measure)?;
    if operator.holds(latest.value(), limit) || !operator.holds(earliest.value(), limit) {
        let deciding = if operator.holds(latest.value(), limit) { latest } else { earliest };
        return Ok(settled(deciding, operator, limit, "weeks"));
    }
    Err(format!(
        "`{phase}` ends after {} to {} weeks, and the limit lies between: narrow the boxes",
        number(earliest.value()),
        number(latest.value())
    ))
}

/// Work against people × weeks until the last phase that ends.
fn effort(resolved: &Resolved, measure: &Measure) -> Result<Proof, String> {
    let roadmap = &resolved.roadmap;
    let effort = roadmap.effort_weeks.as_ref().ok_or("no task of the roadmap states its `effort:`")?;
    match &measure.value.kind {
        ValueKind::Quantity(quantity) if quantity.dimension() == Dimension::Time => {
            Ok(settled(effort, operator(measure)?, person_weeks(quantity), "person-weeks"))
        }
        ValueKind::Path(path) if path.dotted() == "team.capacity" => {
            let people = roadmap.team.as_ref().ok_or("there is no `team:`")?;
            let ends = roadmap.phases.iter().filter_map(|phase| phase.latest_end_weeks.as_ref());
            let end = ends.max_by(|left, right| left.value().total_cmp(&right.value())).ok_or("no phase of the roadmap has an end")?;
            let capacity = people.value() * end.value();
            let line = format!("{} people × {} weeks = {} person-weeks", number(people.value()), number(end.value()), number(capacity));
            // The limit is a figure too, and rests on what its parts rest on.
            let mut held = effort.clone().from(people).from(end);
            held.derivation.steps.push(line);
            Ok(settled(&held, operator(measure)?, capacity, "person-weeks"))
        }
        _ => Err("its limit is neither a length of time nor `team.capacity`".to_owned()),
    }
}

/// `all(region) in EU`: every place where data are handled lies in the area.
fn regions(resolved: &Resolved, measure: &Measure) -> Result<Proof, String> {
    if measure.operator.value != Written::In {
        return Err("regions are compared by `in`".to_owned());
    }
    let areas: Vec<String> = match &measure.value.kind {
        ValueKind::Path(path) => vec![path.dotted()],
        ValueKind::List(values) => {
            values.iter().filter_map(|value| if let ValueKind::Path(path) = &value.kind { Some(path.dotted()) } else { None }).collect()
        }
        ValueKind::Quantity(_) => return Err("a region is in an area, not in a number".to_owned()),
    };
    let mut derivation = Vec::new();
    let mut unknown = Vec::new();
    let silent = silent(resolved);
    if !silent.is_empty() {
        derivation.push(format!("assuming that no data pass through {}, which state no `data:` and no `region:`", silent.join(", ")));
    }
    let mut outside = 0_u32;
    for (id, region) in places(resolved) {
        let Some(region) = region else {
            unknown.push(id);
            continue;
        };
        let found: Vec<Option<bool>> = areas.iter().map(|area| in_area(&region, area)).collect();
        if found.contains(&Some(true)) {
            continue;
        }
        if found.contains(&None) {
            unknown.push(format!("{id} ({region})"));
        } else {
            outside += 1;
            derivation.push(format!("{id} lies in {region}, outside of {}", areas.join(" and ")));
        }
    }
    if outside == 0 && !unknown.is_empty() {
        return Err(format!("the region of {} is not known", unknown.join(", ")));
    }
    derivation.push(format!("{outside} outside of {}", areas.join(" and ")));
    Ok(Proof::Static { holds: outside == 0, figure: f64::from(outside), unit: "places".to_owned(), derivation })
}

/// Every dependency, provider and data set through which data pass, with its region.
fn places(resolved: &Resolved) -> Vec<(String, Option<String>)> {
    let spec = &resolved.spec;
    let text = |region: &charter_spec::Field<String>| region.as_ref().map(|region| region.value.clone());
    let handles = |class: Option<charter_spec::ast::DataClass>| {
        use charter_spec::ast::DataClass::{Aggregated, Anonymous, None as Nothing, Public};
        !matches!(class, Some(Nothing | Public | Aggregated | Anonymous) | None)
    };
    let class = |field: &charter_spec::Field<charter_spec::ast::DataClass>| field.as_ref().map(|class| class.value);
    let mut places = Vec::new();
    for entry in &spec.dependencies {
        if handles(class(&entry.data)) || entry.region.is_some() {
            places.push((entry.id.value.to_string(), text(&entry.region)));
        }
    }
    for entry in &spec.providers {
        if handles(class(&entry.data)) || entry.region.is_some() {
            places.push((entry.id.value.to_string(), text(&entry.region)));
        }
    }
    for entry in &spec.data {
        if handles(class(&entry.class)) || entry.region.is_some() {
            places.push((entry.id.value.to_string(), text(&entry.region)));
        }
    }
    places
}

/// Most names in a line of a derivation.
const NAMES_MAX: usize = 8;

/// Dependencies, providers and data sets that say neither what data they handle nor where: they are not counted, and that is an assumption.
fn silent(resolved: &Resolved) -> Vec<String> {
    let spec = &resolved.spec;
    let dependencies = spec.dependencies.iter().filter(|entry| entry.data.is_none() && entry.region.is_none()).map(|entry| &entry.id.value);
    let providers = spec.providers.iter().filter(|entry| entry.data.is_none() && entry.region.is_none()).map(|entry| &entry.id.value);
    let data = spec.data.iter().filter(|entry| entry.class.is_none() && entry.region.is_none()).map(|entry| &entry.id.value);
    let mut names: Vec<String> = dependencies.chain(providers).chain(data).map(ToString::to_string).collect();
    if names.len() > NAMES_MAX {
        let more = names.len() - NAMES_MAX;
        names.truncate(NAMES_MAX);
        names.push(format!("and {more} more"));
    }
    names
}
