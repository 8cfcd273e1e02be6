// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Programs for filter_test.cpp.
#include <linux/bpf.h>

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, value) int(*name)[value]
#define __type(name, value) typeof(value)* name
#define __array(name, value) typeof(value)* name[]

static void* (*lookup)(void* map, const void* key) = (void*)BPF_FUNC_map_lookup_elem;
static long (*redirect)(__u32 ifindex, __u64 flags) = (void*)BPF_FUNC_redirect;
static long (*adjust_head)(struct xdp_md* ctx, int delta) = (void*)BPF_FUNC_xdp_adjust_head;
static long (*change_head)(struct __sk_buff* skb, __u32 by,
                           __u64 flags) = (void*)BPF_FUNC_skb_change_head;
static __u32 (*cpu)(void) = (void*)BPF_FUNC_get_smp_processor_id;
static long (*tail_call)(void* ctx, void* map, __u32 index) = (void*)BPF_FUNC_tail_call;

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
} seen SEC(".maps");

// The first byte of the frame is the verdict; packets are counted.
SEC("xdp")
int by_first_byte(struct xdp_md* ctx) {
  unsigned char* data = (void*)(long)ctx->data;
  if (data + 1 > (unsigned char*)(long)ctx->data_end) return XDP_ABORTED;
  __u32 key = 0;
  __u64* count = lookup(&seen, &key);
  if (count) ++*count;
  if (data[0] == XDP_REDIRECT) return redirect(7, 0);
  return data[0];
}

// Marks: two programs of a chain write the same letter, at 14 and at 15.
#define MARK(name, at, letter)                                            \
  SEC("xdp")                                                              \
  int name(struct xdp_md* ctx) {                                          \
    unsigned char* data = (void*)(long)ctx->data;                         \
    if (data + 16 > (unsigned char*)(long)ctx->data_end) return XDP_PASS; \
    data[at] = letter;                                                    \
    return XDP_PASS;                                                      \
  }
MARK(mark_a1, 14, 'a')
MARK(mark_a2, 15, 'a')
MARK(mark_b1, 14, 'b')
MARK(mark_b2, 15, 'b')

// libxdp's XDP_RUN_CONFIG: early, and the next one has its turn after a drop as well.
struct {
  __uint(priority, 10);
  __uint(XDP_PASS, 1);
  __uint(XDP_DROP, 1);
} _z_early SEC(".xdp_run_config");
SEC("xdp")
int z_early(struct xdp_md* ctx) {
  unsigned char* data = (void*)(long)ctx->data;
  if (data + 16 > (unsigned char*)(long)ctx->data_end) return XDP_PASS;
  data[14] = 'z';
  return data[0] == 1 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int interface_and_queue(struct xdp_md* ctx) {
  return ctx->ingress_ifindex == 5 && ctx->rx_queue_index == 3 ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int on_cpu_1(struct xdp_md* ctx) {
  return cpu() == 1 ? XDP_PASS : XDP_DROP;
}

// Makes room for four bytes in front.
SEC("xdp")
int grow(struct xdp_md* ctx) {
  if (adjust_head(ctx, -4)) return XDP_DROP;
  unsigned char* data = (void*)(long)ctx->data;
  if (data + 4 > (unsigned char*)(long)ctx->data_end) return XDP_DROP;
  data[0] = data[1] = data[2] = data[3] = 0xee;
  return XDP_TX;
}

SEC("xdp")
int never_ends(struct xdp_md* ctx) {
  for (volatile int i = 0;; ++i) {
  }
}

SEC("xdp")
int behind_a_tail_call(struct xdp_md* ctx) {
  return XDP_DROP;
}

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 2);
  __uint(key_size, 4);
  __array(values, int(void*));
} next SEC(".maps") = {.values = {[1] = (void*)&behind_a_tail_call}};

SEC("xdp")
int tail_caller(struct xdp_md* ctx) {
  tail_call(ctx, &next, 1);
  return XDP_PASS;
}

SEC("tc")
int drop_at_tc(struct __sk_buff* skb) {
  return 2;
}

SEC("tc")
int in_three_segments(struct __sk_buff* skb) {
  return skb->gso_size == 1448 && skb->gso_segs == 3 ? 0 : 2;
}

// The packet's first byte says how many are to come before it.
SEC("lwt_xmit")
int grow_ip(struct __sk_buff* skb) {
  unsigned char* data = (void*)(long)skb->data;
  if (data + 1 > (unsigned char*)(long)skb->data_end) return 2;
  return change_head(skb, data[0], 0) == 0 ? 0 : 2;
}

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 1);
  __uint(key_size, 4);
  __array(values, int(void*));
} endless SEC(".maps") = {.values = {[0] = (void*)&never_ends}};

SEC("xdp")
int tail_calls_endless(struct xdp_md* ctx) {
  tail_call(ctx, &endless, 0);
  return XDP_PASS;
}

SEC("filter/ip")
int drop_not_tcp(const unsigned char* ip, unsigned long long size) {
  if (size < 20) return 1;
  return ip[9] != 6;
}

SEC("sockops")
int answers_operation(struct bpf_sock_ops* ctx) {
  ctx->reply = ctx->op + ctx->local_port;
  return 1;
}

char _license[] SEC("license") = "GPL";
