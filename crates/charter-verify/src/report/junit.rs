//! Verdicts as JUnit XML, the shape that CI systems read: broken is a failure, unproved is skipped.

use std::fmt::Write as _;

use crate::evidence::Standing;
use crate::proof::{ProofOutcome, ProofResult};

/// One test suite, one test case a requirement, its class name the proof kind.
pub fn results_junit(system: &str, results: &[ProofResult]) -> String {
    let count = |standing: Standing| results.iter().filter(|result| result.standing() == standing).count();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    let _ = writeln!(
        xml,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">",
        escaped(system),
        results.len(),
        count(Standing::Broken),
        count(Standing::Unproved)
    );
    for result in results {
        let _ = writeln!(xml, "    <testcase classname=\"{}\" name=\"{}\">", escaped(&result.proof), escaped(&result.requirement));
        let (summary, details) = match &result.outcome {
            ProofOutcome::Unproved(reason) => (reason.clone(), String::new()),
            ProofOutcome::Evidence(evidence) => {
                (format!("{} against {}", super::table::figure_of(evidence), evidence.limit), evidence.notes.join("\n"))
            }
        };
        let _ = match result.standing() {
            Standing::Broken => writeln!(xml, "      <failure message=\"{}\">{}</failure>", escaped(&summary), escaped(&details)),
            Standing::Unproved | Standing::Stale => writeln!(xml, "      <skipped message=\"{}\"/>", escaped(&summary)),
            Standing::Proved => writeln!(xml, "      <system-out>{}</system-out>", escaped(&format!("{summary}\n{details}"))),
        };
        xml.push_str("    </testcase>\n");
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

/// Text as XML 1.0 allows it; control characters, which it does not, become the replacement character.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' | '\t' => safe.push(letter),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            _ => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_xml_forbids_is_made_harmless() {
        assert_eq!(escaped("a<b & \"c\"\u{1}\n"), "a&lt;b &amp; &quot;c&quot;\u{fffd}\n");
    }

    #[test]
    fn unproved_is_skipped() {
        let result = ProofResult {
            requirement: "on<line".into(),
            text: String::new(),
            proof: "runtime".into(),
            outcome: ProofOutcome::Unproved("needs figures from production".into()),
        };
        let xml = results_junit("shop", &[result]);
        assert!(xml.contains("tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\""), "{xml}");
        assert!(xml.contains("name=\"on&lt;line\"") && xml.contains("<skipped message=\"needs figures from production\"/>"), "{xml}");
    }
}
