"""A valid charter with as many elements as are asked for: a platform of many small product domains, in the proportions of the examples here.

Each domain is a part of its own under `include:`, with people, scenarios, data, features, three models behind three routes, choices with their records,
risks and controls that refer to each other; the platform around them has load, capacity, money, zero trust, gates and the architecture. Models are servers
elsewhere, so that no file of theirs is read: what is measured is reading, resolving and rules, not the opening of models.

    python3 bench/elements.py FOLDER [--elements 2000]
"""
import argparse, pathlib

# Elements of a domain, and of the platform around the domains.
DOMAIN = 38
PLATFORM = 42

RECORD = """---
status: accepted
date: 2026-08-17
decision-makers: team {k}
---
# Serve the models of domain {k} from one gateway

## Context and Problem Statement

Three models of domain {k} answer `route-{k}-a`, `route-{k}-b` and `route-{k}-c`. Do callers see each of them, or one gateway?

## Decision Drivers

* latency, 60 %
* upkeep, 40 %

## Considered Options

* One gateway
* A service for each model

## Decision Outcome

Chosen option: "One gateway", because `fast-{k}` leaves room for one hop and not for two.

### Consequences

* Good, because versions come in by shares.
* Bad, because everything passes one part: the risk `spof-{k}` carries that.
"""

CONTRACT = """apiVersion: v3.1.0
kind: DataContract
id: order-{k}
name: order
version: 1.0.0
status: active
schema:
  - name: order
    logicalType: object
    properties:
      - {{ name: order_id, logicalType: string, physicalType: BYTES, required: true, primaryKey: true, logicalTypeOptions: {{ maxLength: 36 }}, quality: [{{ metric: duplicateValues, mustBe: 0 }}] }}
      - {{ name: amount, logicalType: number, physicalType: FP64, required: true, logicalTypeOptions: {{ minimum: 0.01, maximum: 10000000 }} }}
      - {{ name: items, logicalType: number, physicalType: FP64, required: true, logicalTypeOptions: {{ minimum: 0, maximum: 1000 }} }}
slaProperties:
  - {{ property: availability, value: 99.99, unit: percent, driver: operational }}
  - {{ property: latency, value: 2, unit: s, driver: operational }}
"""


def scenario(id, attribute, artifact, stimulus, response, measure, more):
    return [f"  {id}:", f"    attribute: {attribute}", "    source: a caller", f"    stimulus: {stimulus}", f"    artifact: {artifact}",
            f"    response: {response}", f"    measure: {measure}"] + [f"    {line}" for line in more]


def domain(k):
    """One part of the charter: 38 elements."""
    out = [f"# Domain {k}: three models behind three routes.", "stakeholders:",
           f"  team-{k}: {{ role: team of domain {k}, cares: [fast-{k}, answered-{k}, full-{k}, fresh-{k}, recovers-{k}] }}",
           f"  users-{k}: {{ role: users of domain {k}, cares: [recall-{k}, value-{k}, order-{k}, near-{k}] }}", "quality:"]
    load = ["under: load.peak", "priority: [high, medium]"]
    held_out = [f"dataset: rows-{k}", "label: label", "priority: [medium, medium]"]
    out += scenario(f"fast-{k}", "performance", f"route-{k}-a", "calls at the peak", "an answer is back", "p99(latency) < 200ms over 28d", load)
    out += scenario(f"near-{k}", "performance", f"route-{k}-b", "calls at the peak", "an answer is back", "p95(latency) < 150ms" if k % 10 == 9 else "p95(latency) < 200ms", load)
    out += scenario(f"answered-{k}", "reliability", f"route-{k}-a", "calls while a model is down", "a lower rung answers", "ratio(answered) >= 99.9%", load)
    out += scenario(f"full-{k}", "reliability", f"route-{k}-b", "calls in normal running", "the full rung answers", "ratio(rung == full) >= 99%", load)
    out += scenario(f"recall-{k}", "functional correctness", f"route-{k}-a", "asks for a judgement on held-out rows", "it is right", "recall at fpr <= 5% >= 0.60",
                    ["by: [channel]", 'positive: "1"', "cost_of_error: { false_negative: 80 EUR, false_positive: 4 EUR }"] + held_out)
    out += scenario(f"value-{k}", "functional correctness", f"route-{k}-b", "asks for an estimate on held-out rows", "it is near", "mape <= 16%", ["by: [channel]"] + held_out)
    out += scenario(f"order-{k}", "functional correctness", f"route-{k}-c", "asks for an order on held-out rows", "the chosen one stands high",
                    f"uplift(ndcg@10 vs popularity) >= {5 + k % 20}%", held_out)
    out += scenario(f"fresh-{k}", "functional suitability", f"signals-{k}", "changes something", "features follow", "p99(freshness) <= 5min", ["priority: [medium, low]"])
    out += scenario(f"recovers-{k}", "reliability", f"route-{k}-c", "stops a model", "the lower rung answers", "max(time_to_degrade) <= 5s", ["priority: [medium, medium]", "proof: chaos"])
    out += ["constraints:", f"  budget-{k}: {{ text: Domain {k} costs what the platform can pay, check: cost.total <= 90_000_000 EUR/month }}",
            f"  region-{k}: {{ text: Data of domain {k} stay in the EU, check: all(region) in EU }}",
            "dependencies:",
            f"  orders-{k}: {{ direction: upstream, kind: stream, via: kafka, region: eu-central-1, data: pseudonymous, slo: 99.999%, hard: true, contract: ../contracts/order-{k}.odcs.yaml, owner: team-{k} }}",
            f"  signals-{k}: {{ direction: upstream, kind: stream, via: kafka, region: eu-central-1, data: pseudonymous, slo: 99.9%, hard: false, contract: ../contracts/order-{k}.odcs.yaml, owner: team-{k} }}",
            f"  shop-{k}: {{ direction: downstream, kind: http, region: eu-central-1, data: pseudonymous }}",
            "data:", f"  rows-{k}: {{ from: [orders-{k}], owner: team-{k} }}",
            "features:"]
    for name in ("speed", "usual", "mood"):
        out.append(f"  {name}-{k}: {{ from: [signals-{k}], entity: user, type: FP32, window: 1h, freshness: 5min, "
                   f"serve: {{ live: signals-{k}, cached: 1h, default: \"0\", within: 10ms }}, data: pseudonymous, owner: team-{k} }}")
    out.append("models:")
    for name, task, baseline in (("a", "classification", "amount-rule"), ("b", "regression", "the mean"), ("c", "ranking", "popularity")):
        extra = "explain: on-request, cost_of_error: { false_negative: 80 EUR, false_positive: 4 EUR }, " if task == "classification" else ""
        out += [f"  model-{k}-{name}:", f"    task: {task}", f"    baseline: {baseline}",
                f'    versions: {{ v2: {{ oip: "http://model-{k}-{name}-v2.internal:8000", model: m }}, v1: {{ oip: "http://model-{k}-{name}-v1.internal:8000", model: m }} }}',
                f"    data: [rows-{k}]", "    protect: { timeout: 30ms, breaker: { errors: 20%, window: 10s, min_calls: 50, open: 15s } }",
                f"    feedback: {{ loop: what is shown is what is chosen, control: 2% exploration }}",
                f"    {extra}decides_about_people: false".replace(", decides", "\n    decides").replace("explain: on-request, ", "explain: on-request\n    "),
                "    criticality: medium", f"    owner: team-{k}"]
    out.append("routes:")
    for name in "abc":
        out += [f"  route-{k}-{name}:", f"    input: ../contracts/order-{k}.odcs.yaml", f"    latency: fast-{k}", "    rows_max: 64", "    answer:", "      ladder:",
                f"        full: {{ model: model-{k}-{name}@v2 }}", f"        previous: {{ model: model-{k}-{name}@v1, pinned: true }}",
                '        rule: { rule: { score: "amount > 1000.0 ? 0.9 : items > 5.0 ? 0.5 : 0.1" } }', "      fail: open", "    output: { score: FP32 }",
                f"    access: [caller]", f"    dataset: rows-{k}", f"    owner: team-{k}"]
    out += ["flags:", f"  careful-{k}:", f"    about: off asks the rule", "    variants: { model: true, rule: false }", "    default: model",
            f"    turns: [route-{k}-a/full, route-{k}-a/previous]", f"    owner: team-{k}",
            "latency:", f"  fast-{k}:", "    total: 200ms", "    percentile: 99.86%", "    stages:", "      network-in: 20ms", "      gateway: 10ms", "      features: 15ms",
            "      inference: { budget: 80ms, calls: model }", "      rules: 15ms", "      serialize: 5ms", "      network-out: 20ms", "      buffer: 35ms",
            "controls:", f"  checked-{k}: {{ enforce: [schema-of-{k}, content-of-{k}], where: gateway, owner: team-{k} }}",
            f"  compared-{k}: {{ enforce: [nightly-comparison], where: gateway, owner: team-{k} }}", "decisions:"]
    for name, question, winner, other, risk, record in (
            ("serve", "How do callers reach the models?", "one-gateway", "service-per-model", f"spof-{k}", True),
            ("store", "Where do features live?", "online-store", "in-the-call", f"stale-{k}", False),
            ("train", "How often are models trained?", "weekly", "daily", f"drift-{k}", False)):
        out += [f"  {name}-{k}:"] + ([f"    record: ../decisions/{k:04}-serve.md"] if record else []) + [
            "    status: accepted", "    date: 2026-08-17", f"    question: {question}", f"    answers: [fast-{k}, answered-{k}]", "    mode: build", f"    owner: team-{k}",
            "    criteria: { latency: 60%, upkeep: 40% }", "    options:", f"      {winner}: {{ scores: [5, 5], chosen: true }}",
            f"      {other}: {{ scores: [2, 2], because_not: it costs more than it gives here }}",
            f"      nothing-{name}: {{ scores: [1, 3], because_not: the scenario would not hold }}",
            f"    accepts: [{risk}]", f"    revisit: {{ by: 2027-08-17, if: fast-{k} }}"]
    out.append("risks:")
    for name, kind, mitigate, source in ((f"spof-{k}", "outage", f"route-{k}-a/previous, capacity", f"serve-{k}"), (f"stale-{k}", "data", f"fresh-{k}", f"store-{k}"),
                                         (f"drift-{k}", "drift", f"recall-{k}", f"train-{k}"), (f"poison-{k}", "poisoning", f"checked-{k}", None),
                                         (f"unfair-{k}", "bias", f"compared-{k}", None)):
        origin = f", from: {source}" if source else ""
        out.append(f"  {name}: {{ probability: medium, impact: high, kind: {kind}, mitigate: [{mitigate}], owner: team-{k}, watch: answered-{k}{origin} }}")
    return "\n".join(out) + "\n"


def shares(names):
    """Equal shares in percent that add up to 100 exactly."""
    each = round(100 / len(names), 4)
    return {name: each if at else round(100 - each * (len(names) - 1), 4) for at, name in enumerate(names)}


def platform(domains):
    """The root document: load, capacity, money, zero trust, gates, architecture."""
    routes = [f"route-{k}-{name}" for k in range(domains) for name in "abc"]
    out = ["# A platform of many small domains. Made by bench/elements.py.", "charter: 1", "system: large", "title: A platform of many domains", "owner: architect", "currency: EUR",
           "include: [" + ", ".join(f"parts/domain-{k}.yaml" for k in range(domains)) + "]",
           "stakeholders:", "  sponsor: { role: sponsor, cares: [ceiling, start], signs: [production] }",
           "  platform: { role: platform team, cares: [steady, existing], signs: [poc, mvp] }", "  security: { role: security team, cares: [known-callers] }",
           "load:", "  peak: 10_000 rps", "  average: 3_000 rps", "  mix:"]
    out += [f"    {name}: {share}%" for name, share in shares(routes).items()]
    out += ["quality:"]
    out += scenario("steady", "availability", "gateway", "call all day", "calls are answered", "ratio(answered) >= 99.9%", ["under: load.peak", "priority: [high, medium]"])
    out += scenario("known-callers", "security", "gateway", "call without an identity", "they are refused", "ratio(refused) >= 99.9%", ["priority: [medium, low]", "proof: runtime"])
    out += ["constraints:", "  ceiling: { text: What it may cost, check: cost.total <= cost.ceiling }", "  start: { text: A first use in 40 weeks, check: roadmap.end(mvp) <= 40w }",
            "  existing: { text: Runs on the cluster that is there, check: runtime(platform) == kubernetes }",
            f"team: {{ ml-engineer: {20 + domains}, backend-engineer: {20 + domains}, skills: {{ kubernetes: strong }} }}",
            "capacity:", "  safety: 1.75", "  zones: 3"]
    out += [f"  {name}: {{ throughput: 500 rps/replica, device: cpu, min_replicas: 3, load_time: 1s }}" for name in routes]
    out += ["  scale:", "    - { when: breach(steady), do: up }", "    - { when: avg(cpu.utilization) < 20%, do: down }",
            "cost:", "  ceiling: 2_000_000 EUR/month", "  reserve: 15%", "  unit: { cpu: 150 EUR/month, gpu: 480 EUR/month }", "  fixed: { kafka: 3_500 EUR/month, observability: 4_000 EUR/month }",
            "  attribute_by: [model, team]",
            "degradation:", "  default: { within: 30ms, breaker: { errors: 30%, window: 10s, min_calls: 50, open: 15s } }"]
    out += [f"  signals-{k}: {{ full: live, degraded: {{ last-known: {{ cached: 1h }} }}, fallback: {{ defaults: static }}, within: 15ms }}" for k in range(domains)]
    out += ["access:", "  default: [caller]", "  identities:", '    caller: { spiffe: "spiffe://platform/caller", roles: [call], quota: { rate: 20_000 rps, burst: 400, concurrency: 600 } }',
            "controls:"]
    for id, enforce, principle in (("own-identity", "spiffe-workload-identity", "workload-identity"), ("mesh-mtls", "mtls-between-services", "mutual-tls"),
                                   ("encryption", "kms-encryption-at-rest, tls-1.3-in-transit", "encryption"), ("jit-access", "grants-of-4-hours", "just-in-time"),
                                   ("input-validation", "schema, content, rate, origin", "input-validation"), ("signed-models", "verify-signature-on-load", "signed-models"),
                                   ("decision-log", "log-redacted, write-once", "logging"), ("supply-chain", "signed-images, sbom-scanned-daily", "supply-chain")):
        where = "[rest, transit]" if principle == "encryption" else "every service"
        out.append(f"  {id}: {{ enforce: [{enforce}], where: {where}, principle: {principle}, owner: security, review: 90d }}")
    out += ["patterns:", "  gateway-routing: { where: [routes.route-0-a], trade_off: one more hop and a part that everything passes; so it runs in three zones, decision: serve-0 }",
            "risks:", "  regulation: { probability: low, impact: high, kind: regulation, mitigate: [decision-log], owner: security, watch: steady }",
            "  leakage: { probability: low, impact: high, kind: leakage, mitigate: [input-validation], owner: security, watch: steady }",
            "  theft: { probability: low, impact: medium, kind: theft, mitigate: [own-identity], owner: security, watch: steady }",
            "  people: { probability: medium, impact: medium, kind: people, mitigate: [runbooks], owner: platform, watch: steady }", "challenges:"]
    for id, by in (("offline-online", "data.rows-0"), ("upstream-change", "contracts/order-0.odcs.yaml"), ("feedback-loops", "models"), ("ml-debt", "serve-0"),
                   ("reproducibility", "train-0"), ("silos", "roadmap")):
        out.append(f"  {id}: {{ response: one document says what is done and by whom, by: [{by}] }}")
    out += ["assurance:", "  offline: { before: production, check: [recall-0, value-0, order-0] }", "  load: { before: production, check: [fast-0, answered-0, steady] }",
            "  canary: { before: production, traffic: 1%, check: [fast-0, answered-0], for: 2d, on_breach: rollback }",
            "roadmap:", "  discovery: { box: 4w, do: [label-audit], gate: { go: [every upstream contract signed], stop: else } }",
            "  poc: { box: 6w, do: [baselines], gate: { proceed: [every model compared, order-0 @evaluation], stop: else } }",
            "  mvp: { box: 12w, do: { serving: { kind: infrastructure }, monitoring: { kind: monitoring } }, traffic: 5%, gate: { scale: [fast-0 @load, steady @load], iterate: else } }",
            "  production: { box: 16w, do: [hardening, runbooks, chaos], gate: { go: [every quality proved, every control evidenced, every rung exercised], iterate: else } }",
            "architecture:", "  people:", "    operator: { about: runs the platform, uses: { gateway: steers } }", "  containers:",
            "    gateway: { tech: charter, layer: serving, critical: true, about: versions and ladders, talks_to: {"]
    out += [f"      model-{k}-{name}: asks," for k in range(domains) for name in "abc"]
    out += ["      stream-jobs: looks features up in }, components: { ladder: { about: chooses a rung, critical: true }, limits: { about: refuses what is too much } } }",
            "    stream-jobs: { tech: flink, layer: features, about: computes features, talks_to: {"]
    out += [f"      signals-{k}: reads, orders-{k}: reads," for k in range(domains)]
    out += ["      gateway: sends features to } }", "  views:", "    whole: { level: context, audience: [sponsor] }", "    inside: { level: container, audience: [platform] }",
            "waivers:", '  nothing-runs-yet: { rule: F007, why: "a design without its models", owner: platform, until: 2030-12-31 }']
    return "\n".join(out) + "\n"


def write(folder, elements):
    """Writes the charter; gives back how many elements it has."""
    domains = max(1, (elements - PLATFORM + DOMAIN // 2) // DOMAIN)
    folder = pathlib.Path(folder)
    for name in ("parts", "contracts", "decisions"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "charter.yaml").write_text(platform(domains))
    for k in range(domains):
        (folder / f"parts/domain-{k}.yaml").write_text(domain(k))
        (folder / f"contracts/order-{k}.odcs.yaml").write_text(CONTRACT.format(k=k))
        (folder / f"decisions/{k:04}-serve.md").write_text(RECORD.format(k=k))
    return PLATFORM + domains * DOMAIN


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--elements", type=int, default=2000)
    options = parser.parse_args()
    print(f"{write(options.folder, options.elements)} elements in {options.folder}")
