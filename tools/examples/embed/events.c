/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A host with a hook of its own: a log that asks a program which lines to show. Its programs get a struct
 * log_line: the line's number, a severity that they may set, and the text as data and data_end.
 *
 *   cc events.c $(pkg-config --cflags --libs weir) -o events
 *   clang-19 -target bpf -O2 -g -mcpu=v3 -c importance.bpf.c -o importance.bpf.o
 *   ./events importance.bpf.o < /var/log/syslog
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weir.h>

#include "event.h"

static void fail(char *error) {
  fprintf(stderr, "%s\n", error != NULL ? error : "error: out of memory");
  weir_string_free(error);
  exit(1);
}

int main(int argc, char **argv) {
  /* What programs can reach of the structure. (BTF of a program knows it too: btf_struct, btf_file.) */
  static const struct weir_field fields[] = {
      {.name = "number", .offset = offsetof(struct log_line, number), .size = 4},
      {.name = "severity", .offset = offsetof(struct log_line, severity), .size = 4, .writable = 1},
      {.name = "data", .offset = offsetof(struct log_line, data), .size = 8, .kind = WEIR_FIELD_DATA},
      {.name = "data_end", .offset = offsetof(struct log_line, data_end), .size = 8, .kind = WEIR_FIELD_DATA_END},
  };
  const struct weir_hook_options hook = {.size = sizeof hook,
                                         .name = "log_line",
                                         .text = "a line of a log",
                                         .context_bytes = sizeof(struct log_line),
                                         .fields = fields,
                                         .field_count = sizeof fields / sizeof *fields,
                                         .data_read_only = 1,
                                         .has_result_range = 1,
                                         .result_max = 1};
  if (argc != 2) {
    fprintf(stderr, "usage: %s PROGRAM < LINES\n", argv[0]);
    return 64;
  }
  char *error;
  if (weir_hook_register(&hook, &error) != 0) fail(error);
  weir_host *host = weir_host_open(NULL, &error);
  if (host == NULL) fail(error);
  weir_worker *worker = weir_worker_open(host, &error);
  if (worker == NULL) fail(error);
  weir_program *program = weir_program_open(host, argv[1], NULL, &error);
  if (program == NULL) fail(error);

  static char text[4096];
  unsigned shown = 0, lines = 0;
  while (fgets(text, sizeof text, stdin) != NULL) {
    struct log_line line = {.number = ++lines, .severity = 6};
    struct weir_result result;
    if (weir_program_run_at(worker, program, &line, sizeof line, text, strlen(text), 0, &result) != 0) {
      char *why = weir_program_explain(program, &result);
      fprintf(stderr, "line %u: %s\n", lines, why != NULL ? why : weir_trap_name(result.trap));
      weir_string_free(why);
    } else if (result.r0 != 0) {
      ++shown;
      printf("%u <%u> %s", lines, line.severity, text);
    }
  }
  printf("%u of %u lines\n", shown, lines);
  weir_program_close(program);
  weir_worker_close(worker);
  weir_host_close(host);
  return 0;
}
