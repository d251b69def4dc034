#!/bin/sh
# Trains every model of the shop from `data/` and writes models, tables, samples, metrics and cards again.
# Needs Python 3.11 or later and the package index; run it twice and the files are the same bytes.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
environment=${SHOP_TRAIN_ENVIRONMENT:-"$here/.venv"}
# One thread and one kernel family: sums are taken in one order on every machine.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 PYTHONHASHSEED=0
if [ "$(uname -m)" = x86_64 ]; then export OPENBLAS_CORETYPE=Haswell; fi
if [ ! -x "$environment/bin/python" ]; then
    "${PYTHON:-python3}" -m venv "$environment"
fi
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
exec "$environment/bin/python" "$here/train.py" "$@"
