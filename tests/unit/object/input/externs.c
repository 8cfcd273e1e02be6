// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the kernel should define: symbols, functions, and values of its configuration.
#include "common.h"

#define __kconfig __attribute__((section(".kconfig")))
#define __weak __attribute__((weak))

enum libbpf_tristate { TRI_NO = 0, TRI_YES = 1, TRI_MODULE = 2 };

extern int LINUX_KERNEL_VERSION __kconfig;
extern unsigned long long CONFIG_WIDE __kconfig __weak;
extern _Bool CONFIG_FLAG __kconfig __weak;
extern char CONFIG_LETTER __kconfig __weak;
extern enum libbpf_tristate CONFIG_MODULE __kconfig __weak;
extern char CONFIG_HOSTNAME[8] __kconfig __weak;
extern short CONFIG_SMALL __kconfig __weak;

extern const void bpf_strong_symbol __ksym;
extern const void bpf_weak_symbol __ksym __weak;
extern int bpf_weak_function(int) __ksym __weak;
extern int somewhere_else(int);

SEC("xdp")
int version(void *ctx) {
  return LINUX_KERNEL_VERSION;
}

SEC("xdp")
int weak_values(void *ctx) {
  return CONFIG_WIDE + CONFIG_FLAG + CONFIG_LETTER + CONFIG_MODULE + CONFIG_HOSTNAME[3] +
         CONFIG_SMALL;
}

SEC("xdp")
int strong_symbol(void *ctx) {
  return ctx == &bpf_strong_symbol;
}

SEC("xdp")
int weak_symbol(void *ctx) {
  return &bpf_weak_symbol != 0;
}

SEC("xdp")
int weak_function(void *ctx) {
  return bpf_weak_function ? bpf_weak_function(3) : 7;
}

SEC("xdp")
int missing_function(void *ctx) {
  return somewhere_else(3);
}
