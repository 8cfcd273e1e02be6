// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fault points: the calls by which weir, and every library under it, asks the system for something.
// inject.cpp and system_calls.cpp define malloc() and the C library's system calls once more;
// linked into an executable, or preloaded (preload.cpp), they stand before the C library's. The
// product has no hook for this.
//
//   Plan ── arm() ──▶ each call counts; from call `at` on, it fails ── disarm() ──▶ Seen
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::faults {

enum class Point : uint8_t {
  kAllocation,  // malloc, calloc, realloc, aligned_alloc, posix_memalign; operator new is malloc
  kMmap,
  kMprotect,
  kMemfd,
  kOpen,      // open, openat, fopen, opendir
  kRead,      // read, pread
  kWrite,     // write, pwrite
  kSync,      // fsync, fdatasync
  kRename,    // rename, renameat, linkat
  kTruncate,  // ftruncate, posix_fallocate
  kStat,      // fstat, fstatat, stat
  kMode,      // fchmod
  kFolder,    // mkdir, mkdirat
  kFlock,
  kFork,    // fork, posix_spawn
  kThread,  // pthread_create
  kSocket,  // socket, socketpair, connect
  kCount
};
inline constexpr size_t kPoints = static_cast<size_t>(Point::kCount);
const char* point_name(Point point);
// What the system says when it refuses, e.g. ENOSPC of a write.
int usual_error(Point point);

enum class How : uint8_t {
  kOnce,         // call number `at` fails
  kFromThenOn,   // and all later ones of the plan's points
  kInterrupted,  // call number `at` gives EINTR, as after a signal; only where that can be
  kShort,        // of a read or a write, half is done
};
const char* how_name(How how);

struct Plan {
  uint32_t points = 0;  // bit n: Point n
  How how = How::kOnce;
  uint64_t at = 0;  // from 1; 0: only counting
};
constexpr uint32_t bit(Point point) {
  return 1u << static_cast<unsigned>(point);
}

struct Seen {
  uint64_t calls = 0;   // of the plan's points
  uint64_t failed = 0;  // that were refused
};

// One plan a process at a time; calls of all threads count.
void arm(const Plan& plan);
Seen disarm();

// Where the first refused call of the last plan came from: addresses, innermost first.
inline constexpr int kFrames = 40;
struct Place {
  void* frames[kFrames] = {};
  int depth = 0;
};
const Place& refused_at();

// What is allocated, and how much is mapped by others than the C library.
struct Held {
  int64_t allocations = 0;
  int64_t mapped = 0;
};
Held held();

// From now on allocations are remembered with their place; ones that are still there are given to
// `leaked` by report_new(). For finding out where a leak came from.
void remember_allocations();
void report_new(void (*leaked)(size_t bytes, const Place& place));

// ---- For the definitions ----

// True: the call is to fail in the way that the plan says.
bool refuse(Point point, How& how);
void note_mapped(int64_t bytes);

}  // namespace weir::faults
