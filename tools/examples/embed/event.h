/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What host and program of the event hook agree on. */
#pragma once
#ifdef __bpf__
typedef unsigned int uint32_t;
#else
#include <stdint.h>
#endif

struct event {
  uint32_t number; /* of the line, from 1 */
  uint32_t length; /* of the text */
  char text[504];  /* zeros behind it */
};
