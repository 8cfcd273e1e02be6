#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# What must pass: install what is needed, then one or more of
#   dev           build everything, run all tests
#   memcheck      the loaders of ELF files and native objects and the cache, under valgrind
#   threads       the tests of maps and of the cache under the thread sanitizer
#   sanitized     the half without LLVM and its tests, under address and undefined-behaviour sanitizers
#   runtime-only  libweir and the tools build and work without LLVM's headers
#   check.sh [PART ...]     only these; without one memcheck and dev
#   check.sh all            every part: for a night
# WEIR_UNITY=ON check.sh ...: libraries are compiled as one source each, in folders made anew.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(memcheck dev)
[ "${parts[*]}" != all ] || parts=(sanitized runtime-only memcheck threads dev)

# Processes that are killed, and inputs by the ten thousand, are for the sanitizers; valgrind itself has memory
# that is writable and executable.
not_under_valgrind='Robustness.*:*EveryBitFlip*:Attack.*:FaultTest.*:KillTest.*:ConcurrencyTest.*'
not_under_valgrind+=':Image.NeverWritableAndExecutable'

bash tools/setup/install-packages.sh build test
for part in "${parts[@]}"; do
  case $part in
    sanitized) preset=asan-ubsan options=(-DWEIR_COMPILER=OFF) ;;
    threads) preset=tsan options=(-DWEIR_COMPILER=OFF) ;;
    runtime-only) preset=$part options=(-DWEIR_TESTS=OFF) ;;
    dev) preset=$part options=() ;;
    memcheck) preset=dev options=() ;;
    *)
      echo "usage: $0 [all|dev|memcheck|threads|sanitized|runtime-only ...]" >&2
      exit 64
      ;;
  esac
  echo "== $part"
  started=$SECONDS
  [ -z "${WEIR_UNITY:-}" ] || options+=("-DWEIR_UNITY=$WEIR_UNITY")
  cmake --preset "$preset" "${options[@]}" >/dev/null
  targets=()
  case $part in
    threads) targets=(--target weir_maps_test cache_test) ;;
    memcheck) targets=(--target native_test object_test cache_test) ;;
  esac
  cmake --build --preset "$preset" "${targets[@]}" -- --quiet
  echo "== $part: built in $((SECONDS - started)) s"
  if [ "$part" = runtime-only ]; then
    build/runtime-only/tools/weir run --hex 'b7000000 2a000000 95000000 00000000'
    python3 -B tests/tidy/libweir.py build/runtime-only/runtime/capi/libweir.so
  elif [ "$part" = threads ]; then
    build/tsan/tests/unit/maps/weir_maps_test
    # Children of these tests end without waiting for their threads.
    TSAN_OPTIONS=report_thread_leaks=0 ctest --test-dir build/tsan/tests/unit/cache --output-on-failure -j2
  elif [ "$part" = memcheck ]; then
    for test in native object cache; do
      valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
        "build/dev/tests/unit/$test/${test}_test" --gtest_brief=1 --gtest_filter="-$not_under_valgrind"
    done
  else
    ctest --preset "$preset" -j2
  fi
  echo "== $part: done in $((SECONDS - started)) s"
done
