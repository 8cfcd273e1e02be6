// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A C host: opens programs through libweir.so, runs them, reads verdicts, traps and errors.
//   capi_test BPF_OBJECT NATIVE_OBJECT
// BPF_OBJECT and NATIVE_OBJECT are the example filter ip_dst; prints "ok" or what was wrong.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir.h"

#define CHECK(condition)                                                   \
  do {                                                                     \
    if (!(condition)) {                                                    \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);      \
      exit(1);                                                             \
    }                                                                      \
  } while (0)

static void try_program(const char *path, enum weir_engine engine, const char *engine_name) {
  char *error = NULL;
  struct weir_program *program = weir_program_open(path, NULL, engine, &error);
  if (program == NULL) fprintf(stderr, "%s\n", error);
  CHECK(program != NULL && error == NULL);
  CHECK(strcmp(weir_program_engine(program), engine_name) == 0);

  unsigned char packet[20] = {0x45};
  memset(packet + 16, 1, 4);  // destination 1.1.1.1
  struct weir_result result;
  CHECK(weir_program_run(program, packet, sizeof packet, 0, &result) == 0 && result.r0 != 0 && result.trap == 0);
  packet[16] = 9;
  CHECK(weir_program_run(program, packet, sizeof packet, 0, &result) == 0 && result.r0 == 0);
  CHECK(weir_program_explain(program, &result) == NULL);
  // More than any packet: refused, not run on.
  CHECK(weir_program_run(program, packet, (size_t)1 << 40, 0, &result) == -1);
  CHECK(strcmp(weir_trap_name(result.trap), "access") == 0);
  char *why = weir_program_explain(program, &result);
  CHECK(why != NULL && strstr(why, "access") != NULL);
  weir_string_free(why);
  weir_program_close(program);
}

int main(int argc, char **argv) {
  CHECK(argc == 3);
  CHECK(weir_version()[0] != '\0');
  try_program(argv[1], WEIR_ENGINE_INTERP, "interp");
  try_program(argv[2], WEIR_ENGINE_INTERP, "interp");
  try_program(argv[2], WEIR_ENGINE_NATIVE, "aot");
  try_program(argv[2], WEIR_ENGINE_AUTO, "aot");

  char *error = NULL;
  CHECK(weir_program_open("/nonexistent", NULL, WEIR_ENGINE_AUTO, &error) == NULL && error != NULL);
  weir_string_free(error);
  CHECK(weir_program_open(argv[1], "no_such_program", WEIR_ENGINE_AUTO, &error) == NULL);
  CHECK(strstr(error, "ip_dst") != NULL);  // says what there is
  weir_string_free(error);
  CHECK(weir_program_open("/nonexistent", NULL, WEIR_ENGINE_AUTO, NULL) == NULL);
  weir_program_close(NULL);
  weir_string_free(NULL);
  puts("ok");
  return 0;
}
