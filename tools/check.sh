#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# What must pass: install what is needed, then one or more of
#   dev           build everything, run all tests
#   memcheck      the loaders of ELF files and native objects and the cache, under valgrind
#   threads       maps, hooks, workers, the cache and what compiles and uploads in the background, under the thread
#                 sanitizer
#   sanitized     the half without LLVM and its tests, under address and undefined-behaviour sanitizers
#   coverage      the lines and branches of frontend, runtime and cache that their unit tests and corpora reach, against
#                 the floors
#   runtime-only  libweir and the tools build and work without LLVM's headers
#   check.sh [PART ...]     only these; without one threads, memcheck and dev
#   check.sh all            every part: for a night
# WEIR_UNITY=ON check.sh ...: libraries are compiled as one source each, in folders made anew.
# What each part costs: docs/TESTING.md.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(threads memcheck dev)
[ "${parts[*]}" != all ] || parts=(threads sanitized coverage runtime-only memcheck dev)

# Processes that are killed, and inputs by the ten thousand, are for the sanitizers; valgrind itself has memory
# that is writable and executable.
not_under_valgrind='Robustness.*:*EveryBitFlip*:Attack.*:FaultTest.*:KillTest.*:ConcurrencyTest.*'
not_under_valgrind+=':Image.NeverWritableAndExecutable'

# Folder, executable and which of its tests: what starts threads, as far as it needs no LLVM. The thread sanitizer does
# not know threads that the resolver of names starts.
threads=('maps/weir_maps_test=*' 'hooks/filter_test=*' 'hooks/chain_test=*' 'compile/compile_test=*'
  'remote/remote_test=-RemoteName.*' 'interp/weir_interp_test=InterpAtomic.*' 'native/native_test=Image.*')
# What counts in coverage: unit tests, and the corpora of the fuzz targets that are not made of the commands.
covered=(weir_isa_test object_test verifier_test abi_test weir_maps_test weir_interp_test native_test cache_test
  remote_test engine_test compile_test filter_test chain_test)
replayed=(asm_text btf btf_ext cache_entry elf instructions manifest native_object pinned_map program_bytes)

bash tools/setup/install-packages.sh build test
for part in "${parts[@]}"; do
  targets=()
  case $part in
    dev) preset=dev options=() ;;
    memcheck) preset=dev options=() targets=(native_test object_test cache_test) ;;
    threads) preset=tsan options=(-DWEIR_COMPILER=OFF) targets=("${threads[@]##*/}")
      targets=(cache_test "${targets[@]%=*}") ;;
    sanitized) preset=asan-ubsan options=(-DWEIR_COMPILER=OFF) ;;
    coverage) preset=coverage options=(-DWEIR_COMPILER=OFF)
      targets=("${covered[@]}" "${replayed[@]/#/fuzz_}") ;;
    runtime-only) preset=runtime-only options=(-DWEIR_TESTS=OFF) ;;
    *)
      echo "usage: $0 [all|dev|memcheck|threads|sanitized|coverage|runtime-only ...]" >&2
      exit 64
      ;;
  esac
  echo "== $part"
  started=$SECONDS
  [ -z "${WEIR_UNITY:-}" ] || options+=("-DWEIR_UNITY=$WEIR_UNITY")
  cmake --preset "$preset" "${options[@]}" >/dev/null
  [ ${#targets[@]} -eq 0 ] || targets=(--target "${targets[@]}")
  cmake --build --preset "$preset" "${targets[@]}" -- --quiet
  echo "== $part: built in $((SECONDS - started)) s"
  unit=build/$preset/tests/unit
  case $part in
    dev | sanitized) ctest --preset "$preset" -j2 ;;
    memcheck)
      for test in native object cache; do
        valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
          "$unit/$test/${test}_test" --gtest_brief=1 --gtest_filter="-$not_under_valgrind"
      done
      ;;
    threads)
      # Children start threads of their own, and end without waiting for them.
      export TSAN_OPTIONS=die_after_fork=0:report_thread_leaks=0
      for test in "${threads[@]}"; do
        "$unit/${test%=*}" --gtest_brief=1 --gtest_filter="${test#*=}"
      done
      ctest --test-dir "$unit/cache" --output-on-failure -j2
      ;;
    coverage) python3 -B tools/coverage.py build/coverage ;;
    runtime-only)
      build/runtime-only/tools/weir run --hex 'b7000000 2a000000 95000000 00000000'
      python3 -B tests/tidy/libweir.py build/runtime-only/runtime/capi/libweir.so
      ;;
  esac
  echo "== $part: done in $((SECONDS - started)) s"
done
