//! A calibration for people: what a request costs, and what is assumed of it.

use crate::calibration::Calibration;
use crate::levels::LevelLoad;
use std::fmt::Write;

/// What was measured, what follows from it, and what was assumed, as text of some twenty lines.
pub fn costs(calibration: &Calibration) -> String {
    let mut text = format!(
        "measured on {} cores at {}: server on {}, load generator on one\n",
        calibration.cores, calibration.measured_at, calibration.server_threads
    );
    runs(calibration, &mut text);
    pieces(calibration, &mut text);
    machine(calibration, &mut text);
    let _ = writeln!(
        text,
        "\nassumed: threads have cores of their own; a busy thread spends the same on every request of a route; a rest costs by its length, linear between\n\
         what was measured; the machine keeps a pace for 10 ms; what waits is taken up together, the last to come first"
    );
    for note in &calibration.notes {
        let _ = writeln!(text, "note: {note}");
    }
    text
}

fn micros(nanos: f64) -> String {
    format!("{:.1}", nanos / 1e3)
}

/// The runs, each with what a request cost on either side.
fn runs(calibration: &Calibration, text: &mut String) {
    let _ = writeln!(
        text,
        "\nrun                                  answers/s   p50 µs   CPU µs: server   generator   rests: server   generator"
    );
    for level in &calibration.levels {
        let load = match level.load {
            LevelLoad::Users(1) => "1 user".to_owned(),
            LevelLoad::Users(users) => format!("{users} users"),
            LevelLoad::Paced(per_s) => format!("{per_s:.0}/s even"),
            LevelLoad::Random(per_s) => format!("{per_s:.0}/s"),
        };
        let _ = writeln!(
            text,
            "{:<22} {load:<12} {:>11.0} {:>8} {:>16} {:>11} {:>15.2} {:>11.2}",
            level.route.as_deref().unwrap_or("all routes"),
            level.per_s,
            micros(level.median()),
            micros(level.server_nanos),
            micros(level.generator_nanos),
            level.server_rests,
            level.generator_rests
        );
    }
}

/// What a request is made of: its model, the work beside it, and a thread that had rested.
fn pieces(calibration: &Calibration, text: &mut String) {
    let _ = writeln!(text, "\nmodels, alone in a process");
    for (model, tables) in &calibration.models {
        let shown: Vec<String> =
            tables.iter().take(3).map(|table| format!("{} µs at {} rows", micros(table.mean_nanos), table.rows)).collect();
        let _ = writeln!(text, "  {model:<32} {}", shown.join(", "));
    }
    let _ = writeln!(text, "a request beside its model, on a busy thread");
    for (route, table) in &calibration.routes {
        let _ = writeln!(text, "  {route:<32} {} µs", micros(table.mean_nanos));
    }
    let _ = writeln!(text, "a thread that had nothing to do");
    for point in &calibration.rest.points {
        let _ = writeln!(
            text,
            "  after {:>8} µs of rest          {} µs until it is awake, {} µs more work",
            micros(point.rest_nanos),
            micros(point.wake_nanos),
            micros(point.cold_nanos)
        );
    }
}

/// How evenly the machine worked, and what the generator of the load took itself.
fn machine(calibration: &Calibration, text: &mut String) {
    if let Some(pace) = &calibration.pace {
        let _ = writeln!(
            text,
            "pace: a piece of work takes {:.2} to {:.2} times its mean, from one moment to another",
            pace.at(0.1),
            pace.at(0.9)
        );
    }
    let generator = &calibration.generator;
    let _ = writeln!(
        text,
        "load generator: {} µs a request, {} µs a look at the schedule, {} µs until a timer wakes it, at most\n\
         one look in {} µs",
        micros(generator.request_nanos),
        micros(generator.look_nanos),
        micros(generator.timer_nanos),
        micros(generator.pause_nanos)
    );
}
