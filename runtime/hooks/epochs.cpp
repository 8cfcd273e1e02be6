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

void Epochs::remove(Reader& reader) {
  std::vector<Retired> freed;
  const std::scoped_lock lock(mutex_);
  std::erase(readers_, &reader);
  freed = take_free();
}

void Epochs::retire(std::shared_ptr<const void> old) {
  std::vector<Retired> freed;
  const std::scoped_lock lock(mutex_);
  // What was published before is seen by every reader that sees the new epoch.
  retired_.push_back({now_.fetch_add(1, std::memory_order_seq_cst) + 1, std::move(old)});
  // A reader that has begun by now is seen below; one that begins later finds the new version.
#if !defined(__SANITIZE_THREAD__)
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (has_membarrier_) (void)membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
#endif
  freed = take_free();
}

size_t Epochs::reclaim() {
  std::vector<Retired> freed;
  const std::scoped_lock lock(mutex_);
  freed = take_free();
  return retired_.size();
}

std::vector<Epochs::Retired> Epochs::take_free() {
  uint64_t oldest = UINT64_MAX;
  for (const Reader* reader : readers_) {
    const uint64_t since = reader->since_.load(std::memory_order_seq_cst);
    if (since != kIdle) oldest = std::min(oldest, since);
  }
  std::vector<Retired> freed;
  const auto kept = std::ranges::partition(
      retired_, [oldest](const Retired& retired) { return retired.epoch > oldest; });
  std::ranges::move(kept, std::back_inserter(freed));
  retired_.erase(kept.begin(), kept.end());
  return freed;
}

}  // namespace weir
