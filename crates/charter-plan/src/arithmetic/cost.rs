//! Money a month.

use super::derivation::{Derivation, number, significant};
use super::load::rate;

/// What replicas cost: `replicas × devices × price`, in the currency a month.
pub fn replicas_per_month(replicas: f64, devices: f64, price: f64, currency: &str) -> Derivation {
    let figure = replicas * devices * price;
    let devices = if devices > 1.0 { format!(" × {} devices", number(devices)) } else { String::new() };
    Derivation::new(figure, format!("{currency}/month")).step(format!(
        "{} replicas{devices} × {} {currency}/month = {} {currency}/month",
        number(replicas),
        number(price),
        number(figure)
    ))
}

/// Devices that one replica needs: `ceil(memory ÷ device memory)`, both in bytes. `None` when the device has none.
pub fn devices(memory_bytes: f64, device_bytes: f64) -> Option<Derivation> {
    if device_bytes.is_nan() || device_bytes <= 0.0 {
        return None;
    }
    let figure = (memory_bytes / device_bytes - 1e-9).ceil().max(1.0);
    Some(Derivation::new(figure, "devices").step(format!(
        "{} ÷ {} rounded up: {}",
        super::capacity::bytes(memory_bytes),
        super::capacity::bytes(device_bytes),
        number(figure)
    )))
}

/// What stored bytes cost: `terabytes × price`, in the currency a month; a terabyte is 10^12 bytes.
pub fn storage_per_month(bytes: f64, price_per_terabyte: f64, currency: &str) -> Derivation {
    let figure = bytes / 1e12 * price_per_terabyte;
    Derivation::new(figure, format!("{currency}/month")).step(format!(
        "{} × {} {currency}/month a TB = {} {currency}/month",
        super::capacity::bytes(bytes),
        number(price_per_terabyte),
        number(figure)
    ))
}

/// One charge of a provider for a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Charge {
    /// `input`, `output` or `call`.
    pub name: String,
    /// Tokens of a call; 1 for what is charged by the call.
    pub units: f64,
    /// Money for one of them.
    pub price: f64,
    /// Whether it is charged by the token.
    pub by_token: bool,
}

/// What a thousand calls cost: `1000 × Σ units × price`, in the currency.
pub fn thousand_calls(charges: &[Charge], currency: &str) -> Derivation {
    let cost = |charge: &Charge| 1_000.0 * charge.units * charge.price;
    let figure: f64 = charges.iter().map(cost).sum();
    let mut derivation = Derivation::new(figure, currency.to_owned());
    for charge in charges {
        derivation = derivation.step(match charge.by_token {
            true => format!(
                "{}: 1,000 calls × {} tokens × {} {currency} a million = {} {currency}",
                charge.name,
                number(charge.units),
                number(charge.price * 1e6),
                number(cost(charge))
            ),
            false => format!("{}: 1,000 calls × {} {currency} = {} {currency}", charge.name, number(charge.price), number(cost(charge))),
        });
    }
    let terms: Vec<String> = charges.iter().map(|charge| number(cost(charge))).collect();
    if terms.len() > 1 {
        derivation.step(format!("{} = {} {currency} for 1,000 calls", terms.join(" + "), number(figure)))
    } else {
        derivation
    }
}

/// Seconds of a month in prices: 730 hours.
const MONTH_SECONDS: f64 = 730.0 * 3_600.0;

/// A share of the average rate, in calls a second.
pub fn average_of(average_rps: f64, share: f64) -> Derivation {
    let figure = average_rps * share;
    let line = format!("{} rps × {} = {} rps on average", rate(average_rps), super::derivation::percent(share), rate(figure));
    Derivation::new(figure, "rps").step(line)
}

/// What the calls of a month cost: `rate × 2,628,000 s ÷ 1000 × cost of a thousand`, in the currency a month.
pub fn calls_per_month(rate_rps: f64, thousand: f64, currency: &str) -> Derivation {
    let calls = rate_rps * MONTH_SECONDS;
    let figure = calls / 1_000.0 * thousand;
    Derivation::new(figure, format!("{currency}/month"))
        .step(format!("{} rps × {} s = {} calls a month", rate(rate_rps), number(MONTH_SECONDS), number(calls)))
        .step(format!("{} ÷ 1,000 × {} {currency} = {} {currency}/month", number(calls), number(thousand), number(figure)))
}

/// What a thousand calls of a route cost: the sum of its items over the calls of a month, in the currency.
pub fn thousand_of_route(items: &[(String, f64)], rate_rps: f64, currency: &str) -> Derivation {
    let sum = total_per_month(items, currency);
    let calls = rate_rps * MONTH_SECONDS;
    let figure = sum.figure / calls * 1_000.0;
    // A thousand cheap calls cost less than a hundredth of a cent.
    let line =
        format!("{} ÷ {} calls a month × 1,000 = {} {currency} for 1,000 calls", number(sum.figure), number(calls), significant(figure));
    sum.steps.into_iter().fold(Derivation::new(figure, currency.to_owned()), Derivation::step).step(line)
}

/// The sum of named items, in the currency a month.
pub fn total_per_month(items: &[(String, f64)], currency: &str) -> Derivation {
    let figure: f64 = items.iter().map(|(_, amount)| amount).sum();
    let terms: Vec<String> = items.iter().map(|(name, amount)| format!("{name} {}", number(*amount))).collect();
    let left = if terms.is_empty() { "nothing".to_owned() } else { terms.join(" + ") };
    Derivation::new(figure, format!("{currency}/month")).step(format!("{left} = {} {currency}/month", number(figure)))
}

/// What may be spent: `ceiling × (1 − reserve)`.
pub fn allowed_per_month(ceiling: f64, reserve: f64, currency: &str) -> Derivation {
    let figure = ceiling * (1.0 - reserve);
    Derivation::new(figure, format!("{currency}/month")).step(format!(
        "{} {currency}/month × (1 − {}) = {} {currency}/month",
        number(ceiling),
        super::derivation::percent(reserve),
        number(figure)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn twelve_gigabytes_fit_one_device_of_sixteen() {
        assert_eq!(devices(12.2e9, 16e9).map(|found| found.figure), Some(1.0));
        assert_eq!(devices(32e9, 16e9).map(|found| found.figure), Some(2.0));
        assert_eq!(devices(32.1e9, 16e9).map(|found| found.figure), Some(3.0));
        assert!(devices(1.0, 0.0).is_none());
    }

    #[test]
    fn a_thousand_calls_cost_their_tokens() {
        let charge = |name: &str, units, price, by_token| Charge { name: name.to_owned(), units, price, by_token };
        let thousand = thousand_calls(&[charge("input", 3_400.0, 3e-6, true), charge("output", 420.0, 15e-6, true)], "USD");
        assert!((thousand.figure - 16.5).abs() < 1e-9);
        assert_eq!(
            thousand.steps,
            [
                "input: 1,000 calls × 3,400 tokens × 3 USD a million = 10.2 USD",
                "output: 1,000 calls × 420 tokens × 15 USD a million = 6.3 USD",
                "10.2 + 6.3 = 16.5 USD for 1,000 calls",
            ]
        );
        let month = calls_per_month(0.5, 16.5, "USD");
        assert_eq!(month.steps, ["0.5 rps × 2,628,000 s = 1,314,000 calls a month", "1,314,000 ÷ 1,000 × 16.5 USD = 21,681 USD/month"]);
        let route = thousand_of_route(&[("gateway".to_owned(), 450.0), ("assistant".to_owned(), 21_681.0)], 0.5, "USD");
        assert!((route.figure - (22_131.0 / 1_314.0)).abs() < 1e-9);
    }

    #[test]
    fn a_bill_reads_as_its_items() {
        let total = total_per_month(&[("fraud".to_owned(), 1_350.0), ("kafka".to_owned(), 3_500.0)], "USD");
        assert_eq!(total.steps, ["fraud 1,350 + kafka 3,500 = 4,850 USD/month"]);
        assert_eq!(allowed_per_month(50_000.0, 0.15, "USD").figure, 42_500.0);
    }

    proptest! {
        #[test]
        fn devices_hold_the_memory_and_no_device_is_idle(memory in 1.0..1e13_f64, device in 1e9..1e11_f64) {
            let needed = devices(memory, device).unwrap().figure;
            prop_assert!(needed * device >= memory * (1.0 - 1e-9));
            prop_assert!(needed <= 1.0 || (needed - 1.0) * device < memory);
        }

        #[test]
        fn a_thousand_calls_of_a_route_without_replicas_cost_what_the_provider_charges(
            rate in 0.01..1e4_f64, input in 1.0..1e5_f64, output in 0.0..1e4_f64, price in 1e-8..1e-3_f64
        ) {
            let charge = |name: &str, units| Charge { name: name.to_owned(), units, price, by_token: true };
            let thousand = thousand_calls(&[charge("input", input), charge("output", output)], "USD").figure;
            let month = calls_per_month(rate, thousand, "USD").figure;
            let route = thousand_of_route(&[("answers".to_owned(), month)], rate, "USD").figure;
            prop_assert!((route - thousand).abs() <= thousand * 1e-9);
        }

        #[test]
        fn a_total_does_not_depend_on_the_order(mut amounts in proptest::collection::vec(0.0..1e6_f64, 0..20)) {
            let named = |amounts: &[f64]| amounts.iter().map(|amount| ("item".to_owned(), *amount)).collect::<Vec<_>>();
            let forward = total_per_month(&named(&amounts), "USD").figure;
            amounts.reverse();
            let backward = total_per_month(&named(&amounts), "USD").figure;
            prop_assert!((forward - backward).abs() <= forward.abs() * 1e-12 + 1e-9);
        }
    }
}
