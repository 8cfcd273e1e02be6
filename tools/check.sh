#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# What must pass: install what is needed, build, run all tests. By name also: the half without LLVM with its
# tests ("runtime-only"), and the same under address and undefined-behaviour sanitizers ("sanitized").
#   check.sh [dev|sanitized|runtime-only ...]     only these
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(dev)

bash tools/setup/install-packages.sh build test
for part in "${parts[@]}"; do
  case $part in
    sanitized) preset=asan-ubsan options=(-DWEIR_COMPILER=OFF) ;;
    dev | runtime-only) preset=$part options=() ;;
    *)
      echo "usage: $0 [dev|sanitized|runtime-only ...]" >&2
      exit 64
      ;;
  esac
  echo "== $part"
  started=$SECONDS
  cmake --preset "$preset" "${options[@]}" >/dev/null
  cmake --build --preset "$preset" -- --quiet
  echo "== $part: built in $((SECONDS - started)) s"
  ctest --preset "$preset" -j2
  echo "== $part: done in $((SECONDS - started)) s"
done
