"""Public validators over what `charter export` wrote: FOLDER/CHARTER/FORMAT/files.

Each validator must also refuse something wrong, since one that takes everything proves nothing.
"""

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from huggingface_hub import ModelCard
from jsonschema import Draft202012Validator
from trestle.oscal.component import ComponentDefinition
from trestle.oscal.poam import PlanOfActionAndMilestones

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent


def schema(name):
    document = json.loads((HERE / "schemas" / name).read_text())
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document)


OPENSLO = schema("openslo-v1.schema.json")
CALM = schema("calm-1.2.schema.json")
CYCLONEDX = JsonStrictValidator(SchemaVersion.V1_7)


def by_schema(validator, document):
    problem = next(iter(validator.iter_errors(document)), None)
    assert problem is None, f"{problem.json_path}: {problem.message}"


class Dates(yaml.SafeLoader):
    """YAML whose times are texts, as OpenSLO has them."""


Dates.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def openslo(path):
    documents = list(yaml.load_all(path.read_text(), Dates))
    for document in documents:
        by_schema(OPENSLO, document)
    names = [(document["kind"], document["metadata"]["name"]) for document in documents]
    assert len(set(names)) == len(names), "a name is given twice"
    if path.name != "openslo.yaml":
        # Imported: what its objectives name may stand in another file.
        return
    services = [name for kind, name in names if kind == "Service"]
    for document in documents:
        if document["kind"] == "SLO":
            assert document["spec"]["service"] in services, f"no service {document['spec']['service']}"


def calm(path):
    document = json.loads(path.read_text())
    by_schema(CALM, document)
    nodes = [node["unique-id"] for node in document["nodes"]]
    relations = [relation["unique-id"] for relation in document.get("relationships", [])]
    assert len(set(nodes)) == len(nodes) and len(set(relations)) == len(relations), "an id is given twice"
    for relation in document.get("relationships", []):
        ((kind, ends),) = relation["relationship-type"].items()
        if kind == "connects":
            used = [ends["source"]["node"], ends["destination"]["node"]]
        else:
            used = [ends.get("actor") or ends.get("container"), *ends["nodes"]]
        assert all(node in nodes for node in used), f"{relation['unique-id']} leads nowhere"
    for flow in document.get("flows", []):
        assert all(step["relationship-unique-id"] in relations for step in flow["transitions"]), f"{flow['unique-id']} leads nowhere"


def cyclonedx(path):
    problem = CYCLONEDX.validate_str(path.read_text())
    assert problem is None, str(problem)[:800]
    document = json.loads(path.read_text())
    known = {"system"} | {part["bom-ref"] for key in ("components", "services") for part in document.get(key, [])}
    for entry in document.get("dependencies", []):
        for reference in [entry["ref"], *entry.get("dependsOn", [])]:
            assert reference in known, f"{reference} leads nowhere"


def model_card(path):
    text = path.read_text()
    card = ModelCard(text)
    front = yaml.safe_load(text.split("---\n")[1])
    results = [result for model in front.get("model-index", []) for result in model["results"]]
    metrics = sum(len(result["metrics"]) for result in results)
    assert len(card.data.eval_results or []) == metrics, f"{metrics} metrics are written, {len(card.data.eval_results or [])} are read"


def component_definition(path):
    assert ComponentDefinition.oscal_read(path) is not None


def poam(path):
    assert PlanOfActionAndMilestones.oscal_read(path) is not None


def odcs(path):
    run([BIN / "odcslint", "check", path])


def k6(path):
    inspected = json.loads(run([BIN / "k6", "inspect", path]))
    assert inspected["scenarios"] and inspected["thresholds"], "no scenario or no threshold"


def registers(path):
    rows = list(csv.reader(path.open(newline="", encoding="utf-8"), strict=True))
    assert rows and all(len(row) == len(rows[0]) for row in rows), "rows differ in length"


def run(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (done.stdout + done.stderr)[-1200:]
    return done.stdout


VALIDATORS = {
    "openslo.yaml": openslo,
    ".calm.json": calm,
    ".cdx.json": cyclonedx,
    ".README.md": model_card,
    "component-definition.json": component_definition,
    "poam.json": poam,
    ".odcs.yaml": odcs,
    "load.js": k6,
    ".csv": registers,
}

# What each must refuse.
WRONG = {
    openslo: ("openslo.yaml", "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec: {}\n"),
    calm: ("a.calm.json", '{"nodes": [{"unique-id": "a"}]}'),
    cyclonedx: ("a.cdx.json", '{"bomFormat": "CycloneDX", "specVersion": "1.7", "components": [{"type": "model", "name": "a"}]}'),
    model_card: ("a.README.md", "---\nmodel-index:\n- name: a\n  results:\n  - task: {type: x}\n    metrics: [{type: y, value: 1}]\n---\n"),
    component_definition: ("component-definition.json", '{"component-definition": {"uuid": "x"}}'),
    poam: ("poam.json", '{"plan-of-action-and-milestones": {"uuid": "x"}}'),
    odcs: ("a.odcs.yaml", "apiVersion: v3.1.0\nkind: DataContract\nid: a\n"),
    k6: ("load.js", "export const options = { scenarios: { a: { executor: 'no-such' } } };\n"),
    registers: ("a.csv", 'a,b\n"c\n'),
}


def main(folder):
    counts, problems = {}, []
    for path in sorted(folder.rglob("*")):
        for ending, validate in VALIDATORS.items():
            if path.is_file() and path.name.endswith(ending):
                counts[validate.__name__] = counts.get(validate.__name__, 0) + 1
                try:
                    validate(path)
                except Exception as problem:  # every problem of every file is told
                    problems.append(f"{path.relative_to(folder)}: {type(problem).__name__}: {problem}")
                break
    with tempfile.TemporaryDirectory() as scratch:
        for validate, (name, text) in WRONG.items():
            path = Path(scratch) / name
            path.write_text(text)
            try:
                validate(path)
            except Exception:
                continue
            problems.append(f"{validate.__name__} takes what is wrong")
    for validate in VALIDATORS.values():
        if not counts.get(validate.__name__):
            problems.append(f"nothing was given to {validate.__name__}")
    print("\n".join(f"   {name}: {count} files" for name, count in sorted(counts.items())))
    print("\n".join(problems), file=sys.stderr)
    return 1 if problems else 0


sys.exit(main(Path(sys.argv[1])))
