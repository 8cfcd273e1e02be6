// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// As uBPF users write it: no section, no licence.
static __attribute__((noinline)) int helper(int x) {
  return x * 3;
}

int first(int *memory) {
  return helper(*memory);
}

int second(int *memory) {
  return *memory + 1;
}
