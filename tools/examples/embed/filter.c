/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A host with a place where packets pass. Reads frames as hex digits, one a line, has programs judge them,
 * and prints what becomes of each; `reload` on a line of its own opens the file again and puts the new
 * program in the old one's place, maps and all.
 *
 *   cc filter.c $(pkg-config --cflags --libs weir) -o filter
 *   ./filter xdp ip_dst.bpf.o < frames.txt
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weir.h>

static void fail(char *error) {
  fprintf(stderr, "%s\n", error != NULL ? error : "error: out of memory");
  weir_string_free(error);
  exit(1);
}

static uint32_t read_frame(const char *line, uint8_t *frame, uint32_t room) {
  uint32_t size = 0;
  unsigned byte;
  while (size < room && sscanf(line, "%2x", &byte) == 1) {
    frame[size++] = (uint8_t)byte;
    line += 2;
  }
  return size;
}

int main(int argc, char **argv) {
  enum { kHeadroom = 256, kFrame = 2048, kTailroom = 256 };
  static const char *const actions[] = {"pass", "drop", "transmit", "redirect"};
  static uint8_t memory[kHeadroom + kFrame + kTailroom];
  static char line[2 * kFrame + 2];
  if (argc != 3) {
    fprintf(stderr, "usage: %s HOOK FILE < FRAMES\n", argv[0]);
    return 64;
  }
  char *error;
  weir_host *host = weir_host_open(NULL, &error);
  if (host == NULL) fail(error);
  weir_worker *worker = weir_worker_open(host, &error);
  if (worker == NULL) fail(error);

  /* Whoever filters for safety drops what its program could not judge. */
  const struct weir_filter_options options = {
      .size = sizeof options, .hook = argv[1], .on_trap = WEIR_DROP_IT, .on_other = WEIR_PASS_IT};
  weir_filter *filter = weir_filter_open(host, &options, &error);
  if (filter == NULL) fail(error);
  weir_program *program = weir_program_open(host, argv[2], NULL, &error);
  if (program == NULL) fail(error);
  uint32_t link;
  if (weir_filter_attach(filter, program, NULL, &link, &error) != 0) fail(error);

  while (fgets(line, sizeof line, stdin) != NULL) {
    if (strcmp(line, "reload\n") == 0) {
      const struct weir_program_options again = {.size = sizeof again, .maps_from = program};
      weir_program *next = weir_program_open(host, argv[2], &again, &error);
      if (next == NULL || weir_filter_replace(filter, link, next, &error) != 0) {
        fprintf(stderr, "%s\nthe old program goes on\n", error != NULL ? error : "error: out of memory");
        weir_string_free(error);
        weir_program_close(next);
        continue;
      }
      weir_program_close(program);
      program = next;
      continue;
    }
    struct weir_packet packet = {.data = memory + kHeadroom, .headroom = kHeadroom, .tailroom = kTailroom};
    packet.size = read_frame(line, packet.data, kFrame);
    weir_filter_run(worker, filter, &packet, 1);
    printf("%s, %u bytes%s%s\n", actions[packet.action], packet.size, packet.trap != 0 ? ", trap " : "",
           packet.trap != 0 ? weir_trap_name(packet.trap) : "");
  }
  struct weir_filter_counts counts;
  weir_filter_get_counts(filter, &counts);
  printf("%llu packets, %llu dropped\n", (unsigned long long)counts.packets,
         (unsigned long long)counts.actions[WEIR_DROP]);
  weir_filter_close(filter);
  weir_program_close(program);
  weir_worker_close(worker);
  weir_host_close(host);
  return 0;
}
