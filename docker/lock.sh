#!/usr/bin/env bash
# Pins what the images install, by uv: run it after a change of setup.cfg; --upgrade takes newer versions.
set -euo pipefail
cd "$(dirname "$0")/.."

# lock FILE PYTHON OPTION...: the versions for that Python and those after it.
lock() {
    local file=docker/$1 python=$2
    shift 2
    uv pip compile setup.cfg --universal --python-version "$python" --generate-hashes --no-emit-index-url \
        --no-annotate --custom-compile-command docker/lock.sh --quiet --output-file "$file" "$@"
}

lock requirements.lock 3.10 --extra ray --extra beam --extra metrics "$@"
# The others take the same versions: another version of a library is another corpus.
lock requirements-beam.lock 3.10 --extra beam-gcp --extra metrics --constraint docker/requirements.lock "$@"
# The packages for the CPU would lie in the folders of those for CUDA. ONNX Runtime's want Python 3.11.
lock requirements-gpu.lock 3.11 --extra ray --extra gpu --extra metrics --constraint docker/requirements.lock \
    --excludes <(printf 'onnxruntime\nfaiss-cpu\n') "$@"
