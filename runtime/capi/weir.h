/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * libweir: eBPF programs in a host process. C interface. weir.hpp has the same for C++.
 *
 *   weir_host     what all filters of a process share: code, cache, threads
 *   weir_program  a program of a file, checked, with maps of its own
 *   weir_filter   programs at a place where packets pass; they can be changed while packets do
 *   weir_worker   a thread's right to run programs
 *   weir_map      a map of a program
 *
 * The library contains no LLVM, prints nothing, never ends the process, starts no thread and keeps no
 * state outside the objects it gives, but for the hooks and helpers that a host registers. Programs are checked before they can run, and cannot touch memory
 * other than what a run gives them and their maps.
 *
 * Rules for all functions:
 *  - Any thread may call them, unless one says otherwise. An object is closed when no other call on it
 *    is going on. A host outlives its programs, filters and workers.
 *  - Where a function has `char **error`, it may be NULL; else it gets NULL on success, and on failure a
 *    message of one or more lines (what, where, what to do) that the caller frees with weir_string_free().
 *  - Options are structs whose first member is their size (set it with sizeof): later versions add
 *    members at the end. All other members may be 0, and a pointer to options may be NULL, except where a
 *    member says that it must be set.
 *  - Texts that are given out belong to the object they were asked of, unless a function says that the
 *    caller frees them. Names that come from files are raw bytes.
 */
#ifndef WEIR_H
#define WEIR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define WEIR_API __attribute__((visibility("default")))
#else
#define WEIR_API
#endif

/* "0.1.0". Static. */
WEIR_API const char *weir_version(void);

/* NULL is allowed. */
WEIR_API void weir_string_free(char *text);

/* ---- The host ---- */

typedef struct weir_host weir_host;

struct weir_host_options {
  size_t size; /* sizeof(struct weir_host_options) */
  /* Threads that run programs at once; each has its own values of per-CPU maps. 0: as many as the machine
   * can have CPUs. */
  uint32_t workers;
  /* Where native code of eBPF files is looked up (`weir compile FILE` puts it there): a folder; NULL: the
   * user's; "": nowhere. Nothing is compiled in this process. */
  const char *cache;
  /* Not 0: native objects compiled with policy `trusted`, in which nothing is checked, may run. */
  int allow_trusted;
  /* Gets what programs write with bpf_trace_printk(): `text` of `bytes` bytes, not terminated. Called on
   * the thread that runs the program; must not run programs. NULL: nobody reads it. */
  void (*print)(void *user, const char *text, size_t bytes);
  void *user;
  /* Which process compiles what is not in the cache: the socket of a `weir compile-server`, or
   * "start:/usr/bin/weir" for one of the host's own, which ends with it. Programs of engine AUTO run in the
   * interpreter until their native code is there, and move to it between two packets. NULL: nobody does; such
   * programs stay in the interpreter. Hooks and helpers of the host's own are not known to that process. */
  const char *compiler;
  /* What may run here: who must have signed native code, which hooks and policies are allowed (docs/CACHE.md).
   * NULL: as the files of the machine and of the user say, /etc/weir/policy.json and $WEIR_HOST_POLICY or
   * ~/.config/weir/policy.json; a path: that file in place of the user's; "": anything. A file that cannot be
   * read or understood makes weir_host_open() fail. */
  const char *host_policy;
};

/* NULL on failure. */
WEIR_API weir_host *weir_host_open(const struct weir_host_options *options, char **error);
/* NULL is allowed. */
WEIR_API void weir_host_close(weir_host *host);

/* ---- Programs ---- */

typedef struct weir_program weir_program;

enum weir_engine {
  WEIR_ENGINE_AUTO = 0,   /* native code if the file or the cache has it, else the interpreter */
  WEIR_ENGINE_INTERP = 1, /* the interpreter */
  WEIR_ENGINE_NATIVE = 2, /* native code or an error */
};

enum weir_policy {
  WEIR_POLICY_GUARD = 0,  /* what is not proven safe is checked when it runs */
  WEIR_POLICY_STRICT = 1, /* what the kernel's verifier would refuse is refused */
};

struct weir_program_options {
  size_t size;      /* sizeof(struct weir_program_options) */
  const char *name; /* of the program in the file; NULL: the only one */
  enum weir_engine engine;
  enum weir_policy policy; /* of eBPF files; a native object has its own */
  /* For programs whose section names no hook: what they are given, "memory", "ip" or "frame". NULL: as the
   * section says. */
  const char *at;
  /* Maps that it has with the same name and shape are taken over, contents and all; not global data and
   * program arrays. */
  const weir_program *maps_from;
  /* Maps that ask for it (LIBBPF_PIN_BY_NAME) are files in this folder, which `weir map` and other
   * processes can read and change; NULL: none is. Not 0: all maps but global data are. */
  const char *pin_folder;
  int pin_all;
  /* Which helpers it may call: what weir_helpers_register() gave; 0: those that its hook has. */
  uint32_t helpers;
};

/* Opens a program of a file: an eBPF ELF file (what `clang -target bpf` writes) or a native object (what
 * `weir compile -o` writes). It is read, checked and loaded; programs that its program arrays hold come
 * with it. The same program of the same bytes is in memory once for all that open it.
 *
 * A native object is code that will run in this process: open only files that you would load as a shared
 * library.
 *
 * NULL on failure. */
WEIR_API weir_program *weir_program_open(weir_host *host, const char *path, const struct weir_program_options *options,
                                         char **error);
/* The same of a file in memory. `shown` stands for its path in messages. Nothing of `bytes` is needed
 * afterwards. */
WEIR_API weir_program *weir_program_open_bytes(weir_host *host, const void *bytes, size_t count, const char *shown,
                                               const struct weir_program_options *options, char **error);
/* Filters that have it keep it. NULL is allowed. */
WEIR_API void weir_program_close(weir_program *program);

WEIR_API const char *weir_program_name(const weir_program *program);
/* "xdp", "sched_cls", "ip", ...: the hook kind; `weir feature` lists them. Static. */
WEIR_API const char *weir_program_hook(const weir_program *program);
/* "interp" or "aot"; with weir_host_options.compiler the one becomes the other. Static. */
WEIR_API const char *weir_program_engine(const weir_program *program);
/* Why WEIR_ENGINE_AUTO ended in the interpreter, or is there still; NULL: it is not. The caller frees it. */
WEIR_API char *weir_program_fallback(const weir_program *program);

/* ---- Threads ---- */

typedef struct weir_worker weir_worker;

/* For one thread at a time; a thread that comes and goes can hand its worker on. NULL on failure: all
 * workers of the host are taken, or there is no memory. */
WEIR_API weir_worker *weir_worker_open(weir_host *host, char **error);
/* NULL is allowed. */
WEIR_API void weir_worker_close(weir_worker *worker);
/* What bpf_get_smp_processor_id() gives, and whose values of per-CPU maps its programs see. */
WEIR_API uint32_t weir_worker_cpu(const weir_worker *worker);

/* What a run gave. */
struct weir_result {
  uint64_t r0;               /* the program's result; 0 and without meaning if it trapped */
  uint32_t trap;             /* 0, or why the run ended early: see weir_trap_name() */
  uint32_t trap_instruction; /* index of the instruction that trapped */
  uint32_t trap_program;     /* 0, or which program behind a tail call trapped: for weir_program_explain() */
};

/* Runs a program that is at no filter: the host's own hook. `data`: `bytes` bytes, which it may read and
 * write. Programs of sections filter/... and of none get their address and number as r1 and r2. Programs of
 * the kernel's sections (xdp, tc, socket, ...) get the kernel's context, and `data` is an Ethernet frame;
 * one that is shorter than its headers is the trap "access". So are programs whose context is a structure
 * of its own: weir_program_run_at() is for them.
 * `budget`: backward jumps and calls it may make; 0: 1,000,000.
 * 0, or -1 if it trapped. Takes no lock and allocates nothing. The worker is the calling thread's. */
WEIR_API int weir_program_run(weir_worker *worker, const weir_program *program, void *data, size_t bytes, uint64_t budget,
                              struct weir_result *result);

/* The same at a hook of the host's own (weir_hook_register()), or one of the kernel's whose context is a structure
 * of its own (sock_ops, cgroup_*, sk_msg, tracing, ...): `context` is that structure, of `context_bytes`
 * bytes, which programs see and may change as the hook's fields say. `data`, `bytes`: what the fields data
 * and data_end stand for, if there are such. */
WEIR_API int weir_program_run_at(weir_worker *worker, const weir_program *program, void *context, size_t context_bytes,
                                 void *data, size_t bytes, uint64_t budget, struct weir_result *result);
/* For helpers of the host's own: weir_call_user() gives it in runs of this worker. NULL at first. */
WEIR_API void weir_worker_set_user(weir_worker *worker, void *user);

/* "access", "budget", ... Static. */
WEIR_API const char *weir_trap_name(uint32_t trap);
/* What a trap means, with instruction and source line, for people. The caller frees it. NULL: there was no
 * trap, or there is no memory. */
WEIR_API char *weir_program_explain(const weir_program *program, const struct weir_result *result);

/* ---- Filters ---- */

typedef struct weir_filter weir_filter;

enum weir_on_error {
  WEIR_UNSET = 0,
  WEIR_PASS_IT = 1,
  WEIR_DROP_IT = 2,
};

struct weir_filter_options {
  size_t size; /* sizeof(struct weir_filter_options) */
  /* Must be set: the hook kind ("xdp", "sched_cls", "socket_filter", "ip", "frame", ...). Programs of that
   * kind can be attached; programs for "memory" too where a hook gives bytes. */
  const char *hook;
  /* Must be set: what becomes of a packet whose program trapped. */
  enum weir_on_error on_trap;
  /* Of a packet that is nothing for the hook (no IP packet in it, shorter than its headers), and of every
   * packet while no program is attached. WEIR_UNSET: it passes. */
  enum weir_on_error on_other;
  enum weir_on_error on_empty;
  /* Of the hook "ip". 0: packets are given as Ethernet frames, and the filter finds the IP packet in them;
   * else they begin with their IP header. */
  int no_ethernet;
  uint64_t budget;        /* backward jumps and calls of one run; 0: 1,000,000 */
  uint32_t measure_every; /* of so many runs one is timed, for the histogram; 0: none */
  /* Changes that weir_filter_rollback() can undo; 0: one. What they replaced stays in memory. */
  uint32_t history;
};

/* NULL on failure. */
WEIR_API weir_filter *weir_filter_open(weir_host *host, const struct weir_filter_options *options, char **error);
/* No run may be going on. NULL is allowed. */
WEIR_API void weir_filter_close(weir_filter *filter);

#define WEIR_DEFAULT_PRIORITY 50

struct weir_attach_options {
  size_t size; /* sizeof(struct weir_attach_options) */
  /* Programs with a lower number run earlier; of equal ones XDP programs go by name, others as they were
   * attached. 0: what an XDP program says itself (libxdp's XDP_RUN_CONFIG), else WEIR_DEFAULT_PRIORITY. */
  uint32_t priority;
  /* Results after which the next program has its turn: bit n for result n (0 to 30), bit 31 for
   * TC_ACT_UNSPEC. 0: what an XDP program says itself, else as is usual there: XDP_PASS, TC_ACT_UNSPEC and
   * TC_ACT_PIPE, BPF_OK, whatever else does not drop. */
  uint32_t go_on;
};

/* Changes of what runs. Packets that are being run while a change is made are judged by the programs before
 * it or by those behind it, each by one of the two. On failure nothing has changed; 0 or -1. */

/* `link`, unless NULL, gets the number by which the others know it: from 1, never used again. */
WEIR_API int weir_filter_attach(weir_filter *filter, const weir_program *program,
                                const struct weir_attach_options *options, uint32_t *link, char **error);
/* Place and number stay, counts begin anew. */
WEIR_API int weir_filter_replace(weir_filter *filter, uint32_t link, const weir_program *program, char **error);
WEIR_API int weir_filter_detach(weir_filter *filter, uint32_t link, char **error);
/* Undoes the last change. */
WEIR_API int weir_filter_rollback(weir_filter *filter, char **error);
/* Another number after each change; rollback brings the old one back. */
WEIR_API uint64_t weir_filter_generation(const weir_filter *filter);

/* What replaced programs left is let go at the next change, or here: how many pieces are still in use by
 * runs that began before. */
WEIR_API size_t weir_host_reclaim(weir_host *host);

enum weir_action {
  WEIR_PASS = 0,
  WEIR_DROP = 1,
  WEIR_TRANSMIT = 2, /* XDP_TX: back to where it came from */
  WEIR_REDIRECT = 3, /* to redirect_ifindex, or to an entry of a map */
};

struct weir_packet {
  /* In: the bytes, which programs may read and write. Out: the packet as it is now. */
  uint8_t *data;
  uint32_t size;
  /* In: bytes before and behind it that a program may make part of it; they should hold nothing that is not
   * for it to see. Out: what is left of them. */
  uint32_t headroom;
  uint32_t tailroom;
  /* In, for the kernel's hooks: interface and queue it came from. */
  uint32_t ifindex;
  uint32_t rx_queue;
  /* In, for the kernel's hooks that have a struct __sk_buff: a packet that is still to be cut into gso_segments with
   * gso_size bytes of payload each. */
  uint32_t gso_size;
  uint32_t gso_segments;
  /* In, for hooks of the host's own: the hook's structure, which programs may change. */
  void *context;

  /* Out. */
  uint32_t action;           /* enum weir_action */
  uint32_t link;             /* whose program decided; 0: none did */
  uint64_t result;           /* of the programs: XDP_PASS, TC_ACT_OK, a socket filter's length, ... */
  uint32_t trap;             /* not 0: the first program that trapped, and where; weir_trap_name() */
  uint32_t trap_instruction;
  uint32_t trap_program;     /* in which: 0 is the attached program, another number one that tail calls entered */
  uint32_t redirect_ifindex; /* WEIR_REDIRECT: to an interface, or if 0 ... */
  uint32_t redirect_map;     /* ... to entry redirect_key of weir_program_map_at(redirect_map - 1) */
  uint64_t redirect_key;
  uint64_t redirect_flags;
};

/* Runs the filter's programs on packets, in order, and says of each what becomes of it. How many have
 * action WEIR_PASS. Takes no lock; all packets of a call are judged by the same programs. Batches of up to
 * 256 or so are the quickest. The worker is the calling thread's; the first call on a filter allocates its
 * counters. */
WEIR_API size_t weir_filter_run(weir_worker *worker, weir_filter *filter, struct weir_packet *packets, size_t count);

struct weir_filter_counts {
  uint64_t packets;
  uint64_t bytes;
  uint64_t actions[4]; /* by enum weir_action */
  uint64_t others;     /* nothing for the hook */
  uint64_t trapped;
};

/* Since the filter was opened. */
WEIR_API void weir_filter_get_counts(const weir_filter *filter, struct weir_filter_counts *counts);

#define WEIR_LATENCY_BUCKETS 24

struct weir_link_info {
  uint32_t link;
  uint32_t priority;
  char name[64];      /* of the program; cut off if it is longer */
  uint64_t since;     /* generation that brought the program */
  uint64_t runs;      /* of the program */
  uint64_t bytes;     /* of the packets it was given */
  uint64_t traps;
  uint64_t actions[4]; /* packets that it decided, by enum weir_action */
  uint64_t results[12]; /* runs by result: 0 to 9, TC_ACT_UNSPEC, all others */
  /* Of the runs that were timed: latency[n] took 2^n to 2^(n+1)-1 ns, the last one all that is longer. */
  uint64_t measured;
  uint64_t measured_ns;
  uint64_t latency[WEIR_LATENCY_BUCKETS];
};

/* Fills up to `count` of `links`, in the order in which they run; how many links there are. */
WEIR_API size_t weir_filter_get_links(const weir_filter *filter, struct weir_link_info *links, size_t count);

/* The traps of a link's program, for people: how often, why, where in its source. NULL: there were none, no
 * link has that number, or there is no memory. The caller frees it. */
WEIR_API char *weir_filter_explain_traps(const weir_filter *filter, uint32_t link);

/* ---- Hooks and helpers of the host's own ---- */

/* Both are registered once in a process, before programs that use them are opened, and stay. What is the
 * same again gets the same name or number. */

enum weir_field_kind {
  WEIR_FIELD_NUMBER = 0,    /* 1, 2, 4 or 8 bytes, aligned; reads may take an aligned part */
  WEIR_FIELD_BYTES = 1,     /* any number of bytes; any aligned 1, 2, 4 or 8 of them at once */
  WEIR_FIELD_DATA = 2,      /* 4 or 8 bytes: gives a pointer to the first byte of the data ... */
  WEIR_FIELD_DATA_END = 3,  /* ... and behind its last one */
};

struct weir_field {
  const char *name;
  uint16_t offset; /* in the hook's structure */
  uint16_t size;
  enum weir_field_kind kind;
  int writable; /* not 0: programs may change it */
};

struct weir_hook_options {
  size_t size; /* sizeof(struct weir_hook_options) */
  /* Must be set: 1 to 32 of a-z 0-9 _. Programs of sections "custom/NAME" are for this hook, and
   * weir_filter_options::hook is "custom/NAME". */
  const char *name;
  const char *text; /* what it is, for people */
  /* The structure that programs get as r1: its size, and what they can reach of it. */
  uint16_t context_bytes;
  const struct weir_field *fields;
  size_t field_count;
  /* Or instead: the structure of that name in the BTF of a program file. Numbers, arrays and members named
   * data and data_end become fields; those listed may be written. */
  const char *btf_struct;
  const char *btf_file;
  const char *const *writable;
  size_t writable_count;
  int data_read_only; /* not 0: programs cannot write to the data */
  /* Not 0: policy strict holds results to result_min .. result_max. At a filter 0 passes, all else drops. */
  int has_result_range;
  int64_t result_min, result_max;
  /* Numbers of Linux's helpers that programs may call; NULL: those that every hook has. */
  const uint32_t *helpers;
  size_t helper_count;
};

/* 0 or -1. */
WEIR_API int weir_hook_register(const struct weir_hook_options *options, char **error);

/* A call from a program. */
typedef struct weir_call weir_call;
/* What weir_worker_set_user() set. */
WEIR_API void *weir_call_user(const weir_call *call);

/* The hook's structure, from an argument that was declared WEIR_ARG_CONTEXT. */
WEIR_API void *weir_call_context(uint64_t argument);

/* Called on the thread of the run. Pointers that the declaration promises have been checked: they may be
 * used for as many bytes as were declared, during the call. */
typedef uint64_t (*weir_helper_fn)(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, weir_call *call);

enum weir_argument {
  WEIR_ARG_NONE = 0,
  WEIR_ARG_NUMBER = 1,             /* anything: no pointer may be taken from it */
  WEIR_ARG_CONTEXT = 2,            /* what the program got as r1 */
  WEIR_ARG_MEMORY = 3,             /* bytes to read; a size follows */
  WEIR_ARG_MEMORY_OUT = 4,         /* bytes to write; a size follows */
  WEIR_ARG_MEMORY_OR_NULL = 5,
  WEIR_ARG_MEMORY_OUT_OR_NULL = 6,
  WEIR_ARG_SIZE = 7,               /* at least 1 */
  WEIR_ARG_SIZE_OR_ZERO = 8,
  WEIR_ARG_STRING = 9,             /* constant text that ends with a zero */
};

struct weir_helper {
  uint32_t number;  /* 216 to 255, but for 240 */
  const char *name; /* 1 to 32 of a-z 0-9 _ */
  weir_helper_fn function;
  enum weir_argument arguments[5]; /* of r1 .. r5 */
  int moves_data;                  /* not 0: it may change where the data lies: pointers to it end */
};

/* Linux's helpers and these. A number for weir_program_options::helpers, or 0 on failure. */
WEIR_API uint32_t weir_helpers_register(const struct weir_helper *helpers, size_t count, char **error);

/* ---- Maps ---- */

/* Belongs to the program that it was asked of, and is valid as long as that is open. */
typedef struct weir_map weir_map;

/* The map of that name, or NULL. */
WEIR_API weir_map *weir_program_map(const weir_program *program, const char *name);
/* From 0 on; NULL: that was all. */
WEIR_API weir_map *weir_program_map_at(const weir_program *program, size_t index);

struct weir_map_info {
  char name[64];
  uint32_t type; /* BPF_MAP_TYPE_* */
  uint32_t key_size;
  uint32_t value_size; /* per-CPU maps: of one CPU */
  uint32_t max_entries;
  uint32_t flags;
  /* Bytes of a value in the functions below: per-CPU maps give and take those of all workers, each rounded
   * up to 8 bytes. */
  uint64_t host_value_size;
};
WEIR_API void weir_map_get_info(const weir_map *map, struct weir_map_info *info);

/* A map of the host's own: of `info` name (which must be set), type, sizes, max_entries and flags. Programs that
 * are opened from now on and have a map of that name and shape use it. It belongs to the host. NULL on failure:
 * no such map can be, or the host has one of that name. */
WEIR_API weir_map *weir_host_add_map(weir_host *host, const struct weir_map_info *info, char **error);

/* As bpf(2) does it, with its flags and errors: 0 or a negative errno. Programs may use the map at the same
 * time. Keys are of key_size bytes, values of host_value_size. */
WEIR_API int weir_map_lookup(const weir_map *map, const void *key, void *value, uint64_t flags);
WEIR_API int weir_map_update(weir_map *map, const void *key, const void *value, uint64_t flags);
WEIR_API int weir_map_delete(weir_map *map, const void *key);
/* `key` NULL: the first one. -ENOENT: that was the last. */
WEIR_API int weir_map_next_key(const weir_map *map, const void *key, void *next);
/* Queues and stacks: `key` of the functions above is NULL for them. Ring buffers: hands over up to `limit`
 * records, in order; how many, or the callback's result if that was negative. One thread at a time. */
typedef int (*weir_record_fn)(void *user, const void *data, size_t bytes);
WEIR_API int weir_map_consume(weir_map *map, uint32_t limit, weir_record_fn record, void *user);

#ifdef __cplusplus
}
#endif

#endif /* WEIR_H */
