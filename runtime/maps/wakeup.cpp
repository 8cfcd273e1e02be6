// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/maps/wakeup.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <climits>

#include "runtime/maps/words.h"

namespace weir {

void wake_waiters(Map* map) {
  __atomic_fetch_add(&map->wakeups, 1, __ATOMIC_SEQ_CST);
  // A waiter that was killed stays counted: one system call too many, nothing lost.
  if (__atomic_load_n(&map->waiters, __ATOMIC_SEQ_CST) != 0) {
    ::syscall(SYS_futex, &map->wakeups, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  }
}

void wait_for_wakeup(Map* map, uint32_t seen, int timeout) {
  const timespec limit = {timeout / 1000, timeout % 1000 * 1'000'000L};
  __atomic_fetch_add(&map->waiters, 1, __ATOMIC_SEQ_CST);
  ::syscall(SYS_futex, &map->wakeups, FUTEX_WAIT, seen, timeout < 0 ? nullptr : &limit, nullptr, 0);
  __atomic_fetch_sub(&map->waiters, 1, __ATOMIC_SEQ_CST);
}

}  // namespace weir
