// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For commands: LD_PRELOAD=libweir_faults.so WEIR_FAULT=POINT:HOW:AT command. HOW is once, on,
// eintr or short; AT 0 counts. WEIR_FAULT_COUNT=FILE: the calls of the first process are written
// there as it ends.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "tests/faults/inject.h"

namespace weir::faults {
namespace {

pid_t g_first = 0;

void write_count() {
  const Seen seen = disarm();
  const char* const path = std::getenv("WEIR_FAULT_COUNT");
  if (path == nullptr || ::getpid() != g_first) return;
  char text[64];
  const int size =
      std::snprintf(text, sizeof text, "%llu %llu\n", static_cast<unsigned long long>(seen.calls),
                    static_cast<unsigned long long>(seen.failed));
  const auto fd = static_cast<int>(
      ::syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  (void)!::syscall(SYS_write, fd, text, size);
  ::syscall(SYS_close, fd);
}

How how_of(std::string_view name) {
  if (name == "on") return How::kFromThenOn;
  if (name == "eintr") return How::kInterrupted;
  return name == "short" ? How::kShort : How::kOnce;
}

void start() {
  const char* const text = std::getenv("WEIR_FAULT");
  if (text == nullptr) return;
  const std::string_view fault = text;
  const size_t first = fault.find(':'), second = fault.find(':', first + 1);
  if (second == std::string_view::npos) return;
  Plan plan{.how = how_of(fault.substr(first + 1, second - first - 1)),
            .at = std::strtoull(text + second + 1, nullptr, 10)};
  for (size_t i = 0; i < kPoints; ++i) {
    if (fault.substr(0, first) == point_name(static_cast<Point>(i))) plan.points = 1u << i;
  }
  g_first = ::getpid();
  arm(plan);
  std::atexit(write_count);
}

// What throws before main() is nobody's to catch: the standard streams, tables of constants.
int (*g_main)(int, char**, char**) = nullptr;
int main_after_start(int argc, char** argv, char** environment) {
  start();
  return g_main(argc, argv, environment);
}

}  // namespace
}  // namespace weir::faults

// Called by the start-up code of every executable.
extern "C" [[gnu::visibility("default")]] int __libc_start_main(int (*main)(int, char**, char**),
                                                                int argc, char** argv,
                                                                void (*init)(), void (*fini)(),
                                                                void (*rtld_fini)(), void* stack) {
  using Start =
      int(int (*)(int, char**, char**), int, char**, void (*)(), void (*)(), void (*)(), void*);
  auto* const real = reinterpret_cast<Start*>(::dlsym(RTLD_NEXT, "__libc_start_main"));
  weir::faults::g_main = main;
  return real(&weir::faults::main_after_start, argc, argv, init, fini, rtld_fini, stack);
}
