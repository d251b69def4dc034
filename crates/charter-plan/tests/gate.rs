//! Gates answered from standings and signatures: the phase's own words, and why.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so by panicking")]

mod charters;

use charter_plan::Resolved;
use charter_plan::criterion::{Facts, Outcome};
use charter_plan::gate::sign_off::{Act, Scope, SignOff, SignatureState};
use charter_plan::gate::{Answer, GateReport, answer};
use charter_plan::standing::{Standing, StatusLine};
use charter_spec::Id;
use charter_spec::quantity::Date;
use charters::Case;

const ROADMAP: &str = "charter: 1
system: test
stakeholders: { board: { signs: [launch] }, ops: {} }
quality:
  fast: { measure: p99(latency) < 100ms, under: { rate: 10 rps } }
  good: { measure: auc >= 0.8 }
  kind: { measure: feedback >= 4, proof: review }
dependencies:
  feed: { direction: upstream, contract: contracts/feed.odcs.yaml }
roadmap:
  poc:    { box: 4w, gate: { proceed: [fast @load, good], adjust: good, stop: else } }
  middle: { box: 4w, gate: { scale: fast, iterate: else, pivot: good } }
  human:  { box: 4w, gate: { go: [kind, every upstream contract signed, the board is content], stop: else } }
  launch: { box: 4w, gate: { go: fast, stop: else } }
  blind:  { box: 4w, gate: { go: else, stop: else } }
  open:   { box: 4w }
";

fn case() -> Case {
    Case::new(ROADMAP)
        .file("contracts/feed.odcs.yaml", "apiVersion: v3.1.0\nkind: DataContract\nid: feed\nversion: 1.0.0\nstatus: active\nname: feed\n")
}

fn line(id: &str, proof: &str, standing: Standing) -> StatusLine {
    StatusLine {
        requirement: id.to_owned(),
        text: String::new(),
        proof: proof.to_owned(),
        standing,
        reason: "held against < 100 ms".to_owned(),
        assumptions: Vec::new(),
        figure: Some(80.0),
        interval: Some((75.0, 90.0)),
        unit: "ms".to_owned(),
        measured_at: Some("2026-11-20T08:00:00Z".to_owned()),
    }
}

struct World {
    case: Case,
    resolved: Resolved,
    lines: Vec<StatusLine>,
    sign_offs: Vec<SignOff>,
}

impl World {
    fn new(fast: Standing, good: Standing) -> Self {
        let case = case();
        let resolved = case.resolved();
        let lines = vec![line("fast", "load", fast), line("good", "evaluation", good), line("kind", "review", Standing::Unproved)];
        Self { case, resolved, lines, sign_offs: Vec::new() }
    }

    fn facts(&self) -> Facts<'_> {
        let today = Date::parse("2026-11-23").expect("a date");
        Facts {
            resolved: &self.resolved,
            files: &self.case.files,
            plan: None,
            standings: &self.lines,
            evidence: &[],
            sign_offs: &self.sign_offs,
            today,
        }
    }

    fn gate(&self, phase: &str) -> GateReport {
        answer(&self.facts(), phase).expect("a phase")
    }

    fn word(&self, phase: &str) -> String {
        match self.gate(phase).answer {
            Answer::Decided { word, .. } => word,
            Answer::Open { may_be, .. } => format!("open: {}", may_be.join(" or ")),
            Answer::Silent { why } => format!("silent: {why}"),
        }
    }

    fn sign(&mut self, act: Act, name: &str, role: Option<&str>, scope: &str, at: &str) {
        let phase = Id::new("human").expect("an id");
        let found = Scope::find(&self.facts(), &phase, scope).expect("a scope");
        let record = SignOff {
            act,
            name: name.to_owned(),
            role: role.map(str::to_owned),
            phase: if scope.starts_with("roadmap.") { scope.trim_start_matches("roadmap.").to_owned() } else { "human".to_owned() },
            scope: found.name.clone(),
            note: String::new(),
            fingerprint: found.fingerprint(&self.facts()),
            plan: String::new(),
            signed_at: at.to_owned(),
        };
        self.sign_offs.push(record);
    }
}

#[test]
fn the_first_outcome_whose_criteria_are_met_is_the_answer_and_else_is_the_rest() {
    use Standing::{Broken, Proved, Stale, Unproved};
    let cases = [
        (Proved, Proved, "proceed", "scale"),
        (Broken, Proved, "adjust", "pivot"),
        (Broken, Broken, "stop", "iterate"),
        (Unproved, Proved, "open: proceed or adjust", "open: scale or pivot"),
        (Stale, Broken, "stop", "open: scale or iterate"),
        (Proved, Unproved, "open: proceed or adjust or stop", "scale"),
    ];
    for (fast, good, poc, middle) in cases {
        let world = World::new(fast, good);
        assert_eq!((world.word("poc").as_str(), world.word("middle").as_str()), (poc, middle), "{fast:?} {good:?}");
    }
}

#[test]
fn an_answer_says_why_and_what_it_waits_for() {
    let world = World::new(Standing::Broken, Standing::Proved);
    let Answer::Decided { why, advances, .. } = world.gate("poc").answer else { panic!("decided") };
    assert!(!advances);
    assert_eq!(why, "its criterion is met; not proceed, since `fast @load` is not met");
    let criterion = &world.gate("poc").outcomes[0].criteria[0];
    assert_eq!((criterion.outcome, criterion.broken, criterion.figure), (Outcome::NotMet, true, Some(80.0)));
    assert_eq!(criterion.date.as_deref(), Some("2026-11-20T08:00:00Z"));
    let waiting = World::new(Standing::Unproved, Standing::Proved);
    let Answer::Open { waits_for, .. } = waiting.gate("poc").answer else { panic!("open") };
    assert_eq!(waits_for, ["fast @load"]);
    assert!(world.word("blind").starts_with("silent: nothing tells go, stop apart"));
    assert!(world.gate("blind").outcomes.iter().all(|outcome| outcome.holds == Outcome::Unknown), "neither is known to hold");
    assert!(world.word("open").starts_with("silent: the phase has no gate"));
    assert!(answer(&world.facts(), "nowhere").is_none());
}

#[test]
fn people_decide_what_only_people_can_and_whoever_signs_a_phase_is_waited_for() {
    let mut world = World::new(Standing::Proved, Standing::Proved);
    assert_eq!(world.word("human"), "open: go or stop");
    world.sign(Act::Sign, "Ada", None, "kind", "2026-11-23T08:00:00Z");
    world.sign(Act::Sign, "Ada", None, "contracts/feed.odcs.yaml", "2026-11-23T08:00:01Z");
    world.sign(Act::Sign, "Ada", None, "the board is content", "2026-11-23T08:00:02Z");
    assert_eq!(world.word("human"), "go");
    // The board signs the launch; somebody else's name does not do.
    assert_eq!(world.word("launch"), "open: go or stop");
    world.sign(Act::Sign, "Ada", Some("ops"), "roadmap.launch", "2026-11-23T08:00:03Z");
    assert_eq!(world.word("launch"), "open: go or stop");
    world.sign(Act::Sign, "Grace", Some("board"), "roadmap.launch", "2026-11-23T08:00:04Z");
    assert_eq!(world.word("launch"), "go");
    assert_eq!(world.gate("launch").sign_offs.len(), 2);
    world.sign(Act::Revoke, "Grace", Some("board"), "roadmap.launch", "2026-11-23T08:00:05Z");
    assert_eq!(world.word("launch"), "open: go or stop");
    let states: Vec<SignatureState> = world.gate("launch").sign_offs.iter().map(|line| line.state).collect();
    assert!(states.contains(&SignatureState::Revoked), "{states:?}");
}

#[test]
fn a_signature_goes_stale_when_what_was_signed_changes() {
    let mut world = World::new(Standing::Proved, Standing::Proved);
    world.sign(Act::Sign, "Grace", Some("board"), "roadmap.launch", "2026-11-23T08:00:00Z");
    world.sign(Act::Sign, "Ada", None, "contracts/feed.odcs.yaml", "2026-11-23T08:00:00Z");
    assert_eq!(world.word("launch"), "go");
    // The verdict that was signed is another one now.
    world.lines[0].standing = Standing::Stale;
    let judged = world.gate("launch");
    let signed = judged.outcomes[0].criteria.iter().find(|judged| judged.criterion == "signed by board").expect("asked for");
    assert_eq!(signed.outcome, Outcome::Unknown);
    assert!(signed.reason.contains("has changed since"), "{}", signed.reason);
    assert_eq!(judged.sign_offs[0].state, SignatureState::Stale);
    // A contract that is another one now.
    world.case = case()
        .file("contracts/feed.odcs.yaml", "apiVersion: v3.1.0\nkind: DataContract\nid: feed\nversion: 2.0.0\nstatus: active\nname: feed\n");
    let contract = &world.gate("human").outcomes[0].criteria[1];
    assert_eq!(contract.outcome, Outcome::Unknown);
    assert!(contract.parts[0].reason.contains("has changed since"), "{contract:?}");
}

#[test]
fn nothing_but_what_is_there_can_be_signed() {
    let world = World::new(Standing::Proved, Standing::Proved);
    let phase = Id::new("human").expect("an id");
    let near = Scope::find(&world.facts(), &phase, "fastt").expect_err("a typing error");
    assert_eq!(near, ["fast"]);
    assert!(Scope::find(&world.facts(), &phase, "whatever one likes").is_err());
}

#[test]
fn every_of_nothing_is_not_met() {
    let nothing = "charter: 1
system: test
roadmap:
  poc: { box: 4w, gate: { go: [every quality proved, every constraint checked], stop: else } }
";
    let case = Case::new(nothing);
    let resolved = case.resolved();
    let today = Date::parse("2026-11-23").expect("a date");
    let facts = Facts { resolved: &resolved, files: &case.files, plan: None, standings: &[], evidence: &[], sign_offs: &[], today };
    let report = answer(&facts, "poc").expect("a phase");
    assert!(!matches!(report.answer, Answer::Decided { .. }), "{:?}", report.answer);
    let judged = &report.outcomes.first().expect("an outcome").criteria;
    assert!(judged.iter().all(|judged| judged.outcome == Outcome::Unknown), "{judged:#?}");
    let reasons: Vec<&str> = judged.iter().map(|judged| judged.reason.as_str()).collect();
    assert_eq!(reasons, ["there is nothing in `quality`, so nothing is shown", "there is nothing in `constraints`, so nothing is shown"]);
}

#[test]
fn a_file_is_signed_and_not_the_element_that_is_called_like_its_folder() {
    let charter = ROADMAP.replace("  feed: {", "  contracts: { direction: upstream }\n  feed: {");
    let case = Case::new(&charter).file("contracts/feed.odcs.yaml", "kind: DataContract\n");
    let resolved = case.resolved();
    let today = Date::parse("2026-11-23").expect("a date");
    let facts = Facts { resolved: &resolved, files: &case.files, plan: None, standings: &[], evidence: &[], sign_offs: &[], today };
    let phase = Id::new("human").expect("an id");
    let name = |text: &str| Scope::find(&facts, &phase, text).map(|scope| scope.name);
    assert_eq!(name("contracts/feed.odcs.yaml").as_deref(), Ok("contracts/feed.odcs.yaml"));
    assert_eq!(name("contracts").as_deref(), Ok("dependencies.contracts"));
    assert!(name("contracts/absent.odcs.yaml").is_err());
    assert!(resolved.index.named("contracts/feed.odcs.yaml").is_none());
}

#[test]
fn open_risks_are_counted_from_the_register() {
    let judged = |risks: &str, criterion: &str| {
        let case = Case::new(&format!(
            "charter: 1\nsystem: test\nstakeholders: {{ ops: {{}} }}\nroadmap:\n  poc: {{ box: 4w, gate: {{ go: [\"{criterion}\"], stop: else }} }}\n{risks}"
        ));
        let resolved = case.resolved();
        let today = Date::parse("2026-11-23").expect("a date");
        let facts = Facts { resolved: &resolved, files: &case.files, plan: None, standings: &[], evidence: &[], sign_offs: &[], today };
        let report = answer(&facts, "poc").expect("a phase");
        let judged = report.outcomes.first().and_then(|outcome| outcome.criteria.first()).expect("a criterion");
        (judged.outcome, judged.figure, judged.reason.clone())
    };
    let risks = "risks:
  bare: { probability: high, impact: critical }
  open-high: { level: high, status: open }
  mitigated: { probability: critical, impact: critical, mitigate: [roadmap.poc] }
  accepted: { level: critical, accept: nobody dies, owner: ops }
  taken: { level: critical, status: accepted, owner: ops }
  gone: { level: critical, status: closed }
";
    let (outcome, figure, reason) = judged(risks, "risks.open(critical) == 0");
    assert_eq!((outcome, figure), (Outcome::NotMet, Some(1.0)));
    assert_eq!(reason, "1 == 0 risks does not hold: bare");
    assert_eq!(judged(risks, "risks.open(high) <= 2").1, Some(2.0));
    assert_eq!(judged(risks, "risks.open(low) == 2").0, Outcome::Met);
    // Nobody has looked for any: that there are none is not shown.
    let (outcome, _, reason) = judged("", "risks.open(critical) == 0");
    assert_eq!(outcome, Outcome::Unknown);
    assert_eq!(reason, "the charter has no `risks`: nobody has looked for any, so nothing is shown");
    // A risk that nobody weighed may be critical.
    let (outcome, _, reason) = judged("risks:\n  unweighed: { about: who knows }\n", "risks.open(critical) == 0");
    assert_eq!(outcome, Outcome::Unknown);
    assert!(reason.contains("the level of unweighed is not known"), "{reason}");
    assert!(judged(risks, "risks.open(huge) == 0").2.contains("takes a level"));
}
