// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A fuzz target without libFuzzer: gives it files, and then mutations of them.
//
//   fuzz_elf [--mutate N] [--seed N] PATH...      files, and folders with files
//
// Regressions and corpus are tests on every build that way; the mutations are few and blind (nobody
// counts edges here), and the same for the same seed.
#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

#include <unistd.h>

#include "tests/fuzz/targets/target.h"

extern "C" __attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size,
                                                                size_t most, unsigned seed);

namespace {

using Bytes = std::vector<uint8_t>;

constexpr size_t kMost = 64 << 10;  // bytes of a mutated input
std::mt19937_64 g_random;

size_t below(size_t limit) {
  return static_cast<size_t>(g_random() % limit);
}

// Written where a signal handler can say it.
char g_running[512] = "nothing yet\n";
void say_where(int signal) {
  const ssize_t ignored = ::write(STDERR_FILENO, g_running, std::strlen(g_running));
  (void)ignored;
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void run(const Bytes& input) {
  // A copy of exactly that size: what reads beyond it is seen by who looks.
  const auto exact = std::make_unique<uint8_t[]>(input.size());
  if (!input.empty()) std::memcpy(exact.get(), input.data(), input.size());
  (void)LLVMFuzzerTestOneInput(exact.get(), input.size());
}

bool number_of(const char* text, uint64_t& out) {
  const char* const end = text + std::strlen(text);
  return std::from_chars(text, end, out).ptr == end && end != text;
}

bool read(const std::filesystem::path& path, Bytes& out) {
  std::ifstream in(path, std::ios::binary);
  out.assign(std::istreambuf_iterator<char>(in), {});
  return in.good() || in.eof();
}

}  // namespace

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most) {
  if (most == 0) return 0;
  if (size == 0) data[size++] = static_cast<uint8_t>(g_random());
  const size_t at = below(size);
  switch (below(7)) {
    case 0: data[at] ^= static_cast<uint8_t>(1u << below(8)); break;
    case 1: data[at] = static_cast<uint8_t>(g_random()); break;
    case 2: {
      static constexpr uint64_t kNumbers[] = {0,      1,          0x7f,       0xff,
                                              0xffff, 0x7fffffff, 0xffffffff, ~0ull};
      const size_t n = std::min<size_t>(size - at, size_t{1} << below(4));
      std::memcpy(data + at, &kNumbers[below(std::size(kNumbers))], n);
      break;
    }
    case 3:
      if (size < most) {
        std::memmove(data + at + 1, data + at, size++ - at);
        data[at] = static_cast<uint8_t>(g_random());
      }
      break;
    case 4: std::memmove(data + at, data + at + 1, --size - at); break;
    case 5: {
      const size_t from = below(size),
                   n = std::min(size - std::max(at, from), size_t{1} + below(64));
      std::memmove(data + at, data + from, n);
      break;
    }
    default:
      if (below(8) == 0) size = at;
  }
  return size;
}

int main(int argc, char** argv) {
  uint64_t mutations = 0, seed = 1;
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--mutate" || argument == "--seed") {
      if (++i == argc || !number_of(argv[i], argument == "--seed" ? seed : mutations)) {
        std::fprintf(stderr, "%s wants a number\n", argument.data());
        return 64;
      }
    } else if (std::filesystem::is_directory(argument)) {
      for (const auto& entry : std::filesystem::directory_iterator(argument))
        if (entry.is_regular_file()) files.push_back(entry.path());
    } else {
      files.emplace_back(argument);
    }
  }
  std::ranges::sort(files);
  for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) ::signal(signal, say_where);

  std::vector<Bytes> inputs;
  for (const auto& file : files) {
    std::snprintf(g_running, sizeof g_running, "while it ran %s\n", file.c_str());
    if (!read(file, inputs.emplace_back())) {
      std::fprintf(stderr, "%s cannot be read\n", file.c_str());
      return 1;
    }
    run(inputs.back());
  }
  if (inputs.empty()) inputs.emplace_back();
  for (uint64_t i = 0; i < mutations; ++i) {
    g_random.seed(seed + i);
    std::snprintf(g_running, sizeof g_running, "in mutation %llu: --mutate 1 --seed %llu\n",
                  static_cast<unsigned long long>(i), static_cast<unsigned long long>(seed + i));
    Bytes bytes = inputs[below(inputs.size())];
    const size_t most = std::max(kMost, bytes.size());
    size_t size = bytes.size();
    bytes.resize(most);
    for (size_t n = 1 + below(4); n > 0; --n) {
      const bool knows = LLVMFuzzerCustomMutator != nullptr;
      size = knows ? LLVMFuzzerCustomMutator(bytes.data(), size, most,
                                             static_cast<unsigned>(g_random()))
                   : LLVMFuzzerMutate(bytes.data(), size, most);
    }
    bytes.resize(size);
    run(bytes);
  }
  std::printf("%zu files, %llu mutations\n", files.size(),
              static_cast<unsigned long long>(mutations));
  return 0;
}
