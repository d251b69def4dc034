//! Rollouts as text: where one stands at a glance, then the figures that the judge goes by.

use super::read::Status;
use charter_monitor::rollout::{Anytime, Count, EValue, Finding, GuardrailStatus, Record, duration, e_value, percent, weight};
use serde::Deserialize;
use serde_json::Value;
use std::fmt::Write;

pub(super) const NONE: &str = "the charter that is served has no rollout\n";
/// Decisions below a status; `charter rollout records` tells all.
const DECISIONS_MAX: usize = 5;

/// Escape sequences (ECMA-48, SGR), or nothing where nobody looks.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn quiet(self, text: &str) -> String {
        self.with("2", text)
    }

    fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    fn bad(self, text: &str) -> String {
        self.with("31", text)
    }

    /// A phase in the colour of what it means.
    fn phase(self, phase: &str, text: &str) -> String {
        match phase {
            "done" => self.good(text),
            "rolled-back" => self.bad(text),
            "paused" | "held" => self.with("33", text),
            _ => self.bold(text),
        }
    }
}

/// A line for each.
pub(super) fn list(statuses: &[Status], colour: bool) -> String {
    let paint = Paint(colour);
    if statuses.is_empty() {
        return NONE.to_owned();
    }
    let widest = |text: fn(&Status) -> &str| statuses.iter().map(|status| text(status).chars().count()).max().unwrap_or(0);
    let (name, phase) = (widest(|status| &status.rollout), widest(|status| &status.phase));
    statuses.iter().fold(String::new(), |mut text, status| {
        let state = paint.phase(&status.phase, &format!("{:phase$}", status.phase));
        let versions = format!("{} → {}", status.stable, status.candidate);
        let _ = writeln!(text, "{:name$}  {state}  {:>6}  {versions}", status.rollout, weight(status.weight));
        text
    })
}

/// Everything about one.
pub(super) fn status(status: &Status, now_ms: u64, colour: bool) -> String {
    let paint = Paint(colour);
    let mut text = String::new();
    let run = if status.run == 0 { "never started".to_owned() } else { format!("run {}", status.run) };
    let _ = writeln!(
        text,
        "{}  {} → {}   {}, {run}",
        paint.bold(&status.rollout),
        status.stable,
        status.candidate,
        paint.phase(&status.phase, &status.phase)
    );
    if !status.restored {
        let _ = writeln!(text, "  {}", paint.bad("what is kept of it is not known yet: is the store in reach?"));
    }
    let _ = writeln!(text, "  {}", bar(status, paint));
    if status.run > 0 {
        let _ = writeln!(text, "  {}", status.reason);
        let since = duration(whole_seconds(now_ms.saturating_sub(status.since_ms)));
        let left = status.ends_ms.map(|ends| format!("; {} left", duration(whole_seconds(ends.saturating_sub(now_ms)))));
        let _ = writeln!(text, "  {}", paint.quiet(&format!("since {since}, by {}{}", status.by, left.unwrap_or_default())));
    }
    if status.run > 0 && !status.guardrails.is_empty() {
        text.push('\n');
        guardrails(&mut text, status, paint);
    }
    if !status.next.is_empty() {
        let _ = writeln!(text, "\n  {}", if status.phase == "watching" { "until it is done" } else { "until the next step" });
        for condition in &status.next {
            let mark = if condition.met { paint.good("✓") } else { paint.quiet("·") };
            let _ = writeln!(text, "    {mark} {}", condition.what);
        }
    }
    decisions(&mut text, &status.decisions, now_ms, paint);
    remarks(&mut text, status, paint);
    text
}

/// `shadow ─ 5 ─ 10 ─ ▸25 ─ 50 ─ 100 %`: what is behind, where it is, what is to come.
fn bar(status: &Status, paint: Paint) -> String {
    let mut parts = Vec::with_capacity(status.steps.len() + 1);
    if status.phase == "shadow" {
        parts.push(paint.bold("▸shadow"));
    }
    let under_way = !matches!(status.phase.as_str(), "waiting" | "rolled-back");
    for step in &status.steps {
        let share = f64::from(*step) / 100.0;
        parts.push(match step.cmp(&status.weight) {
            std::cmp::Ordering::Equal if under_way => paint.phase(&status.phase, &format!("▸{share}")),
            std::cmp::Ordering::Less if under_way => paint.good(&share.to_string()),
            _ => paint.quiet(&share.to_string()),
        });
    }
    let mut bar = parts.join(&paint.quiet(" ─ "));
    bar.push_str(" %");
    bar
}

/// A table: counts, how many times as often, and the tests against their thresholds.
fn guardrails(text: &mut String, status: &Status, paint: Paint) {
    let mut rows =
        vec![["guardrail", &status.stable, &status.candidate, "times as often (95 %)", "harm", "safe", ""].map(str::to_owned).to_vec()];
    for guardrail in &status.guardrails {
        rows.push(row(guardrail));
    }
    let widths: Vec<usize> =
        (0..7).map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)).collect();
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let line = cells.join("  ");
        let line = line.trim_end();
        let finding = index.checked_sub(1).and_then(|at| status.guardrails.get(at)).map(|guardrail| guardrail.finding);
        let line = match finding {
            None => paint.quiet(line),
            Some(Finding::Harmful) => paint.bad(line),
            Some(Finding::Safe) => paint.good(line),
            Some(Finding::Undecided) => line.to_owned(),
        };
        let _ = writeln!(text, "  {line}");
    }
    for guardrail in &status.guardrails {
        if let Some(note) = &guardrail.note {
            let _ = writeln!(text, "  {}", paint.quiet(&format!("{}: {note}", guardrail.name)));
        }
    }
}

fn row(guardrail: &GuardrailStatus) -> Vec<String> {
    let word = match guardrail.finding {
        Finding::Harmful => "harmful",
        Finding::Safe => "safe",
        Finding::Undecided => "undecided",
    };
    let paired = guardrail.anytime.is_some_and(|tests| tests.ratio.is_none() && tests.harm_relative.is_none());
    let stable = if paired { "-".to_owned() } else { count(guardrail.stable) };
    let (times, harm, safe) = match (&guardrail.anytime, &guardrail.intervals) {
        (Some(tests), _) => (times(tests), harm(tests), safe(tests)),
        (None, Some(intervals)) => {
            let [stable, candidate] = intervals.measured;
            (
                format!("{stable} and {candidate} minutes"),
                format!("{} failed", intervals.failed),
                format!("{:?}", intervals.class).to_lowercase(),
            )
        }
        (None, None) => ("-".to_owned(), "-".to_owned(), "-".to_owned()),
    };
    vec![guardrail.name.clone(), stable, count(guardrail.candidate), times, harm, safe, word.to_owned()]
}

/// `12 of 3021 (0.4 %)`
fn count(count: Count) -> String {
    let share = count.share().map(|share| format!(" ({:.2} %)", 100.0 * share)).unwrap_or_default();
    format!("{} of {}{share}", count.bad, count.calls)
}

/// `2.4 (0.6 … 9.1)`
fn times(tests: &Anytime) -> String {
    let Some(ratio) = tests.ratio else { return "-".to_owned() };
    let known = |value: Option<f64>, unknown: &str| value.map_or_else(|| unknown.to_owned(), |value| format!("{value:.2}"));
    format!("{} ({} … {})", known(ratio.estimate, "?"), known(ratio.low, "0"), known(ratio.high, "∞"))
}

/// What speaks for taking it back: the watch after 100 %, both the relative and the absolute test before.
fn harm(tests: &Anytime) -> String {
    if let Some(watch) = tests.watch {
        return format!("{} above {}", against(watch.e_value), percent(watch.bar));
    }
    // Both have to be reached, so the one further away is the one that counts.
    let behind = |value: &EValue| value.threshold.log10() - value.log10;
    let relative = tests.harm_relative.filter(|relative| behind(relative) > behind(&tests.harm_absolute));
    against(relative.unwrap_or(tests.harm_absolute))
}

/// What speaks for the next step: either test is enough.
fn safe(tests: &Anytime) -> String {
    let behind = |value: &EValue| value.threshold.log10() - value.log10;
    let relative = tests.safe_relative.filter(|relative| behind(relative) < behind(&tests.safe_absolute));
    against(relative.unwrap_or(tests.safe_absolute))
}

fn against(value: EValue) -> String {
    format!("{} of {}", e_value(value.log10), e_value(value.threshold.log10()))
}

fn decisions(text: &mut String, decisions: &[Record], now_ms: u64, paint: Paint) {
    // The last one is the reason at the top.
    let Some((_, earlier)) = decisions.split_last().filter(|(_, earlier)| !earlier.is_empty()) else { return };
    let _ = writeln!(text, "\n  before");
    for record in earlier.iter().rev().take(DECISIONS_MAX) {
        let ago = format!("{} ago", duration(whole_seconds(now_ms.saturating_sub(record.at_ms))));
        let _ = writeln!(text, "    {}  {}", paint.quiet(&format!("{ago:>10}")), record.sentence);
    }
}

fn remarks(text: &mut String, status: &Status, paint: Paint) {
    let mut remarks = Vec::new();
    if let (Some(back), Some(through), true) = (status.false_rollback_max, status.false_promotion_max, status.run > 0) {
        remarks.push(format!(
            "a good version is taken back at most {} of the time, a bad one let through at most {}",
            percent(back),
            percent(through)
        ));
    }
    if let Some(slow) = status.slow_us {
        remarks.push(format!("slower than {:.1} ms is slow", f64::from(slow) / 1_000.0));
    }
    if status.shadow_pairs > 0 {
        remarks.push(format!("{} pairs were compared: `charter shadow report {}`", status.shadow_pairs, status.rollout));
    }
    if let [stable, candidate] = status.left_out
        && stable + candidate > 0
    {
        remarks.push(format!("{} bad calls of single callers are left out", stable + candidate));
    }
    if !status.allowed.is_empty() {
        remarks.push(format!("may be told to {}", status.allowed.join(", ")));
    }
    if !remarks.is_empty() {
        text.push('\n');
    }
    for remark in remarks {
        let _ = writeln!(text, "  {}", paint.quiet(&remark));
    }
}

/// Every decision as a line, and its counts below it.
pub(super) fn records(lines: &[Value], colour: bool) -> String {
    let paint = Paint(colour);
    let mut text = String::new();
    for line in lines {
        let body = &line["record"];
        let at = body["at_ms"].as_i64().and_then(|at_ms| jiff::Timestamp::from_millisecond(at_ms).ok());
        let at = at.map(|at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()).unwrap_or_default();
        let sentence = body["sentence"].as_str().unwrap_or_default();
        let _ = writeln!(text, "{:>5}  {}  {sentence}", line["sequence"].as_u64().unwrap_or(0), paint.quiet(&at));
        let Ok(record) = Record::deserialize(body) else { continue };
        let run = format!("run {}, by {}, {} → {}", record.run, record.by, weight(record.weight_from), weight(record.weight_to));
        let _ = writeln!(text, "       {}", paint.quiet(&run));
        for guardrail in record.guardrails.iter().filter(|guardrail| guardrail.candidate.calls > 0) {
            let cells = row(guardrail);
            let _ = writeln!(text, "       {}", paint.quiet(cells.join("  ").trim_end()));
        }
    }
    if text.is_empty() { "nothing was decided yet\n".to_owned() } else { text }
}

/// To people nothing below a second matters.
fn whole_seconds(ms: u64) -> u64 {
    match ms / 1_000 {
        seconds if seconds >= 7_200 => seconds / 3_600 * 3_600_000,
        seconds if seconds >= 120 => seconds / 60 * 60_000,
        seconds => seconds * 1_000,
    }
}
