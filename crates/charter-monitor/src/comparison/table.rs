//! A comparison for people.

use super::json::PathReport;
use super::output::OutputReport;
use super::report::{ComparisonReport, Verdict};
use std::fmt::Write as _;

/// Most slices, and most exchanges of classes, in a table; the JSON has more.
const LINES_MAX: usize = 5;

impl ComparisonReport {
    /// A few lines of text: verdict, figures of each answer, slices.
    pub fn table(&self) -> String {
        let mut text = String::new();
        let verdict = match self.verdict {
            Verdict::Equivalent => "equivalent".to_owned(),
            Verdict::Divergent => "divergent".to_owned(),
            Verdict::NeedMore { more: Some(more) } => format!("need {more} more"),
            Verdict::NeedMore { more: None } => "need far more".to_owned(),
        };
        let share = |value: f64| format!("{:.3} %", 100.0 * value);
        let _ = writeln!(text, "{}: {} against {}: {verdict}", self.name, self.mirror, self.primary);
        let _ = writeln!(
            text,
            "  {} of {} pairs disagree, share {} to {}, bound {}",
            self.disagreeing,
            self.pairs,
            share(self.share.low),
            share(self.share.high),
            share(self.bound)
        );
        let _ = writeln!(
            text,
            "  no answer: {} only {}, {} only {}, {} both",
            self.errors.primary_only, self.primary, self.errors.mirror_only, self.mirror, self.errors.both
        );
        if let [Some(p50), _, Some(p99)] = self.latency.ratio {
            let _ = writeln!(text, "  latency: {p50:.2} times at p50, {p99:.2} times at p99");
        }
        for (name, output) in &self.outputs {
            let _ = writeln!(text, "  {name}: {}", figures(output));
        }
        for slice in self.slices.iter().take(LINES_MAX) {
            let _ = writeln!(
                text,
                "  {} = {}: {} of {} rows disagree, {:.1} times the share of all rows",
                slice.input, slice.value, slice.disagreeing, slice.rows, slice.lift
            );
        }
        text
    }
}

fn figures(output: &OutputReport) -> String {
    let known = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
    match output {
        OutputReport::Class(class) => {
            let churn: Vec<String> = class
                .churn
                .iter()
                .take(LINES_MAX)
                .map(|exchange| format!("{} → {} {}", exchange.primary, exchange.mirror, exchange.rows))
                .collect();
            let churn = if churn.is_empty() { String::new() } else { format!("; {}", churn.join(", ")) };
            format!("{} of {} rows the same, kappa {}{churn}", class.equal, class.rows, known(class.kappa))
        }
        OutputReport::Score(score) => format!(
            "{} of {} rows within, mean difference {:.3e}, largest {:.3e}, rank correlation {}, PSI {}",
            score.within,
            score.rows,
            score.mean_difference,
            score.max_difference,
            known(score.rank_correlation),
            known(score.stability_index)
        ),
        OutputReport::Ranking(ranking) => format!(
            "{} of {} rows alike enough, overlap {:.3}, rank-biased overlap {:.3}, NDCG {:.3} and {:.3}",
            ranking.enough, ranking.rows, ranking.overlap, ranking.rank_biased_overlap, ranking.gain_of_mirror, ranking.gain_of_primary
        ),
        OutputReport::Vector(vector) => format!(
            "{} of {} rows near enough, mean cosine {}, least {}, {} without an angle",
            vector.near,
            vector.rows,
            known(vector.mean_cosine),
            known(vector.least_cosine),
            vector.without_angle
        ),
        OutputReport::Json(json) => {
            let path = |path: &PathReport| format!("`{}` {}", path.path, path.rows);
            let paths: Vec<String> = json.paths.iter().take(LINES_MAX).map(path).collect();
            let paths = if paths.is_empty() { String::new() } else { format!("; differ at {}", paths.join(", ")) };
            format!("{} of {} rows the same, {} no JSON{paths}", json.equal, json.rows, json.unreadable)
        }
        OutputReport::Text { rows, exact, alike } => format!("{exact} of {rows} rows the same, {alike} but for space and case"),
    }
}
