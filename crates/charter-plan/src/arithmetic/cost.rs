//! Money a month.

use super::derivation::{Derivation, number};

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
        fn a_total_does_not_depend_on_the_order(mut amounts in proptest::collection::vec(0.0..1e6_f64, 0..20)) {
            let named = |amounts: &[f64]| amounts.iter().map(|amount| ("item".to_owned(), *amount)).collect::<Vec<_>>();
            let forward = total_per_month(&named(&amounts), "USD").figure;
            amounts.reverse();
            let backward = total_per_month(&named(&amounts), "USD").figure;
            prop_assert!((forward - backward).abs() <= forward.abs() * 1e-12 + 1e-9);
        }
    }
}
