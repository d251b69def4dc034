//! What a measured candidate costs at the charter's own prices; nothing is priced that the charter does not price.
//!
//! Measured is the processor time of a thousand requests. A replica is one processor core that is busy to `1 ÷ safety` at the peak, so that
//! `replicas = peak × time of a request × safety`, and a thousand calls at the average load cost `replicas × price ÷ calls of a month × 1000`. The bill
//! rounds the replicas up and keeps the charter's minimum. Processor time belongs to whoever measures.

use super::{Counted, Estimate};
use crate::arithmetic::capacity;
use crate::arithmetic::derivation::{number, significant};
use crate::resolved::{Element, Figure, Resolved};
use charter_spec::ast::Device;
use charter_spec::{Id, SectionName};
use serde::{Deserialize, Serialize};

/// Seconds of a month of 730 hours, as prices a month are read.
pub(super) const MONTH_SECONDS: f64 = 2_628_000.0;

/// Whole replicas for the peak, as the charter's capacity formula gives them, and what they come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bill {
    pub replicas: Estimate,
    /// Money a month, in `currency`, with what goes to providers.
    pub per_month: Estimate,
    /// Money for a thousand calls at the average load.
    pub per_thousand: Estimate,
    pub currency: String,
    /// How: lines of arithmetic for the median.
    pub steps: Vec<String>,
}

/// What was measured of a candidate, as far as money follows from it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub route: &'a str,
    /// Processor seconds of a thousand requests.
    pub cpu_s: Estimate,
    pub counted: &'a Counted,
}

/// A cost with its unit, the bill behind it where there is one, and what a reader must know.
#[derive(Clone, Debug, PartialEq)]
pub struct Priced {
    pub cost: Estimate,
    /// `USD/1000`, or `CPU s/1000` where the charter states too little.
    pub unit: String,
    pub bill: Option<Bill>,
    pub notes: Vec<String>,
}

/// Money where the charter states a price, processor seconds where it does not.
pub fn price(resolved: &Resolved, asked: Asked<'_>) -> Priced {
    let seconds = |note: String| Priced { cost: asked.cpu_s, unit: "CPU s/1000".to_owned(), bill: None, notes: vec![note] };
    let written = resolved.spec.capacity.as_ref().and_then(|capacity| capacity.models.get(asked.route));
    if written.and_then(|sized| sized.device.as_ref()).is_some_and(|device| device.value == Device::Gpu) {
        return seconds(format!(
            "`capacity.{}.device` is an accelerator, and only processor time is measured here, so cost is told in processor seconds of the server",
            asked.route
        ));
    }
    let stated = resolved.spec.cost.as_ref().and_then(|cost| cost.unit.as_ref()).and_then(|unit| unit.cpu.as_ref());
    let Some(price) = stated.map(|price| price.per_month()) else {
        return seconds("`cost.unit.cpu` is not stated, so cost is told in processor seconds of the server".to_owned());
    };
    let Some((peak, average)) = load_of(resolved, asked.route) else {
        return seconds(
            "`load.peak` and `load.average` do not say how often this route is called, so cost is told in processor seconds of the server"
                .to_owned(),
        );
    };
    money(resolved, &asked, price, peak, average)
}

fn money(resolved: &Resolved, asked: &Asked<'_>, price: f64, peak: f64, average: f64) -> Priced {
    let currency = resolved.cost.currency.clone();
    let safety = resolved.capacity.safety.as_ref().map_or(1.0, Figure::value);
    let (charged, mut notes) = charged(resolved, asked);
    let thousands = average * MONTH_SECONDS / 1_000.0;
    let needed = |cpu_s: f64| peak * cpu_s / 1_000.0 * safety;
    let of = |seconds: f64| needed(seconds) * price / thousands + charged;
    let cost = Estimate::new(of(asked.cpu_s.figure), of(asked.cpu_s.low), of(asked.cpu_s.high));
    let written = resolved.spec.capacity.as_ref().and_then(|capacity| capacity.models.get(asked.route));
    let minimum =
        written.and_then(|sized| sized.min_replicas.as_ref()).map_or(1, |minimum| u32::try_from(minimum.count()).unwrap_or(u32::MAX));
    let derived = |seconds: f64| capacity::replicas(peak, 1_000.0 / seconds.max(f64::MIN_POSITIVE), safety, minimum);
    let whole = |seconds: f64| derived(seconds).map_or(needed(seconds), |derivation| derivation.figure);
    let replicas = Estimate::new(whole(asked.cpu_s.figure), whole(asked.cpu_s.low), whole(asked.cpu_s.high));
    let month = |replicas: f64| replicas * price + charged * thousands;
    let each = |of: &dyn Fn(f64) -> f64| Estimate::new(of(replicas.figure), of(replicas.low), of(replicas.high));
    let rate = 1_000.0 / asked.cpu_s.figure.max(f64::MIN_POSITIVE);
    let mut steps =
        vec![format!("1 ÷ {} s of a request = {} rps on one busy core", significant(asked.cpu_s.figure / 1_000.0), significant(rate))];
    steps.extend(derived(asked.cpu_s.figure).map(|derivation| derivation.steps).unwrap_or_default());
    steps.push(format!(
        "{} replicas × {} {currency}/month = {} {currency}/month",
        number(replicas.figure),
        number(price),
        number(replicas.figure * price)
    ));
    if charged > 0.0 {
        steps.push(format!("and {} {currency} for a thousand calls to providers", significant(charged)));
    }
    let bill = Bill {
        replicas,
        per_month: each(&month),
        per_thousand: each(&|replicas| month(replicas) / thousands),
        currency: currency.clone(),
        steps,
    };
    notes.insert(
        0,
        format!(
            "cost is what a thousand calls occupy: peak {} rps × processor time of a request × {} of replicas of one core, at {} {currency}/month each, \
             over {} calls a month; the bill rounds the replicas up and keeps the charter's minimum",
            significant(peak),
            number(safety),
            number(price),
            number(thousands * 1_000.0)
        ),
    );
    Priced { cost, unit: format!("{currency}/1000"), bill: Some(bill), notes }
}

/// What a thousand requests pay to providers, as often as their models were really asked; else what the steps of a cascade say that they cost.
fn charged(resolved: &Resolved, asked: &Asked<'_>) -> (f64, Vec<String>) {
    let currency = &resolved.cost.currency;
    let calls = resolved.cost.calls.iter().filter(|calls| calls.route.id == *asked.route);
    let mut sum = 0.0;
    let mut any = false;
    for calls in calls {
        let Some(per_thousand) = calls.per_thousand.as_ref().map(Figure::value) else { continue };
        any = true;
        sum += per_thousand * asked.counted.share_of(calls.model.id.as_str()).unwrap_or(1.0);
    }
    if any {
        return (sum, vec![format!("{} {currency} a thousand calls go to providers, by the calls that were counted", significant(sum))]);
    }
    if asked.counted.charged > 0.0 {
        let note = format!("{} {currency} a thousand calls by `cost:` of the steps that were asked", significant(asked.counted.charged));
        return (asked.counted.charged, vec![note]);
    }
    (0.0, Vec::new())
}

/// Calls of a route a second, at the peak and on average.
fn load_of(resolved: &Resolved, route: &str) -> Option<(f64, f64)> {
    let element = Element::new(SectionName::Routes, &Id::new(route).ok()?);
    let load = resolved.load.of(&element)?;
    let average = resolved.load.average_rps.as_ref()?.value() * load.share.as_ref()?.value();
    let peak = load.peak_rps.as_ref()?.value();
    (peak > 0.0 && average > 0.0).then_some((peak, average))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolved::resolve;
    use charter_spec::{FileSet, read};
    use proptest::prelude::*;

    const CHARTER: &str = "charter: 1
system: s
title: S
owner: a
currency: USD
load: { peak: 1_000 rps, average: 100 rps, mix: { r: 100% } }
routes: { r: { answer: { static: { y: 1 } }, output: { y: FP32 } } }
capacity: { safety: 2, r: { throughput: 10 rps/replica, device: cpu, min_replicas: 2 } }
cost: { unit: { cpu: 146 USD/month } }
";

    fn resolved(text: &str) -> Resolved {
        let files = FileSet::single("charter.yaml", text.as_bytes().to_vec());
        let reading = read(&files, "charter.yaml");
        assert!(reading.diagnostics.is_empty(), "{:#?}", reading.diagnostics);
        resolve(reading.spec.unwrap(), &files)
    }

    fn priced(resolved: &Resolved, cpu_s: Estimate) -> Priced {
        price(resolved, Asked { route: "r", cpu_s, counted: &Counted::default() })
    }

    #[test]
    fn replicas_for_the_peak_are_paid_by_the_calls_of_a_month() {
        let found = priced(&resolved(CHARTER), Estimate::new(4.0, 2.0, 5.0));
        // 1,000 rps × 4 ms × 2 = 8 replicas at 146 USD over 262.8 million calls.
        let bill = found.bill.unwrap();
        assert_eq!((bill.replicas.figure, bill.replicas.low, bill.replicas.high), (8.0, 4.0, 10.0));
        assert!((found.cost.figure - 8.0 * 146.0 / 262_800.0).abs() < 1e-12, "{:?}", found.cost);
        assert_eq!(bill.per_month.figure, 1_168.0);
        assert!(bill.steps.iter().any(|step| step == "8 replicas × 146 USD/month = 1,168 USD/month"), "{:?}", bill.steps);
        // Fewer than the charter keeps are paid for all the same.
        let small = priced(&resolved(CHARTER), Estimate::exact(0.1));
        assert_eq!(small.bill.unwrap().per_month.figure, 292.0);
        assert!((small.cost.figure - 0.2 * 146.0 / 262_800.0).abs() < 1e-12);
    }

    #[test]
    fn what_the_charter_does_not_price_stays_processor_time() {
        for (change, told) in [
            (("cost: { unit: { cpu: 146 USD/month } }\n", ""), "`cost.unit.cpu` is not stated"),
            (("device: cpu", "device: gpu"), "`capacity.r.device` is an accelerator"),
            ((", average: 100 rps", ""), "`load.peak` and `load.average` do not say"),
        ] {
            let found = priced(&resolved(&CHARTER.replace(change.0, change.1)), Estimate::exact(4.0));
            assert_eq!((found.cost, found.unit.as_str(), found.bill), (Estimate::exact(4.0), "CPU s/1000", None));
            assert!(found.notes[0].starts_with(told), "{:?}", found.notes);
        }
    }

    #[test]
    fn providers_are_paid_for_the_calls_that_were_made() {
        let text = format!(
            "{CHARTER}providers: {{ p: {{ prices: {{ m: {{ call: 0.002 USD/request }} }} }} }}\nmodels: {{ m: {{ versions: {{ v1: {{ provider: p }} }} }} }}\n"
        )
        .replace("static: { y: 1 }", "model: m@v1");
        let resolved = resolved(&text);
        let counted = |calls: u64| Counted { requests: 1_000, calls: vec![("m@v1".to_owned(), calls)], cache: None, charged: 0.0 };
        let cost = |calls: u64| {
            let counted = counted(calls);
            price(&resolved, Asked { route: "r", cpu_s: Estimate::exact(4.0), counted: &counted }).cost.figure
        };
        assert!((cost(1_000) - cost(0) - 2.0).abs() < 1e-9, "{}", cost(1_000) - cost(0));
        assert!((cost(250) - cost(0) - 0.5).abs() < 1e-9, "a cache saves three of four calls");
    }

    proptest! {
        #[test]
        fn more_time_never_costs_less_and_the_bill_is_never_below_what_is_occupied(one in 0.001..50.0_f64, more in 0.0..50.0_f64) {
            let resolved = resolved(CHARTER);
            let (small, large) = (priced(&resolved, Estimate::exact(one)), priced(&resolved, Estimate::exact(one + more)));
            prop_assert!(small.cost.figure <= large.cost.figure);
            let (small_bill, large_bill) = (small.bill.unwrap(), large.bill.unwrap());
            prop_assert!(small_bill.per_thousand.figure <= large_bill.per_thousand.figure);
            prop_assert!(large_bill.per_thousand.figure >= large.cost.figure * (1.0 - 1e-9));
        }
    }
}
