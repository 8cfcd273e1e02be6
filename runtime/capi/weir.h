/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * libweir: eBPF programs in a host process. C interface.
 *
 * A host opens a program from a file, runs it on bytes, and reads a verdict. The library contains no LLVM,
 * prints nothing, never ends the process, and keeps no global state. Programs are checked before they can
 * run, and cannot touch memory other than the bytes that a run gives them.
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

/* A program that is ready to run. Immutable: any number of threads may run it at once. */
typedef struct weir_program weir_program;

enum weir_engine {
  WEIR_ENGINE_AUTO = 0,   /* native code if the file or the cache has it, else the interpreter */
  WEIR_ENGINE_INTERP = 1, /* the interpreter */
  WEIR_ENGINE_NATIVE = 2, /* native code or an error */
};

/* Opens a program of a file: an eBPF ELF file (what `clang -target bpf` writes) or a native object (what
 * `weir compile -o` writes). `name`: the program in it; NULL if there is only one. An eBPF file is looked up
 * in the user's cache (`weir compile FILE` puts it there); nothing is compiled here.
 *
 * A native object is code that will run in this process: open only files that you would load as a shared
 * library. Objects compiled with policy `trusted`, which has no checks, are refused.
 *
 * Returns NULL on failure. `error`, unless NULL, then gets a message of several lines that the caller frees
 * with weir_string_free(); on success it gets NULL. */
WEIR_API weir_program *weir_program_open(const char *path, const char *name, enum weir_engine engine,
                                         char **error);

/* NULL is allowed. No run may be going on. */
WEIR_API void weir_program_close(weir_program *program);

/* What a run gave. */
struct weir_result {
  uint64_t r0;               /* the program's result; 0 and without meaning if it trapped */
  uint32_t trap;             /* 0, or why the run ended early: see weir_trap_name() */
  uint32_t trap_instruction; /* index of the instruction that trapped */
};

/* Runs the program on `size` bytes at `data`, which it may read and write. Programs of sections filter/... get
 * their address and number as r1 and r2. Programs of the kernel's sections (xdp, tc, socket, ...) get the
 * kernel's context, and `data` is an Ethernet frame; one that is shorter than its headers is the trap "access".
 * `budget`: backward jumps and calls it may make; 0 = the default of 1,000,000.
 * Returns 0, or -1 if it trapped. Takes no lock and allocates nothing. */
WEIR_API int weir_program_run(const weir_program *program, void *data, size_t size, uint64_t budget,
                              struct weir_result *result);

/* "interp" or "aot". Static. */
WEIR_API const char *weir_program_engine(const weir_program *program);

/* "access", "budget", ... for weir_result.trap. Static. */
WEIR_API const char *weir_trap_name(uint32_t trap);

/* What a trap means, with instruction and source line, for people. The caller frees it with
 * weir_string_free(). NULL if there was no trap, or no memory. */
WEIR_API char *weir_program_explain(const weir_program *program, const struct weir_result *result);

/* NULL is allowed. */
WEIR_API void weir_string_free(char *text);

#ifdef __cplusplus
}
#endif

#endif /* WEIR_H */
