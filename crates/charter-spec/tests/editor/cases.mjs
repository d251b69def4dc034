// What an editor should offer, explain and refuse in a charter. `|` is where the cursor stands; the head of a charter is added to each.

const RUNG = "routes:\n  fraud:\n    answer:\n      ladder:\n        full:";

/** Where the cursor stands, and labels that must be offered there, each with words about it. */
export const OFFERS = {
  "sections": ["|", ["quality", "routes", "capacity", "models", "roadmap"]],
  "keys of a scenario": ["quality:\n  peak:\n    |", ["attribute", "measure", "under", "priority"]],
  "keys that a scenario does not have yet": ["quality:\n  peak:\n    attribute: cost\n    |\n", ["measure", "owner"]],
  "attributes": ["quality:\n  peak:\n    attribute: |", ["performance", "reliability", "fairness"]],
  "levels of load": ["quality:\n  peak:\n    under: |", ["load.peak", "load.average"]],
  "kinds of proof": ["quality:\n  peak:\n    proof: |", ["evaluation", "load", "chaos"]],
  "tasks": ["models:\n  fraud:\n    task: |", ["classification", "ranking", "forecast"]],
  "breakers": ["models:\n  fraud:\n    protect:\n      breaker: |", ["default", '"off"']],
  "nodes of a route": ["routes:\n  fraud:\n    answer:\n      |", ["model", "ladder", "split", "sequence", "rule", "static", "lookup"]],
  "kinds of rung": [`${RUNG}\n          |`, ["model", "rule", "static", "lookup", "within", "pinned"]],
  "keys of a rung with a model": [`${RUNG}\n          model: fraud@v2\n          |`, ["canary", "weight", "within", "pinned"]],
  "keys of a rung with a table": [`${RUNG}\n          lookup: tables/a.json\n          |`, ["by", "default", "within"]],
  "keys of a rung on one line": [`${RUNG} { model: fraud@v2, p| }`, ["pinned", "within", "canary"]],
  "ends of a ladder": [`${RUNG} { model: fraud@v2 }\n      fail: |`, ["open", "closed"]],
  "types of an output": ["routes:\n  fraud:\n    output:\n      score: |", ["FP32", "INT64", "BYTES"]],
  "open access": ["routes:\n  fraud:\n    access: |", ["open"]],
  "keys of capacity": ["capacity:\n  |", ["safety", "zones", "scale", "name"]],
  "figures of a model": ["capacity:\n  fraud:\n    |", ["throughput", "device", "min_replicas", "load_time"]],
  "figures of a model on one line": ["capacity:\n  fraud: { device: cpu, t| }", ["throughput", "min_replicas"]],
  "devices": ["capacity:\n  fraud:\n    device: |", ["cpu", "gpu"]],
};

/** Where the cursor stands, and forms of a value that must be offered there. */
export const EXAMPLES = {
  "times": ["latency:\n  peak:\n    total: |", ["80ms"]],
  "money": ["cost:\n  ceiling: |", ["480 USD/month"]],
  "measures": ["quality:\n  peak:\n    measure: |", ["p99(latency) < 200ms over 28d"]],
  "triggers": ["capacity:\n  scale:\n    - when: queue.depth > 100\n      do: |", ["up", "down", "pre-scale 1.5x"]],
  "the version": ["charter: |", ["1"]],
};

/** What the cursor stands on (after `|`), and words that must be said about it. */
export const HOVERS = {
  "a section": ["q|uality:\n  peak: {}", "What it must do, measurably."],
  "a key": ["capacity:\n  fraud: { thr|oughput: 5 rps }", "What one replica can do."],
  "a word": ["quality:\n  peak: { attribute: perf|ormance }", "Answers in time with the resources given."],
  "a rung's key": [`${RUNG} { mo|del: fraud@v2 }`, "The model and its version: `fraud@v2`."],
  "a budget": ["latency:\n  peak: { to|tal: 200ms }", "What the whole may take."],
};

/** What is wrong, the text that is marked, and words of the message. */
export const REFUSALS = {
  "a section that is none": ["qualities: {}", "qualities", "qualities"],
  "a key that is none": ["quality:\n  peak:\n    atribute: cost", "atribute", "atribute"],
  "a key that is none in a rung": [`${RUNG} { model: a@v1, colour: red }`, "colour", "colour"],
  "a key that is none in capacity": ["capacity:\n  fraud: { trhoughput: 5 rps }", "trhoughput", "trhoughput"],
  "an attribute that is none": ["quality:\n  peak:\n    attribute: speed", "speed", '"performance"'],
  "a task that is none": ["models:\n  fraud:\n    task: guessing", "guessing", '"classification"'],
  "a device that is none": ["capacity:\n  fraud: { device: tpu }", "tpu", '"gpu"'],
  "a load that is none": ["quality:\n  peak:\n    under: load.low", "load.low", '"load.peak"'],
  "a unit that is none": ["latency:\n  peak:\n    total: 200 elephants", "200 elephants", "a time such as `80ms`"],
  "a time without its unit": ["latency:\n  peak:\n    total: 200", "200", "a time such as `80ms`"],
  "bytes for a rate": ["load: { peak: 7GB }", "7GB", "a rate such as `10_000 rps`"],
  "a currency that is none": ["cost: { ceiling: 50 XYZ/month }", "50 XYZ/month", "money per time such as `480 USD/month`"],
  "a box that is none": ["roadmap: { mvp: { box: 8 elephants } }", "8 elephants", "a time such as `4w`"],
  "a trigger that does nothing": ["capacity: { scale: [{ when: queue.depth > 9, do: explode }] }", "explode", "`up`, `down`"],
  "an id that is none": ["models: { my model: {} }", "my model", "a name of 1 to 64"],
  "a list for a mapping": ["models: [fraud]", "[fraud]", "a mapping of names"],
  "a node without its kind": ["routes:\n  fraud:\n    answer:\n      fail: open", "answer", '"ladder"'],
  "an arm without its weight": ["routes:\n  fraud:\n    answer:\n      split: [{ model: a@v1 }]", "{", '"weight"'],
};
