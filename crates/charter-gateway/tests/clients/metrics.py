"""Reads a server's metrics with Prometheus' own parser.

    python metrics.py http://HOST:ADMINPORT

Exit code 0 when every family parses, has help and a type, and histograms are cumulative.
"""

import sys
import urllib.request

from prometheus_client.parser import text_string_to_metric_families


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with urllib.request.urlopen(sys.argv[1].rstrip("/") + "/metrics") as answer:
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4"), answer.headers
        text = answer.read().decode()
    families = list(text_string_to_metric_families(text))
    assert families, "no metrics"
    for family in families:
        assert family.documentation and family.type in ("counter", "gauge", "histogram"), family
        buckets = {}
        for sample in family.samples:
            if sample.name.endswith("_bucket"):
                key = tuple(sorted((name, value) for name, value in sample.labels.items() if name != "le"))
                assert sample.value >= buckets.get(key, 0), sample
                buckets[key] = sample.value
            if sample.name.endswith("_count"):
                assert buckets[tuple(sorted(sample.labels.items()))] == sample.value, sample
    print(f"{len(families)} families, {sum(len(family.samples) for family in families)} samples")
    return 0


if __name__ == "__main__":
    sys.exit(main())
