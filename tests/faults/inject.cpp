// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The plan, and the allocator. What is given out is filled with 0xcd, what is given back with 0xdd,
// so that what is read too early or too late is seen.
#include "tests/faults/inject.h"

#include <execinfo.h>
#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>

// The C library's own, under the names that stay when malloc() is another.
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
void __libc_free(void* memory);
}

namespace weir::faults {

namespace {

constinit std::atomic<bool> g_armed{false};
constinit Plan g_plan;
constinit std::atomic<uint64_t> g_calls{0}, g_failed{0};
constinit std::atomic<int64_t> g_allocations{0}, g_mapped{0};
constinit Place g_place;

// Open addressing by address; full: what comes then is not remembered.
struct Remembered {
  std::atomic<void*> memory{nullptr};
  size_t bytes = 0;
  Place place;
};
constexpr size_t kRemembered = 1 << 14;
constinit std::atomic<bool> g_remember{false};
constinit Remembered g_remembered[kRemembered];
// Taking a backtrace may allocate.
[[gnu::tls_model("initial-exec")]] constinit thread_local bool t_inside = false;

void take_place(Place& place) {
  t_inside = true;
  place.depth = ::backtrace(place.frames, kFrames);
  t_inside = false;
}

size_t slot_of(const void* memory) {
  return (reinterpret_cast<uintptr_t>(memory) >> 4) * 0x9e3779b97f4a7c15u >> 50;
}

void* given_out(void* memory, bool zeroed) {
  if (memory == nullptr) return nullptr;
  g_allocations.fetch_add(1, std::memory_order_relaxed);
  const size_t bytes = ::malloc_usable_size(memory);
  if (!zeroed) std::memset(memory, 0xcd, bytes);
  if (g_remember.load(std::memory_order_relaxed) && !t_inside) {
    for (size_t i = 0; i < kRemembered; ++i) {
      Remembered& slot = g_remembered[(slot_of(memory) + i) % kRemembered];
      void* none = nullptr;
      if (slot.memory.compare_exchange_strong(none, memory)) {
        slot.bytes = bytes;
        take_place(slot.place);
        break;
      }
    }
  }
  return memory;
}

void given_back(void* memory) {
  g_allocations.fetch_sub(1, std::memory_order_relaxed);
  if (!g_remember.load(std::memory_order_relaxed)) return;
  // Another free slot in between does not end the search: it may have been taken when this one was.
  for (size_t i = 0; i < kRemembered; ++i) {
    Remembered& slot = g_remembered[(slot_of(memory) + i) % kRemembered];
    void* same = memory;
    if (slot.memory.compare_exchange_strong(same, nullptr)) return;
    if (i > 512) return;
  }
}

bool refuse_allocation() {
  How how;
  if (!refuse(Point::kAllocation, how)) return false;
  errno = ENOMEM;
  return true;
}

}  // namespace

const char* point_name(Point point) {
  constexpr const char* kNames[] = {"allocation", "mmap",  "mprotect", "memfd_create", "open",
                                    "read",       "write", "fsync",    "rename",       "ftruncate",
                                    "stat",       "chmod", "mkdir",    "flock",        "fork",
                                    "thread",     "socket"};
  static_assert(std::size(kNames) == kPoints);
  return kNames[static_cast<size_t>(point)];
}

int usual_error(Point point) {
  switch (point) {
    case Point::kAllocation:
    case Point::kMmap:
    case Point::kMprotect: return ENOMEM;
    case Point::kMemfd:
    case Point::kOpen:
    case Point::kSocket: return EMFILE;
    case Point::kRead:
    case Point::kSync:
    case Point::kStat: return EIO;
    case Point::kWrite:
    case Point::kRename:
    case Point::kTruncate:
    case Point::kFolder: return ENOSPC;
    case Point::kMode: return EPERM;
    case Point::kFlock: return ENOLCK;
    case Point::kFork:
    case Point::kThread: return EAGAIN;
    case Point::kCount: break;
  }
  return EIO;
}

const char* how_name(How how) {
  switch (how) {
    case How::kOnce: return "once";
    case How::kFromThenOn: return "from then on";
    case How::kInterrupted: return "EINTR";
    case How::kShort: return "short";
  }
  return "";
}

void arm(const Plan& plan) {
  // The first backtrace of a process loads the library for it.
  static const bool loaded = [] {
    void* frame;
    return ::backtrace(&frame, 1) >= 0;
  }();
  (void)loaded;
  g_plan = plan;
  g_calls = 0;
  g_failed = 0;
  g_place.depth = 0;
  g_armed.store(true, std::memory_order_release);
}

Seen disarm() {
  g_armed.store(false, std::memory_order_release);
  return {.calls = g_calls, .failed = g_failed};
}

const Place& refused_at() {
  return g_place;
}

bool refuse(Point point, How& how) {
  if (!g_armed.load(std::memory_order_acquire) || (g_plan.points & bit(point)) == 0 || t_inside) {
    return false;
  }
  const uint64_t call = g_calls.fetch_add(1, std::memory_order_relaxed) + 1;
  how = g_plan.how;
  if (g_plan.at == 0 || call < g_plan.at) return false;
  if (call > g_plan.at && how != How::kFromThenOn) return false;
  if (g_failed.fetch_add(1, std::memory_order_relaxed) == 0) take_place(g_place);
  return true;
}

Held held() {
  return {.allocations = g_allocations, .mapped = g_mapped};
}

void note_mapped(int64_t bytes) {
  g_mapped.fetch_add(bytes, std::memory_order_relaxed);
}

void remember_allocations() {
  for (Remembered& slot : g_remembered) slot.memory = nullptr;
  g_remember = true;
}

void report_new(void (*leaked)(size_t bytes, const Place& place)) {
  g_remember = false;
  for (const Remembered& slot : g_remembered) {
    if (slot.memory != nullptr) leaked(slot.bytes, slot.place);
  }
}

}  // namespace weir::faults

using weir::faults::given_back;
using weir::faults::given_out;
using weir::faults::refuse_allocation;

extern "C" {

[[gnu::visibility("default")]] void* malloc(size_t size) {
  return refuse_allocation() ? nullptr : given_out(__libc_malloc(size), false);
}
[[gnu::visibility("default")]] void* calloc(size_t count, size_t size) {
  return refuse_allocation() ? nullptr : given_out(__libc_calloc(count, size), true);
}
[[gnu::visibility("default")]] void* realloc(void* memory, size_t size) {
  if (memory == nullptr) return malloc(size);
  if (refuse_allocation()) return nullptr;
  given_back(memory);
  void* const made = __libc_realloc(memory, size);
  if (made == nullptr) return size == 0 ? nullptr : given_out(memory, true), nullptr;
  return given_out(made, true);
}
[[gnu::visibility("default")]] void* memalign(size_t alignment, size_t size) {
  return refuse_allocation() ? nullptr : given_out(__libc_memalign(alignment, size), false);
}
[[gnu::visibility("default")]] void* aligned_alloc(size_t alignment, size_t size) {
  return memalign(alignment, size);
}
[[gnu::visibility("default")]] int posix_memalign(void** out, size_t alignment, size_t size) {
  void* const made = memalign(alignment, size);
  if (made == nullptr) return ENOMEM;
  *out = made;
  return 0;
}
[[gnu::visibility("default")]] void free(void* memory) {
  if (memory == nullptr) return;
  const int error = errno;  // free() keeps it
  given_back(memory);
  std::memset(memory, 0xdd, ::malloc_usable_size(memory));
  __libc_free(memory);
  errno = error;
}

}  // extern "C"
