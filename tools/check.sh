#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# What must pass: install what is needed, then one or more of
#   dev           build everything, run all tests; the default
#   sanitized     the half without LLVM and its tests, under address and undefined-behaviour sanitizers
#   threads       the tests of maps under the thread sanitizer
#   runtime-only  libweir and the tools build and work without LLVM's headers
#   check.sh [dev|sanitized|threads|runtime-only ...]     only these
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(dev)

bash tools/setup/install-packages.sh build test
for part in "${parts[@]}"; do
  case $part in
    sanitized) preset=asan-ubsan options=(-DWEIR_COMPILER=OFF) ;;
    threads) preset=tsan options=(-DWEIR_COMPILER=OFF) ;;
    runtime-only) preset=$part options=(-DWEIR_TESTS=OFF) ;;
    dev) preset=$part options=() ;;
    *)
      echo "usage: $0 [dev|sanitized|threads|runtime-only ...]" >&2
      exit 64
      ;;
  esac
  echo "== $part"
  started=$SECONDS
  cmake --preset "$preset" "${options[@]}" >/dev/null
  targets=()
  [ "$part" != threads ] || targets=(--target weir_maps_test)
  cmake --build --preset "$preset" "${targets[@]}" -- --quiet
  echo "== $part: built in $((SECONDS - started)) s"
  if [ "$part" = runtime-only ]; then
    build/runtime-only/tools/weir run --hex 'b7000000 2a000000 95000000 00000000'
    python3 -B tests/tidy/libweir.py build/runtime-only/runtime/capi/libweir.so
  elif [ "$part" = threads ]; then
    build/tsan/tests/unit/maps/weir_maps_test
  else
    ctest --preset "$preset" -j2
  fi
  echo "== $part: done in $((SECONDS - started)) s"
done
