//! A latency budget in the usual shares.

use crate::document::Map;
use charter_spec::quantity::parse_quantity;

/// The shares of a total that stages take: 20, 10, 15, 80, 15, 5 and 20 of 200, and a buffer with the rest.
pub(super) fn stages(total: &str) -> Map {
    const SHARES: &[(&str, u64)] =
        &[("network-in", 20), ("gateway", 10), ("features", 15), ("inference", 80), ("rules", 15), ("serialize", 5), ("network-out", 20)];
    let nanos = parse_quantity(total).map_or(0.0, |quantity| quantity.base);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a time that the language reads is positive and far below the limit"
    )]
    let micros = (nanos / 1_000.0).round() as u64;
    let mut map = Map::new().block();
    let mut left = micros;
    for (name, share) in SHARES {
        let own = micros * share / 200;
        // Whole milliseconds read better, and the buffer takes what they leave.
        let own = if own >= 2_000 { own / 1_000 * 1_000 } else { own.max(1) };
        left = left.saturating_sub(own);
        if *name == "inference" {
            map.put(*name, Map::new().with("budget", time(own)).with("calls", "model"));
        } else {
            map.put(*name, time(own));
        }
    }
    map.put("buffer", time(left));
    map.beside("the fallback must fit in here");
    map
}

fn time(micros: u64) -> String {
    if micros.is_multiple_of(1_000) { format!("{}ms", micros / 1_000) } else { format!("{micros}us") }
}
