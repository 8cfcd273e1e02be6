/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A host with a hook of its own: a log that asks a program which lines to show. Each line is an event, a
 * struct of which the program may read and write every byte; its result is how important the line is.
 *
 *   cc events.c $(pkg-config --cflags --libs weir) -o events
 *   clang-19 -target bpf -O2 -g -c importance.bpf.c -o importance.bpf.o
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
  if (argc != 2) {
    fprintf(stderr, "usage: %s PROGRAM < LINES\n", argv[0]);
    return 64;
  }
  char *error;
  weir_host *host = weir_host_open(NULL, &error);
  if (host == NULL) fail(error);
  weir_worker *worker = weir_worker_open(host, &error);
  if (worker == NULL) fail(error);
  const struct weir_program_options options = {.size = sizeof options, .at = "memory"};
  weir_program *program = weir_program_open(host, argv[1], &options, &error);
  if (program == NULL) fail(error);

  struct event event;
  unsigned shown = 0, lines = 0;
  memset(&event, 0, sizeof event);
  while (fgets(event.text, sizeof event.text, stdin) != NULL) {
    event.number = ++lines;
    event.length = (uint32_t)strlen(event.text);
    struct weir_result result;
    if (weir_program_run(worker, program, &event, sizeof event, 0, &result) != 0) {
      char *why = weir_program_explain(program, &result);
      fprintf(stderr, "line %u: %s\n", lines, why != NULL ? why : weir_trap_name(result.trap));
      weir_string_free(why);
    } else if (result.r0 > 0) {
      ++shown;
      printf("%u [%u] %s", lines, (unsigned)result.r0, event.text);
    }
    memset(event.text, 0, sizeof event.text);
  }
  printf("%u of %u lines\n", shown, lines);
  weir_program_close(program);
  weir_worker_close(worker);
  weir_host_close(host);
  return 0;
}
