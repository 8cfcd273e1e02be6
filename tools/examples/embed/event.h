/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What host and programs of the hook "custom/log_line" agree on. */
#pragma once
#ifdef __bpf__
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
#else
#include <stdint.h>
#endif

struct log_line {
  uint32_t number;   /* of the line, from 1 */
  uint32_t severity; /* the program may set it: 0 to 7, as syslog has it */
  uint64_t data;     /* to a program: a pointer to the line's first byte */
  uint64_t data_end; /* and behind its last one */
};
