// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs in several sections, and subprograms that they share. Naked functions, so that every
// compiler version gives the same instructions; the tests know them slot by slot.
#include "common.h"

static NOINLINE __attribute__((naked, used)) int leaf(void) {
  asm volatile("r0 = 7; exit");
}

// Global, in .text, calls a static function of the same section.
__attribute__((naked)) int middle(void) {
  asm volatile("r6 = r1; call leaf; r0 += 1; exit");
}

static __attribute__((naked, used)) int callback(void) {
  asm volatile("r0 = 0; exit");
}

// slots: 0 r6 = r1; 1 call middle; 2 if r0 == 0; 3-4 lddw; 5 call 181; 6 r0 = 2; 7 exit
SEC("xdp") __attribute__((naked)) int pass(void *ctx) {
  asm volatile(
      "r6 = r1;"
      "call middle;"
      "if r0 == 0 goto 1f;"
      "r2 = callback ll;"
      "call 181;"
      "1: r0 = 2;"
      "exit");
}

// A second program in the same section: a jump backwards, and no reference to anything.
SEC("xdp") __attribute__((naked)) int drop(void *ctx) {
  asm volatile(
      "r1 = 3;"
      "1: r1 += -1;"
      "if r1 != 0 goto 1b;"
      "r2 = 0x1122334455667788 ll;"
      "r0 = 1;"
      "exit");
}

// Another section; calls a subprogram in yet another one, which calls the program back.
__attribute__((naked)) int far(void);

SEC("tc") __attribute__((naked)) int classify(void *skb) {
  asm volatile("call far; exit");
}

SEC("helpers") __attribute__((naked)) int far(void) {
  asm volatile("call classify; call leaf; exit");
}

char _license[] SEC("license") = "Dual MIT/GPL";
