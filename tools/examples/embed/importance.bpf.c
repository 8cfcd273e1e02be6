/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * For events.c: 2 for lines with "error", 1 for lines with "warn", 0 for others. */
#include "event.h"

#define SEC(name) __attribute__((section(name), used))

static int has_at(const char* text, const char* word, int length) {
  for (int i = 0; i < length; ++i) {
    if ((text[i] | 0x20) != word[i]) return 0;
  }
  return 1;
}

SEC("event")
int importance(struct event* event, unsigned long long size) {
  if (size < sizeof *event) return 0;
  for (unsigned i = 0; i + 5 <= sizeof event->text && i < event->length; ++i) {
    if (has_at(event->text + i, "error", 5)) return 2;
    if (has_at(event->text + i, "warn", 4)) return 1;
  }
  return 0;
}
