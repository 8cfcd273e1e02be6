/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * For events.c: shows lines with "error" (severity 3) and "warn" (severity 4), and hides all others. */
#include "event.h"

#define SEC(name) __attribute__((section(name), used))

static int has_at(const char* text, const char* end, const char* word, int length) {
  if (text + length > end) return 0;
  for (int i = 0; i < length; ++i) {
    if ((text[i] | 0x20) != word[i]) return 0;
  }
  return 1;
}

SEC("custom/log_line")
int importance(struct log_line* line) {
  const char* text = (const char*)(long)line->data;
  const char* end = (const char*)(long)line->data_end;
  for (int i = 0; i < 500 && text + i < end; ++i) {
    if (has_at(text + i, end, "error", 5)) return line->severity = 3, 1;
    if (has_at(text + i, end, "warn", 4)) return line->severity = 4, 1;
  }
  return 0;
}
