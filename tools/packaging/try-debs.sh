#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# try-debs.sh [FOLDER]: builds the Debian packages and tries them as a user would: in a fresh Debian, with
# nothing but what apt brings. A C program that filters a packet is compiled there with pkg-config, and no
# package of LLVM may be among what libweir-dev pulls in.
# Needs root, debootstrap, dpkg-dev and a mirror of Debian; FOLDER (default: a temporary one) gets the packages.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$(realpath -m "${1:-$(mktemp -d)}")
mkdir -p "$out"

cmake --preset package > /dev/null
cmake --build --preset package
(cd build/package && cpack -B "$out" > "$out/cpack.log") || { cat "$out/cpack.log" >&2; exit 1; }
rm -rf "$out/_CPack_Packages"
ls "$out"/*.deb

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(sed -n 's/^URIs: *//p; s/^deb \([^ ]*\) .*/\1/p' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2> /dev/null | head -1 || true)
debootstrap --variant=minbase "$release" "$root" "${mirror:-http://deb.debian.org/debian}" > "$out/debootstrap.log"
cp /etc/resolv.conf "$root/etc/" 2> /dev/null || true
cp /etc/apt/apt.conf.d/*proxy* "$root/etc/apt/apt.conf.d/" 2> /dev/null || true
mkdir "$root/try"
cp "$out"/*.deb tools/examples/embed/filter.c "$root/try/"
clang-19 -target bpf -O2 -g -mcpu=v3 -c tools/examples/filters/ip_dst.bpf.c -o "$root/try/ip_dst.bpf.o"

chroot "$root" bash -euc '
  export DEBIAN_FRONTEND=noninteractive
  cd /try
  apt-get -qq update
  apt-get -qq install -y --no-install-recommends ./libweir1_*.deb ./libweir-dev_*.deb gcc libc6-dev pkg-config > apt.log 2>&1 \
    || { tail -20 apt.log; exit 1; }
  if dpkg-query -W -f "\${Package}\n" | grep -i llvm; then echo "error: libweir-dev brought LLVM"; exit 1; fi
  cc -Wall filter.c $(pkg-config --cflags --libs weir) -o filter
  zeros() { printf "%0$1d" 0; }
  frame=$(zeros 24)080045$(zeros 30)01010101$(zeros 40)
  echo "$frame" | ./filter ip ip_dst.bpf.o
  echo "$frame" | ./filter ip ip_dst.bpf.o | grep -q "^drop"
  apt-get -qq install -y --no-install-recommends ./weir_*.deb > apt.log 2>&1 || { tail -20 apt.log; exit 1; }
  if dpkg-query -W -f "\${Package}\n" | grep -i llvm; then echo "error: weir brought LLVM"; exit 1; fi
  weir --version
  weir verify ip_dst.bpf.o
  echo "packages: $(dpkg-query -W | wc -l), none of LLVM"
  apt-get -qq install -y --no-install-recommends ./weir-compiler_*.deb > apt.log 2>&1 || { tail -20 apt.log; exit 1; }
  weir compile ip_dst.bpf.o -o ip_dst.weir
  echo "$frame" | ./filter ip ip_dst.weir | grep -q "^drop"
  echo "with weir-compiler: compiled and run"
'
echo ok
