#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Records mixed.pcap: real clients talk to real servers over a real (software) VLAN network, and
# tcpdump listens on its trunk. README.md beside this file says what is in the capture.
#
#   sudo ./make_capture.sh [FILE]        writes FILE (default: mixed.pcap beside the script)
#
# Needs root, for network namespaces and raw sockets, and these Debian packages:
#   iproute2 ethtool openvswitch-switch tcpdump curl dnsmasq-base bind9-dnsutils iputils-ping
#   iputils-arping nmap hping3 ncat socat busybox python3 clang-19
#
# The network:
#
#   client                    switch (Open vSwitch, userspace datapath)                    server
#   eth0 --- untagged ------- left ====================== trunk ====================== right --- eth0
#   eth1 --- VLAN 100 ------- left            (tcpdump listens here)                   right --- eth1
#   eth2 --- VLAN 30 -- access -- service VLAN 200, tag type 802.1ad -- access -- VLAN 30 --- eth2
#   eth3 --- VLAN 30 -- access -- service VLAN 300, tag type 802.1Q --- access -- VLAN 30 --- eth3
#
# The switch adds and removes the tags, so that the kernel needs no VLAN support, only network
# namespaces, veth pairs, tap devices, packet sockets and tc with BPF.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
output=${1:-$here/mixed.pcap}
[ "$(id -u)" = 0 ] || { echo "make_capture.sh: needs root (network namespaces)" >&2; exit 1; }
for tool in ip ethtool ovs-vswitchd ovsdb-server tcpdump curl dnsmasq dig nslookup ping arping \
            nmap hping3 ncat socat busybox python3 tc clang-19; do
  command -v "$tool" >/dev/null || { echo "make_capture.sh: $tool is missing" >&2; exit 1; }
done

prefix=weir-capture-$$
client=$prefix-client server=$prefix-server switch=$prefix-switch
work=$(mktemp -d)
pids=()

cleanup() {
  set +e
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null; done
  for namespace in $client $server $switch; do
    # What the servers and relays forked is still in there.
    for pid in $(ip netns pids "$namespace" 2>/dev/null); do kill "$pid" 2>/dev/null; done
    ip netns del "$namespace" 2>/dev/null
  done
  rm -rf "$work"
}
trap cleanup EXIT

background() { "$@" >>"$work/log" 2>&1 & pids+=($!); }
on() { local namespace=$1; shift; ip netns exec "$namespace" "$@"; }
# Runs a client; that a scan or a blocked port makes it fail is part of the play.
try() { timeout 20 ip netns exec $client "$@" >>"$work/log" 2>&1 </dev/null || true; }

# The same for a client that sends its standard input.
send() { timeout 5 ip netns exec $client socat -t 0.3 -b 8192 - "$1" >>"$work/log" 2>&1 || true; }

# --- The network. Offloads are off: every frame has its size and its checksums on the wire.

for namespace in $client $server $switch; do
  ip netns add $namespace
  ip -n $namespace link set lo up
done

# A host's interface NUMBER and its port on the switch; fixed addresses, to make captures alike.
connect() {
  local host=$1 number=$2 port=$3 address=$4
  ip link add eth$number netns $host address "$address" mtu 1500 type veth \
     peer name $port netns $switch
  on $host ethtool -K eth$number tx off rx off sg off tso off gso off gro off >/dev/null 2>&1
  on $switch ethtool -K $port tx off rx off sg off tso off gso off gro off >/dev/null 2>&1
  on $switch sysctl -qw net.ipv6.conf.$port.disable_ipv6=1
  ip -n $switch link set $port up
}
for number in 0 1 2 3; do
  connect $client $number client$number 02:00:00:00:0$number:01
  connect $server $number server$number 02:00:00:00:0$number:02
done
ip link add trunk-left netns $switch mtu 1600 type veth peer name trunk-right netns $switch mtu 1600
for port in trunk-left trunk-right; do
  on $switch ethtool -K $port tx off rx off sg off tso off gso off gro off >/dev/null 2>&1
  on $switch sysctl -qw net.ipv6.conf.$port.disable_ipv6=1
  ip -n $switch link set $port up
done

# The switch: a private Open vSwitch, everything it keeps is in $work.
export OVS_RUNDIR=$work OVS_DBDIR=$work OVS_LOGDIR=$work OVS_SYSCONFDIR=$work
ovsdb-tool create "$work/conf.db" /usr/share/openvswitch/vswitch.ovsschema
background ip netns exec $switch ovsdb-server "$work/conf.db" \
  --remote="punix:$work/db.sock" --unixctl="$work/db.ctl"
for _ in $(seq 50); do [ -S "$work/db.sock" ] && break; sleep 0.1; done
vsctl() { ovs-vsctl --db="unix:$work/db.sock" "$@"; }
vsctl --no-wait init -- set Open_vSwitch . other_config:vlan-limit=2
background ip netns exec $switch ovs-vswitchd "unix:$work/db.sock" --unixctl="$work/vs.ctl"

for side in left right; do
  [ $side = left ] && host=client || host=server
  vsctl add-br $side -- set bridge $side datapath_type=netdev \
    -- add-port $side trunk-$side tag=1 vlan_mode=native-untagged trunks=1,100,200,300 \
    -- add-port $side ${host}0 tag=1 \
    -- add-port $side ${host}1 tag=100
  for service in "2 200 802.1ad" "3 300 802.1q"; do
    read -r number tag type <<<"$service"
    access=access-$side$number
    vsctl add-br $access -- set bridge $access datapath_type=netdev \
      -- add-port $access ${host}$number tag=30 \
      -- add-port $access up-$side$number trunks=30 \
      -- set interface up-$side$number type=patch options:peer=down-$side$number \
      -- add-port $side down-$side$number vlan_mode=dot1q-tunnel tag=$tag \
           other-config:qinq-ethtype=$type \
      -- set interface down-$side$number type=patch options:peer=up-$side$number
  done
done

# What eth1 to eth3 send is padded to the Ethernet minimum, as a network card does; eth0 is like a
# virtual card, which does not.
clang-19 -target bpf -O2 -g -c "$here/pad_frames.bpf.c" -o "$work/pad_frames.bpf.o"
for host in $client $server; do
  for number in 1 2 3; do
    on $host tc qdisc add dev eth$number clsact
    on $host tc filter add dev eth$number egress bpf direct-action \
       object-file "$work/pad_frames.bpf.o" section tc
  done
done

# --- Record from before the hosts come up: the first packets are their own.

background ip netns exec $switch tcpdump -i trunk-right -w "$work/out.pcap" -s 65535 -U -Z root \
  --immediate-mode
tcpdump_pid=${pids[-1]}
sleep 1

ip -n $server address add 1.1.1.1/32 dev lo
for number in 0 1 2 3; do
  ip -n $client address add 10.0.$number.1/24 dev eth$number
  ip -n $server address add 10.0.$number.2/24 dev eth$number
  ip -n $client address add fd00:$number::1/64 dev eth$number
  ip -n $server address add fd00:$number::2/64 dev eth$number
  ip -n $client link set eth$number up
  ip -n $server link set eth$number up
  ip -n $client route add 1.1.1.1/32 via 10.0.$number.2 dev eth$number metric $((number + 1))
done
sleep 3  # duplicate address detection

# --- The servers.

mkdir "$work/www"
seq 1 900 >"$work/www/index.html"
for port in 80 8080; do
  background ip netns exec $server /usr/bin/python3 -m http.server $port --bind :: \
    --directory "$work/www"
done
background ip netns exec $server ncat --ssl --keep-open --listen 443 --exec "/bin/echo hello"
background ip netns exec $server socat TCP6-LISTEN:9999,fork,reuseaddr EXEC:cat
background ip netns exec $server socat UDP6-RECVFROM:9999,fork EXEC:cat
background ip netns exec $server dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root \
  --pid-file="$work/dnsmasq.pid" --no-resolv --no-hosts --bind-interfaces --interface=eth0 \
  --interface=eth1 --interface=eth2 --interface=eth3 --except-interface=lo \
  --address=/example/192.0.2.1 --address=/example/2001:db8::1 --address=/test/192.0.2.2 \
  --address=/invalid/192.0.2.3 --address=/org/192.0.2.4 \
  --dhcp-range=10.0.0.100,10.0.0.110,1h --dhcp-leasefile="$work/leases" --dhcp-authoritative
# A relay for dig: what it sends goes on with options in the IP header.
background ip netns exec $client socat UDP4-LISTEN:5301,bind=127.0.0.1,fork \
  UDP4:10.0.0.2:53,ip-options=x01010100
background ip netns exec $client socat UDP4-LISTEN:5302,bind=127.0.0.1,fork \
  "UDP6:[fd00:0::2]:53,setsockopt-bin=41:59:x0000010400000000"
background ip netns exec $client socat UDP4-LISTEN:5303,bind=127.0.0.1,fork \
  "UDP6:[fd00:1::2]:53,setsockopt-bin=41:54:x0000010400000000,setsockopt-bin=41:59:x0000010400000000"
background ip netns exec $client socat TCP4-LISTEN:5304,bind=127.0.0.1,fork \
  TCP4:10.0.0.2:8080,ip-options=x01010100
sleep 2

# --- The clients. ARP, ICMP and ICMPv6, plain, with options and in fragments.

try arping -c 2 -I eth0 10.0.0.2
for number in 0 1 2 3; do
  try ping -n -c 2 -i 0.2 10.0.$number.2
  try ping -n -c 2 -i 0.2 fd00:$number::2
  try ping -n -c 2 -i 0.2 -I eth$number 1.1.1.1
done
try ping -n -c 2 -i 0.2 -R 10.0.0.2
try ping -n -c 1 -s 4000 10.0.0.2
try ping -n -c 1 -s 4000 10.0.1.2
try ping -n -c 1 -s 4000 1.1.1.1
try ping -n -c 1 -s 4000 fd00:0::2
try ping -n -c 1 -s 4000 fd00:2::2

# DHCP; the address offered is not used.
try busybox udhcpc -i eth0 -n -q -f -s /bin/true -x hostname:client

# TCP: HTTP and HTTPS, then ports that no allow-list has.
try curl -s http://10.0.0.2/
try curl -s http://10.0.1.2/missing
try curl -s -I http://10.0.2.2/
try curl -s -g 'http://[fd00:0::2]/'
try curl -s -k https://10.0.0.2/
try curl -s http://1.1.1.1/
try curl -s -I http://10.0.0.2:8080/
try curl -s -I http://10.0.1.2:8080/
try curl -s -I -g 'http://[fd00:3::2]:8080/'
try curl -s -I http://1.1.1.1:8080/
try curl -s -I http://127.0.0.1:5304/
try curl -s http://10.0.0.2:8081/
echo hello | send 'TCP6:[fd00:1::2]:9999'

# UDP: small, and larger than the link takes.
for to in UDP4:10.0.0.2:9999 UDP4:10.0.2.2:9999 'UDP6:[fd00:0::2]:9999' 'UDP6:[fd00:3::2]:9999'; do
  echo hello | send "$to"
done
seq 1 900 | send UDP4:10.0.0.2:9999
seq 1 900 | send 'UDP6:[fd00:1::2]:9999'
seq 1 900 | send UDP4:1.1.1.1:9999

# DNS: names that a block-list has, names that only look like it, both letter cases.
query() { try dig +tries=1 +timeout=2 "$@"; }
query @10.0.0.2 www.example
query @10.0.0.2 ads.example
query @10.0.0.2 ADS.Example AAAA
query @10.0.0.2 cdn.a1.ads.example
query @10.0.0.2 roads.example
query @10.0.0.2 ads.example.org
query @10.0.0.2 tracker.test MX
query @10.0.0.2 +noedns Pixel.TRACKER.tesT
query @10.0.0.2 test
query @10.0.0.2 eu.metrics.invalid
query @10.0.0.2 . NS
query @10.0.0.2 'x\003ads.example'
query @10.0.0.2 +tcp ads.example
query @10.0.1.2 ads.example
query @10.0.1.2 static.example
query @10.0.2.2 Tracker.Test
query @10.0.2.2 www.example
query @10.0.3.2 b.metrics.invalid
query @fd00:0::2 ads.example
query @fd00:0::2 www.example AAAA
query @fd00:1::2 a.ads.EXAMPLE
query @fd00:2::2 tracker.test
query @fd00:3::2 www.test
query @127.0.0.1 -p 5301 ads.example          # IPv4 options
query @127.0.0.1 -p 5301 www.example
query @127.0.0.1 -p 5302 ads.example          # IPv6 destination options
query @127.0.0.1 -p 5303 tracker.test         # hop-by-hop and destination options
query @127.0.0.1 -p 5303 www.test
query @1.1.1.1 ads.example                    # no server there: the ICMP error quotes the query
query @10.0.0.2 -p 5399 ads.example           # blocked name, other port
query @fd00:0::2 -p 5399 ads.example
try nslookup -timeout=2 -retry=0 metrics.invalid 10.0.0.2

# TCP flags as scanners send them.
scan() { try nmap -n -Pn --max-retries 0 --disable-arp-ping -p 22,80,8080 "$@"; }
scan -sS 10.0.0.2
scan -sN 10.0.0.2
scan -sX 10.0.0.2
scan -sF 10.0.0.2
scan -sX 10.0.1.2
scan -sN 10.0.2.2
scan -sF 10.0.3.2
scan -6 -sX fd00:0::2
scan -6 -sN fd00:1::2
scan -6 -sF fd00:3::2
scan -sS -f 10.0.0.2                          # the TCP header in fragments of eight bytes
scan -sS -f 10.0.1.2                          # the same with padding behind the eight bytes
craft() { try hping3 -n -q -i u20000 -p 80 10.0.0.2 "$@"; }
craft -c 2 -S -F
craft -c 2 -S -R
craft -c 1 -F -P -U -A
craft -c 1 -R
craft -c 1 -A
craft -c 1 -F -A
craft -c 2 -A -O 4
craft -c 1 -S -O 0
craft -c 1 -S -X                              # the two flags of RFC 3168 beside SYN
craft -c 1 -S -Y
sleep 1

kill -INT "$tcpdump_pid"
wait "$tcpdump_pid" || true
[ -z "${KEEP_LOG:-}" ] || cp "$work/log" "$KEEP_LOG"
mv "$work/out.pcap" "$output"
chmod 644 "$output"
echo "$output: $(stat -c %s "$output") bytes"
