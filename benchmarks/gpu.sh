#!/usr/bin/env bash
# Everything that needs a GPU, in one go: the test suite on CUDA, the cost of an iteration, the known answers, and the
# deep prior: what makes a step quick, the paper's headline, the known answers. The training of the 64³ networks has a
# script of its own, for it goes on from its checkpoints: benchmarks/gpu_train.sh.
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
python3 benchmarks/deep_prior_speed.py --device cuda --compile --out "$folder/deep_prior_speed-cuda.json"
python3 benchmarks/deep_prior_headline.py --device cuda --out "$folder/deep_prior_headline-cuda.json"
python3 benchmarks/network_speed.py --device cuda --compile --profile --out "$folder/network_speed-cuda.json"
python3 benchmarks/cnn.py --device cuda --out "$folder/cnn-cuda.json"
python3 benchmarks/deep_prior.py --device cuda --workers 1 --out "$folder/deep_prior-cuda.json"
