// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For capi_test.c: programs of the hook "custom/request", with a helper of the host's.
#define SEC(name) __attribute__((section(name), used))
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

struct request {
  u32 tenant;
  u32 verdict;
  u64 data, data_end;
  u8 tag[16];
};
static u64 (*weigh)(const void* context, const void* bytes, u64 size) = (void*)216;

// Adds up what the host weighs, and writes to the fields that it may write to.
SEC("custom/request")
int judge(struct request* request) {
  const u8* data = (void*)(long)request->data;
  if (data + 4 > (const u8*)(long)request->data_end) return 2;
  request->verdict = weigh(request, data, 4) + request->tenant;
  *(u64*)request->tag = 0x1122334455667788;
  return request->tenant == 7;
}

SEC("custom/request/writes_what_it_may_not")
int writes_tenant(struct request* request) {
  request->tenant = 1;
  return 0;
}

char _license[] SEC("license") = "GPL";
