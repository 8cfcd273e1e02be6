// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/hooks/epochs.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace weir {

namespace {

long membarrier(int command) {
  return ::syscall(SYS_membarrier, command, 0, 0);
}

// From here on membarrier() may be used by this process; old kernels and strict sandboxes refuse.
bool register_membarrier() {
  const long commands = membarrier(MEMBARRIER_CMD_QUERY);
  if (commands < 0 || (commands & MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0) return false;
  return membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
}

}  // namespace

Epochs::Epochs() : has_membarrier_(register_membarrier()) {}

void Epochs::add(Reader& reader) {
  const std::scoped_lock lock(mutex_);
  readers_.push_back(&reader);
}

void Epochs::remove(Reader& reader) noexcept {
  std::list<Retired> freed;
  const std::scoped_lock lock(mutex_);
  std::erase(readers_, &reader);
  freed = take_free();
}

void Epochs::retire(Room room, std::shared_ptr<const void> old) noexcept {
  std::list<Retired> freed;
  const std::scoped_lock lock(mutex_);
  // What was published before is seen by every reader that sees the new epoch.
  room.front() = {now_.fetch_add(1, std::memory_order_seq_cst) + 1, std::move(old)};
  retired_.splice(retired_.end(), room);
  // A reader that has begun by now is seen below; one that begins later finds the new version.
#ifndef WEIR_THREAD_SANITIZED
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (has_membarrier_) (void)membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
#endif
  freed = take_free();
}

size_t Epochs::reclaim() noexcept {
  std::list<Retired> freed;
  const std::scoped_lock lock(mutex_);
  freed = take_free();
  return retired_.size();
}

std::list<Epochs::Retired> Epochs::take_free() {
  uint64_t oldest = UINT64_MAX;
  for (const Reader* reader : readers_) {
    const uint64_t since = reader->since_.load(std::memory_order_seq_cst);
    if (since != kIdle) oldest = std::min(oldest, since);
  }
  // Moved from list to list: nothing here can fail.
  std::list<Retired> freed;
  for (auto at = retired_.begin(); at != retired_.end();) {
    const auto here = at++;
    if (here->epoch <= oldest) freed.splice(freed.end(), retired_, here);
  }
  return freed;
}

}  // namespace weir
