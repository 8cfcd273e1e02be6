// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// When may the old version of something be freed that readers use without a lock? A reader says
// when it begins and when it is done; a writer publishes the new version, and keeps the old one
// until every reader has begun after that. This is the grace period of RCU, with three differences
// from a library for it: no thread is started, no state is global to the process, and readers are
// handles that their owner passes around, not threads.
//
// A reader pays two plain stores: where the kernel has membarrier(), the writer makes them visible.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "frontend/support/thread_sanitizer.h"

namespace weir {

class Epochs {
 public:
  // One reader; begin() and end() are called by one thread at a time and do not nest.
  class Reader {
   public:
    explicit Reader(const Epochs& epochs) : epochs_(epochs) {}
    void begin() {
#ifdef WEIR_THREAD_SANITIZED  // it does not know fences
      since_.exchange(epochs_.now_.load(std::memory_order_acquire), std::memory_order_seq_cst);
#else
      since_.store(epochs_.now_.load(std::memory_order_acquire), std::memory_order_relaxed);
      if (epochs_.has_membarrier_) {
        std::atomic_signal_fence(std::memory_order_seq_cst);
      } else {
        std::atomic_thread_fence(std::memory_order_seq_cst);
      }
#endif
    }
    void end() { since_.store(kIdle, std::memory_order_release); }

   private:
    friend class Epochs;
    const Epochs& epochs_;
    alignas(64) std::atomic<uint64_t> since_{kIdle};
    [[maybe_unused]] char pad_[64 - sizeof(std::atomic<uint64_t>)] = {};
  };

  Epochs();
  ~Epochs() = default;
  Epochs(const Epochs&) = delete;
  Epochs& operator=(const Epochs&) = delete;

  void add(Reader& reader);
  // It has ended, and begins no more.
  void remove(Reader& reader) noexcept;

  struct Retired {
    uint64_t epoch = 0;  // readers that began at it or later do not have it
    std::shared_ptr<const void> what;
  };
  // Room for what is to be retired: asked for before the new version is published, since there is
  // no way back from that.
  using Room = std::list<Retired>;
  static Room make_room() { return Room(1); }
  // `old` can no longer be found by readers that begin now. It is let go when those that may have
  // found it have ended: here, in a later call of retire() or reclaim(), or with this object.
  void retire(Room room, std::shared_ptr<const void> old) noexcept;
  // Lets go what can be; how many are still kept.
  size_t reclaim() noexcept;

 private:
  static constexpr uint64_t kIdle = 0;
  // Of what is retired, what nobody has any more. The caller lets it go after the lock.
  std::list<Retired> take_free();

  const bool has_membarrier_;
  std::atomic<uint64_t> now_{1};
  std::mutex mutex_;
  std::vector<Reader*> readers_;
  std::list<Retired> retired_;
};

}  // namespace weir
