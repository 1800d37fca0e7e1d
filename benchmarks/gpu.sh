#!/usr/bin/env bash
# Everything that needs a GPU, in one go: the test suite on CUDA, the cost of an iteration, the known answers.
# Run it from the repository's root on a machine with a GPU, phasekit and pytest installed:
#     bash benchmarks/gpu.sh [FOLDER]      # figures and logs go to FOLDER, benchmarks/results by default
set -uo pipefail
folder=${1:-benchmarks/results}
mkdir -p "$folder"
export PHASEKIT_CACHE=$(mktemp -d)
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv | tee "$folder/gpu.txt"
python3 -m pytest -q -x 2>&1 | tee "$folder/gpu-tests.log" | tail -n 20
python3 benchmarks/iteration.py --device cuda --sizes 64 128 256 512 --out "$folder/iteration-cuda.json"
python3 benchmarks/recover.py --device cuda --workers 1 --out "$folder/recover-cuda.json"
