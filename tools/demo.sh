#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The main job from a clean clone: install what is needed, build, compile the example filter of the 2022
# QEMU series to eBPF and on to native code, cache it, filter a real capture, show what happened.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"

bash tools/setup/install-packages.sh build
cmake --preset release -DWEIR_TESTS=OFF -DWEIR_BENCH=OFF >/dev/null
cmake --build --preset release
work=$top/build/demo
rm -rf "$work"
mkdir -p "$work"
cmake --install build/release --prefix "$work/usr" >/dev/null

weir=$work/usr/bin/weir
export WEIR_CACHE_DIR=$work/cache
filters=tools/examples/filters
capture=tools/examples/captures/mixed.pcap

show() {
  printf '\n$ %s\n' "$*"
  "$@"
}
show clang-19 -target bpf -O2 -g -mcpu=v3 -c "$filters/ip_dst.bpf.c" -o "$work/ip_dst.bpf.o"
show "$weir" compile "$work/ip_dst.bpf.o"
show "$weir" filter --prog "$work/ip_dst.bpf.o" --at ip "$capture" -o "$work/passed.pcap"
show "$weir" cache stats
