#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Everything that must pass: install what is needed, build, run all tests; then the half without LLVM, and
# the robustness tests under address and undefined-behaviour sanitizers.
#   check.sh [dev|runtime-only|asan-ubsan ...]     only these presets
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
presets=("$@")
[ ${#presets[@]} -gt 0 ] || presets=(runtime-only asan-ubsan dev)

bash tools/setup/install-packages.sh build test
export CCACHE_COMPRESS=1
for preset in "${presets[@]}"; do
  echo "== $preset"
  started=$SECONDS
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" -- --quiet
  echo "== $preset: built in $((SECONDS - started)) s"
  case $preset in
    # Sanitized LLVM users are slow; what takes hostile input is what the sanitizers are for.
    asan-ubsan) ctest --preset "$preset" -j2 --label-exclude slow ;;
    *) ctest --preset "$preset" -j2 ;;
  esac
done
