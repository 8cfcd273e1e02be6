// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "measure/machine.h"

#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "runtime/abi/compile_key.h"
#include "runtime/abi/cpu.h"

namespace weir::measure {

namespace {

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::string kernel() {
  utsname name{};
  return uname(&name) == 0 ? fmt::format("{} {}", name.sysname, name.release) : "unknown";
}

std::string load() {
  double average[1] = {};
  return getloadavg(average, 1) == 1 ? fmt::format("{:.2f}", average[0]) : "unknown";
}

}  // namespace

std::vector<MachineFact> machine_facts() {
  return {
      {"cpu", fmt::format("{}, {} online, {}", cpu_model(), sysconf(_SC_NPROCESSORS_ONLN),
                          cpu_to_string(host_cpu()))},
      {"kernel", kernel()},
      {"load", load() + " runnable threads, average of the last minute, at the start"},
      {"weir", std::string(compiler_identity()) + ", built " WEIR_BUILT},
  };
}

}  // namespace weir::measure
