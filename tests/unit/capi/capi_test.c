// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A C host: opens programs through libweir.so, runs them, attaches them to filters, reads verdicts, traps,
// counts, maps and errors.
//   capi_test IP_DST_OBJECT IP_DST_NATIVE FILTERS_OBJECT HOOK_OBJECT WEIR_COMMAND
// The first two are the example filter ip_dst, the others tests/unit/hooks/filters.bpf.c and hook.bpf.c; prints "ok" or what
// was wrong.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "weir.h"

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                        \
    }                                                                 \
  } while (0)

static void check_open(const void *object, char *error) {
  if (object == NULL) fprintf(stderr, "%s\n", error != NULL ? error : "no message");
  CHECK(object != NULL && error == NULL);
}

// The error must be there and hold `part`; it is freed.
static void check_error(char *error, const char *part) {
  CHECK(error != NULL);
  if (strstr(error, part) == NULL) fprintf(stderr, "'%s' is not in: %s\n", part, error);
  CHECK(strstr(error, part) != NULL);
  weir_string_free(error);
}

static void try_program(weir_host *host, weir_worker *worker, const char *path, enum weir_engine engine,
                        const char *engine_name) {
  char *error = NULL;
  const struct weir_program_options options = {.size = sizeof options, .engine = engine};
  weir_program *program = weir_program_open(host, path, &options, &error);
  check_open(program, error);
  CHECK(strcmp(weir_program_engine(program), engine_name) == 0);
  CHECK(strcmp(weir_program_name(program), "ip_dst") == 0);
  CHECK(strcmp(weir_program_hook(program), "ip") == 0);

  unsigned char packet[20] = {0x45};
  memset(packet + 16, 1, 4);  // destination 1.1.1.1
  struct weir_result result;
  CHECK(weir_program_run(worker, program, packet, sizeof packet, 0, &result) == 0 && result.r0 != 0 && result.trap == 0);
  packet[16] = 9;
  CHECK(weir_program_run(worker, program, packet, sizeof packet, 0, &result) == 0 && result.r0 == 0);
  CHECK(weir_program_explain(program, &result) == NULL);
  // More than any packet: refused, not run on.
  CHECK(weir_program_run(worker, program, packet, (size_t)1 << 40, 0, &result) == -1);
  CHECK(strcmp(weir_trap_name(result.trap), "access") == 0);
  char *why = weir_program_explain(program, &result);
  CHECK(why != NULL && strstr(why, "access") != NULL);
  weir_string_free(why);
  weir_program_close(program);
}

static weir_program *open_named(weir_host *host, const char *path, const char *name, const weir_program *maps_from) {
  const struct weir_program_options options = {.size = sizeof options, .name = name, .maps_from = maps_from};
  char *error = NULL;
  weir_program *program = weir_program_open(host, path, &options, &error);
  check_open(program, error);
  return program;
}

static struct weir_packet run(weir_worker *worker, weir_filter *filter, uint8_t first_byte) {
  static uint8_t bytes[128];
  memset(bytes, 0, sizeof bytes);
  bytes[32] = first_byte;
  struct weir_packet packet = {.data = bytes + 32, .size = 64, .headroom = 32, .tailroom = 32};
  weir_filter_run(worker, filter, &packet, 1);
  return packet;
}

static void try_filter(weir_host *host, weir_worker *worker, const char *path) {
  char *error = NULL;
  struct weir_filter_options options = {.size = sizeof options, .hook = "xdp"};
  CHECK(weir_filter_open(host, &options, &error) == NULL);
  check_error(error, "on_trap is not set");
  options.on_trap = WEIR_DROP_IT;
  options.measure_every = 1;
  weir_filter *filter = weir_filter_open(host, &options, &error);
  check_open(filter, error);

  // Nothing attached: what on_empty says.
  CHECK(run(worker, filter, 1).action == WEIR_PASS);

  weir_program *verdicts = open_named(host, path, "by_first_byte", NULL);
  weir_program *wrong = open_named(host, path, "drop_at_tc", NULL);
  uint32_t link = 0;
  CHECK(weir_filter_attach(filter, verdicts, NULL, &link, &error) == 0 && link != 0);
  CHECK(weir_filter_attach(filter, wrong, NULL, NULL, &error) == -1);
  check_error(error, "cannot run at xdp");
  weir_program_close(wrong);

  CHECK(run(worker, filter, 1).action == WEIR_DROP);
  CHECK(run(worker, filter, 2).action == WEIR_PASS);
  CHECK(run(worker, filter, 3).action == WEIR_TRANSMIT);
  const struct weir_packet redirected = run(worker, filter, 4);
  CHECK(redirected.action == WEIR_REDIRECT && redirected.redirect_ifindex == 7 && redirected.redirect_map == 0);
  CHECK(redirected.link == link && redirected.result == 4 && redirected.trap == 0);

  struct weir_filter_counts counts;
  weir_filter_get_counts(filter, &counts);
  CHECK(counts.packets == 5 && counts.bytes == 5 * 64 && counts.actions[WEIR_DROP] == 1 && counts.trapped == 0);
  struct weir_link_info info;
  CHECK(weir_filter_get_links(filter, &info, 1) == 1);
  CHECK(info.link == link && info.runs == 4 && info.measured == 4 && strcmp(info.name, "by_first_byte") == 0);
  CHECK(info.priority == WEIR_DEFAULT_PRIORITY && info.results[3] == 1);

  // Its map, from outside.
  weir_map *seen = weir_program_map(verdicts, "seen");
  CHECK(seen != NULL && weir_program_map(verdicts, "unseen") == NULL);
  struct weir_map_info shape;
  weir_map_get_info(seen, &shape);
  CHECK(shape.key_size == 4 && shape.value_size == 8 && shape.host_value_size == 8 && shape.max_entries == 4);
  uint32_t key = 0, next = 9;
  uint64_t value = 0;
  CHECK(weir_map_lookup(seen, &key, &value, 0) == 0 && value == 4);
  value = 100;
  CHECK(weir_map_update(seen, &key, &value, 0) == 0);
  CHECK(weir_map_delete(seen, &key) == -EINVAL);
  CHECK(weir_map_next_key(seen, NULL, &next) == 0 && next == 0);
  key = 3;
  CHECK(weir_map_next_key(seen, &key, &next) == -ENOENT);
  key = 4;
  CHECK(weir_map_lookup(seen, &key, &value, 0) == -ENOENT);
  CHECK(weir_map_consume(seen, 1, NULL, NULL) == -EINVAL);

  // The program is replaced, its map stays; then back again.
  weir_program *again = open_named(host, path, "by_first_byte", verdicts);
  const uint64_t generation = weir_filter_generation(filter);
  CHECK(weir_filter_replace(filter, link, again, &error) == 0);
  CHECK(weir_filter_generation(filter) != generation);
  CHECK(run(worker, filter, 1).action == WEIR_DROP);
  key = 0;
  CHECK(weir_map_lookup(weir_program_map(again, "seen"), &key, &value, 0) == 0 && value == 101);
  CHECK(weir_filter_rollback(filter, &error) == 0 && weir_filter_generation(filter) == generation);
  CHECK(weir_filter_rollback(filter, &error) == -1);
  check_error(error, "no earlier generation");
  weir_program_close(again);
  CHECK(weir_host_reclaim(host) == 0);

  CHECK(weir_filter_detach(filter, link + 1, &error) == -1);
  check_error(error, "no link");
  CHECK(weir_filter_detach(filter, link, &error) == 0);
  CHECK(run(worker, filter, 1).action == WEIR_PASS);

  // A trap, told with its source line.
  weir_program *endless = open_named(host, path, "never_ends", NULL);
  const struct weir_attach_options early = {.size = sizeof early, .priority = 1, .go_on = 1u << 2};
  CHECK(weir_filter_attach(filter, endless, &early, &link, &error) == 0);
  const struct weir_packet trapped = run(worker, filter, 2);
  CHECK(trapped.action == WEIR_DROP && strcmp(weir_trap_name(trapped.trap), "budget") == 0);
  char *traps = weir_filter_explain_traps(filter, link);
  CHECK(traps != NULL && strstr(traps, "1 times") != NULL && strstr(traps, "filters.bpf.c:") != NULL);
  weir_string_free(traps);
  CHECK(weir_filter_explain_traps(filter, link + 1) == NULL);

  // The filter keeps what it runs.
  weir_program_close(endless);
  weir_program_close(verdicts);
  CHECK(run(worker, filter, 2).action == WEIR_DROP);
  weir_filter_close(filter);
}

// A map of the host's own, which programs of that name and shape share.
static void try_own_map(weir_host *host, weir_worker *worker, const char *path) {
  char *error = NULL;
  struct weir_map_info info = {.name = "seen", .type = 2, .key_size = 4, .value_size = 8, .max_entries = 4};
  weir_map *own = weir_host_add_map(host, &info, &error);
  check_open(own, error);
  CHECK(weir_host_add_map(host, &info, &error) == NULL);
  check_error(error, "seen");
  info.name[0] = 'S';
  info.key_size = 3;
  CHECK(weir_host_add_map(host, &info, &error) == NULL);
  check_error(error, "Seen");
  weir_program *first = open_named(host, path, "by_first_byte", NULL), *second = open_named(host, path, "by_first_byte", NULL);
  CHECK(weir_program_map(first, "seen") == own && weir_program_map(second, "seen") == own);
  uint8_t frame[64] = {2};
  struct weir_result result;
  CHECK(weir_program_run(worker, first, frame, sizeof frame, 0, &result) == 0);
  CHECK(weir_program_run(worker, second, frame, sizeof frame, 0, &result) == 0);
  uint32_t key = 0;
  uint64_t value = 0;
  CHECK(weir_map_lookup(own, &key, &value, 0) == 0 && value == 2);
  weir_program_close(first);
  weir_program_close(second);
}

// A hook and a helper of the host's own.
struct request {
  uint32_t tenant;
  uint32_t verdict;
  uint64_t data, data_end;
  uint8_t tag[16];
};

static uint64_t weigh(uint64_t context, uint64_t bytes, uint64_t size, uint64_t r4, uint64_t r5, weir_call *call) {
  (void)r4, (void)r5;
  const struct request *request = weir_call_context(context);
  const uint32_t *factor = weir_call_user(call);
  uint64_t sum = 0;
  for (uint64_t i = 0; i < size; ++i) sum += ((const uint8_t *)(uintptr_t)bytes)[i];
  return sum * *factor + request->tag[15];
}

static void try_hook(weir_host *host, weir_worker *worker, const char *path) {
  char *error = NULL;
  static const char *const writable[] = {"verdict", "tag"};
  struct weir_hook_options hook = {.size = sizeof hook,
                                   .name = "request",
                                   .btf_struct = "no_such_struct",
                                   .btf_file = path,
                                   .writable = writable,
                                   .writable_count = 2};
  CHECK(weir_hook_register(&hook, &error) == -1);
  check_error(error, "no_such_struct");
  hook.btf_struct = "request";
  const struct weir_program_options early = {.size = sizeof early, .name = "judge"};
  CHECK(weir_program_open(host, path, &early, &error) == NULL);
  check_error(error, "not registered");
  CHECK(weir_hook_register(&hook, &error) == 0);
  CHECK(weir_hook_register(&hook, &error) == 0);  // the same again
  hook.data_read_only = 1;
  CHECK(weir_hook_register(&hook, &error) == -1);  // another of that name
  check_error(error, "request");

  struct weir_program_options options = {.size = sizeof options, .name = "judge"};
  CHECK(weir_program_open(host, path, &options, &error) == NULL);
  check_error(error, "216");  // nobody has that helper
  const struct weir_helper helper = {.number = 216,
                                     .name = "weigh",
                                     .function = weigh,
                                     .arguments = {WEIR_ARG_CONTEXT, WEIR_ARG_MEMORY, WEIR_ARG_SIZE}};
  options.helpers = weir_helpers_register(&helper, 1, &error);
  CHECK(options.helpers != 0);
  weir_program *program = weir_program_open(host, path, &options, &error);
  check_open(program, error);
  CHECK(strcmp(weir_program_hook(program), "custom/request") == 0);

  uint8_t data[4] = {1, 2, 3, 4};
  uint32_t factor = 10;
  weir_worker_set_user(worker, &factor);
  struct request request = {.tenant = 7, .tag = {[15] = 5}};
  struct weir_result result;
  CHECK(weir_program_run_at(worker, program, &request, sizeof request, data, sizeof data, 0, &result) == 0);
  CHECK(result.r0 == 1 && request.verdict == 10 * 10 + 5 + 7 && request.tag[0] == 0x88 && request.tag[15] == 5);
  CHECK(weir_program_run_at(worker, program, &request, sizeof request, data, 3, 0, &result) == 0 && result.r0 == 2);
  CHECK(weir_program_run_at(worker, program, &request, sizeof request - 1, data, 4, 0, &result) == -1);
  CHECK(weir_program_run(worker, program, data, sizeof data, 0, &result) == -1);

  // At a filter.
  const struct weir_filter_options filter_options = {
      .size = sizeof filter_options, .hook = "custom/request", .on_trap = WEIR_DROP_IT};
  weir_filter *filter = weir_filter_open(host, &filter_options, &error);
  check_open(filter, error);
  CHECK(weir_filter_attach(filter, program, NULL, NULL, &error) == 0);
  for (request.tenant = 6; request.tenant < 8; ++request.tenant) {
    struct weir_packet packet = {.data = data, .size = 4, .context = &request};
    weir_filter_run(worker, filter, &packet, 1);
    CHECK(packet.action == (request.tenant == 7 ? WEIR_DROP : WEIR_PASS));
    CHECK(request.verdict == 105 + request.tenant);
  }
  weir_filter_close(filter);
  weir_program_close(program);
  // What the hook does not let it write is a trap, and under strict an error.
  options.name = "writes_tenant";
  program = weir_program_open(host, path, &options, &error);
  check_open(program, error);
  CHECK(weir_program_run_at(worker, program, &request, sizeof request, data, 4, 0, &result) == -1);
  CHECK(strcmp(weir_trap_name(result.trap), "access") == 0 && request.tenant == 8);
  weir_program_close(program);
  options.policy = WEIR_POLICY_STRICT;
  CHECK(weir_program_open(host, path, &options, &error) == NULL);
  check_error(error, "tenant");
}

static void try_errors(weir_host *host, const char *path) {
  char *error = NULL;
  CHECK(weir_program_open(host, "/nonexistent", NULL, &error) == NULL);
  check_error(error, "/nonexistent");
  CHECK(weir_program_open(host, "/nonexistent", NULL, NULL) == NULL);
  struct weir_program_options options = {.size = sizeof options, .name = "no_such_program"};
  CHECK(weir_program_open(host, path, &options, &error) == NULL);
  check_error(error, "ip_dst");  // says what there is
  options.name = NULL;
  options.at = "xdp";
  CHECK(weir_program_open(host, path, &options, &error) == NULL);
  check_error(error, "no kind of bytes");
  CHECK(weir_program_open_bytes(host, "no program", 10, "mine", NULL, &error) == NULL);
  check_error(error, "mine");
  const struct weir_filter_options filter = {.size = sizeof filter, .hook = "no_hook", .on_trap = WEIR_PASS_IT};
  CHECK(weir_filter_open(host, &filter, &error) == NULL);
  check_error(error, "no_hook");
  weir_program_close(NULL);
  weir_filter_close(NULL);
  weir_worker_close(NULL);
  weir_host_close(NULL);
  weir_string_free(NULL);
}

// From memory, without a name.
static void try_bytes(weir_host *host, const char *path) {
  FILE *file = fopen(path, "rb");
  CHECK(file != NULL);
  static unsigned char bytes[1 << 20];
  const size_t count = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  char *error = NULL;
  weir_program *program = weir_program_open_bytes(host, bytes, count, "mine", NULL, &error);
  check_open(program, error);
  weir_program_close(program);
}

// Starts in the interpreter and becomes native while packets are run.
static void try_compiler(const char *path, const char *weir) {
  char *error = NULL, compiler[4096];
  CHECK(snprintf(compiler, sizeof compiler, "start:%s", weir) < (int)sizeof compiler);
  const struct weir_host_options options = {.size = sizeof options, .cache = "", .compiler = compiler};
  weir_host *host = weir_host_open(&options, &error);
  check_open(host, error);
  weir_worker *worker = weir_worker_open(host, &error);
  check_open(worker, error);
  const struct weir_program_options auto_engine = {.size = sizeof auto_engine};
  weir_program *program = weir_program_open(host, path, &auto_engine, &error);
  check_open(program, error);
  char *why = weir_program_fallback(program);
  CHECK(why != NULL || strcmp(weir_program_engine(program), "aot") == 0);
  weir_string_free(why);
  unsigned char packet[20] = {0x45};
  const time_t end = time(NULL) + 60;
  int native;
  do {
    native = strcmp(weir_program_engine(program), "aot") == 0;
    struct weir_result result;
    packet[16] = packet[17] = packet[18] = packet[19] = 1;
    CHECK(weir_program_run(worker, program, packet, sizeof packet, 0, &result) == 0 && result.r0 != 0);
    packet[16] = 9;
    CHECK(weir_program_run(worker, program, packet, sizeof packet, 0, &result) == 0 && result.r0 == 0);
  } while (!native && time(NULL) < end);
  CHECK(native && weir_program_fallback(program) == NULL);
  weir_program_close(program);
  weir_worker_close(worker);
  weir_host_close(host);

  const struct weir_host_options nowhere = {.size = sizeof nowhere, .cache = "", .compiler = "start:/nowhere/weir"};
  CHECK(weir_host_open(&nowhere, &error) == NULL);
  check_error(error, "/nowhere/weir");
}

// What the host's policy does not allow is not opened, native or not.
static void try_host_policy(const char *object, const char *native) {
  const char *const path = "host_policy.json";
  char *error = NULL;
  struct weir_host_options options = {.size = sizeof options, .workers = 1, .cache = "", .host_policy = path};
  remove(path);
  CHECK(weir_host_open(&options, &error) == NULL);
  check_error(error, "there is no such host policy");
  const struct {
    const char *text, *of_object, *of_native;  // NULL: it is opened
  } cases[] = {
      {"{}", NULL, NULL},
      {"{\"require_signature\": [\"file\"]}", NULL, "has no signature"},
      {"{\"hooks\": [\"xdp\"]}", "a program for ip", "a program for ip"},
      {"{\"policies\": [\"strict\"]}", "policy guard", "policy guard"},
      {"{\"reverify\": [\"file\"]}", NULL, NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    FILE *const file = fopen(path, "w");
    CHECK(file != NULL && fputs(cases[i].text, file) >= 0 && fclose(file) == 0);
    weir_host *const host = weir_host_open(&options, &error);
    check_open(host, error);
    for (int is_native = 0; is_native < 2; ++is_native) {
      const char *const refused = is_native ? cases[i].of_native : cases[i].of_object;
      weir_program *const program = weir_program_open(host, is_native ? native : object, NULL, &error);
      if (refused == NULL) {
        check_open(program, error);
      } else {
        CHECK(program == NULL);
        check_error(error, refused);
      }
      weir_program_close(program);
    }
    weir_host_close(host);
  }
  remove(path);
}

// Hooks of the kernel whose context is a structure of its own.
static void try_kernel_structure(weir_host *host, weir_worker *worker, const char *path) {
  weir_program *program = open_named(host, path, "answers_operation", NULL);
  uint32_t ops[56] = {[0] = 4, [17] = 80};  // struct bpf_sock_ops: op, local_port
  struct weir_result result;
  CHECK(weir_program_run_at(worker, program, ops, sizeof ops, NULL, 0, 0, &result) == 0);
  CHECK(result.r0 == 1 && ops[1] == 84);
  CHECK(weir_program_run_at(worker, program, ops, sizeof ops - 4, NULL, 0, 0, &result) == -1);
  uint8_t frame[64] = {0};
  CHECK(weir_program_run(worker, program, frame, sizeof frame, 0, &result) == -1);
  CHECK(strcmp(weir_trap_name(result.trap), "access") == 0);
  weir_program_close(program);
}

int main(int argc, char **argv) {
  CHECK(argc == 6);
  CHECK(weir_version()[0] != '\0');
  try_host_policy(argv[1], argv[2]);
  char *error = NULL;
  const struct weir_host_options options = {.size = sizeof options, .workers = 2, .cache = ""};
  weir_host *host = weir_host_open(&options, &error);
  check_open(host, error);
  weir_worker *worker = weir_worker_open(host, &error), *second = weir_worker_open(host, &error);
  check_open(worker, error);
  check_open(second, error);
  CHECK(weir_worker_cpu(worker) == 0 && weir_worker_cpu(second) == 1);
  CHECK(weir_worker_open(host, &error) == NULL);
  check_error(error, "all 2 workers");
  weir_worker_close(second);

  try_program(host, worker, argv[1], WEIR_ENGINE_INTERP, "interp");
  try_program(host, worker, argv[2], WEIR_ENGINE_INTERP, "interp");
  try_program(host, worker, argv[2], WEIR_ENGINE_NATIVE, "aot");
  try_program(host, worker, argv[2], WEIR_ENGINE_AUTO, "aot");
  try_errors(host, argv[1]);
  try_bytes(host, argv[2]);
  try_filter(host, worker, argv[3]);
  try_hook(host, worker, argv[4]);
  try_kernel_structure(host, worker, argv[3]);
  try_own_map(host, worker, argv[3]);
  weir_worker_close(worker);
  weir_host_close(host);
  try_compiler(argv[1], argv[5]);
  puts("ok");
  return 0;
}
