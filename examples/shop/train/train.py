"""Trains the shop's five models and writes models, tables, samples, metrics and cards. Called by `run.sh`."""

import os
import sys

# Before numpy loads: one thread adds up in one order.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import cards
import check
import payment
import personalization
import pricing
import recommendation
import search
from place import SHOP, write_json

ROUTES = {"fraud": payment, "pricing": pricing, "search-ranking": search, "personalization": personalization, "recommendation": recommendation}


def main():
    for folder in ("models", "tables", "samples", "cards"):
        (SHOP / folder).mkdir(exist_ok=True)
    metrics, truth = {}, {}
    for name, route in ROUTES.items():
        print(f"training {name}", file=sys.stderr)
        metrics[name], rows = route.run()
        truth |= rows
    metrics["parity"] = check.run(truth)
    write_json("train/metrics.json", metrics)
    cards.run(metrics)


main()
