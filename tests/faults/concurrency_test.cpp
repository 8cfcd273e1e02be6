// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Signals while programs run, fork() in the middle, threads that come and go. By the C interface of
// libweir.so, in the interpreter and in native code.
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "runtime/capi/weir.h"

namespace weir::faults {
namespace {

template <auto Close>
struct Closer {
  template <class T>
  void operator()(T* it) const {
    Close(it);
  }
};
using Host = std::unique_ptr<weir_host, Closer<weir_host_close>>;
using Program = std::unique_ptr<weir_program, Closer<weir_program_close>>;
using Worker = std::unique_ptr<weir_worker, Closer<weir_worker_close>>;
using Filter = std::unique_ptr<weir_filter, Closer<weir_filter_close>>;

// Fails the test with the text, if there is one.
void expect_none(char* error) {
  EXPECT_EQ(error, nullptr) << error;
  weir_string_free(error);
}

Host open_host(uint32_t workers = 2, const char* compiler = nullptr) {
  const weir_host_options options = {.size = sizeof options,
                                     .workers = workers,
                                     .cache = "",
                                     .compiler = compiler,
                                     .host_policy = ""};
  char* error = nullptr;
  Host host(weir_host_open(&options, &error));
  expect_none(error);
  return host;
}
Program open_program(const Host& host, const char* path, const char* name,
                     weir_program_options options = {}) {
  options.size = sizeof options;
  options.name = name;
  char* error = nullptr;
  Program program(weir_program_open(host.get(), path, &options, &error));
  expect_none(error);
  return program;
}
Worker open_worker(const Host& host) {
  char* error = nullptr;
  Worker worker(weir_worker_open(host.get(), &error));
  expect_none(error);
  return worker;
}
// The result; UINT64_MAX for a trap.
uint64_t run(const Worker& worker, const Program& program) {
  uint8_t packet[64] = {1, 2, 3};
  weir_result result;
  constexpr uint64_t kBudget = 10'000'000;
  const int trapped =
      weir_program_run(worker.get(), program.get(), packet, sizeof packet, kBudget, &result);
  return trapped == 0 ? result.r0 : UINT64_MAX;
}
uint64_t count_of(const Program& program, uint32_t key) {
  uint64_t count = 0;
  EXPECT_EQ(weir_map_lookup(weir_program_map(program.get(), "counts"), &key, &count, 0), 0);
  return count;
}

constexpr const char* kObject = WEIR_FAULTS_OBJECT;
constexpr const char* kNative = WEIR_FAULTS_NATIVE;
constexpr uint64_t kRounds = 200'000;  // of takes_long
constexpr unsigned kPatience = 60;     // seconds, after which a child hangs

// Exit code of a child that runs `what`; -1: it was ended by a signal, as one that hangs is.
template <class What>
int in_child(What&& what) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(kPatience);
    ::_exit(what());
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class EachEngine : public testing::TestWithParam<bool> {
 protected:
  static const char* path() { return GetParam() ? kNative : kObject; }
};
INSTANTIATE_TEST_SUITE_P(Faults, EachEngine, testing::Bool(),
                         [](const testing::TestParamInfo<bool>& info) {
                           return std::string(info.param ? "Native" : "Interp");
                         });

// ---- Signals ----

volatile sig_atomic_t g_alarms = 0;

// A timer that interrupts whatever goes on, without SA_RESTART.
class AlarmStorm {
 public:
  AlarmStorm() {
    g_alarms = 0;
    struct sigaction action{};
    action.sa_handler = [](int) { g_alarms = g_alarms + 1; };
    ::sigaction(SIGALRM, &action, &before_);
    const itimerval often{.it_interval = {0, 300}, .it_value = {0, 300}};
    ::setitimer(ITIMER_REAL, &often, nullptr);
  }
  ~AlarmStorm() {
    const itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
    ::sigaction(SIGALRM, &before_, nullptr);
  }

 private:
  struct sigaction before_{};
};

TEST_P(EachEngine, SignalsDoNotChangeWhatRuns) {
  constexpr uint64_t kRuns = 20;
  const Host host = open_host();
  const Worker worker = open_worker(host);
  const AlarmStorm storm;
  const Program program = open_program(host, path(), "takes_long");
  ASSERT_NE(program, nullptr);
  // How many signals come in that time is the machine's affair, but some must.
  uint64_t runs = 0;
  while (runs < kRuns || g_alarms < 10) {
    ASSERT_EQ(run(worker, program), uint64_t{XDP_PASS});
    ++runs;
  }
  EXPECT_EQ(count_of(program, 0), runs * kRounds);
  // Loading is interrupted as well.
  for (int i = 0; i < 50; ++i) {
    const Program other = open_program(host, path(), "everything");
    ASSERT_NE(other, nullptr);
    ASSERT_EQ(run(worker, other), uint64_t{XDP_TX});
  }
}

TEST_P(EachEngine, HandlersStayTheHosts) {
  std::vector<struct sigaction> before(NSIG), after(NSIG);
  for (int i = 1; i < NSIG; ++i) ::sigaction(i, nullptr, &before[static_cast<size_t>(i)]);
  sigset_t mask_before, mask_after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_before);
  {
    const Host host = open_host(2, "start:" WEIR_COMMAND);
    const Worker worker = open_worker(host);
    const Program program = open_program(host, path(), "everything");
    EXPECT_EQ(run(worker, program), uint64_t{XDP_TX});
    const Program traps = open_program(host, path(), "reaches_too_far");
    EXPECT_EQ(run(worker, traps), UINT64_MAX);
  }
  for (size_t i = 1; i < NSIG; ++i) {
    ::sigaction(static_cast<int>(i), nullptr, &after[i]);
    EXPECT_EQ(before[i].sa_handler, after[i].sa_handler) << "signal " << i;
  }
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_after);
  for (int i = 1; i < NSIG; ++i) {
    EXPECT_EQ(sigismember(&mask_before, i), sigismember(&mask_after, i)) << "signal " << i;
  }
}

// A page of the host's that its own handler makes readable when it is touched: by a helper of the
// host's, while a program runs.
uint8_t* g_page = nullptr;
volatile sig_atomic_t g_faults = 0;

TEST(Signals, AFaultOfTheHostsReachesItsHandler) {
  g_page =
      static_cast<uint8_t*>(::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  struct sigaction action{}, before{};
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = [](int, siginfo_t* info, void*) {
    if (info->si_addr != g_page) ::_exit(9);
    g_faults = g_faults + 1;
    ::mprotect(g_page, 4096, PROT_READ | PROT_WRITE);
  };
  const weir_helper helper = {
      .number = 216,
      .name = "touch",
      .function = [](uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, weir_call*) -> uint64_t {
        volatile uint8_t& byte = *g_page;
        byte = static_cast<uint8_t>(byte + 1);
        return byte;
      }};
  char* error = nullptr;
  const uint32_t helpers = weir_helpers_register(&helper, 1, &error);
  expect_none(error);
  const Host host = open_host();
  const Worker worker = open_worker(host);
  const Program program =
      open_program(host, kObject, "touches", {.at = "memory", .helpers = helpers});
  ASSERT_NE(program, nullptr);
  ::sigaction(SIGSEGV, &action, &before);
  const uint64_t result = run(worker, program);
  ::sigaction(SIGSEGV, &before, nullptr);
  EXPECT_EQ(result, 1U);
  EXPECT_EQ(g_faults, 1);
  ::munmap(g_page, 4096);
}

// ---- fork() ----

// Maps in memory are each process's own from then on; pinned ones stay shared.
TEST_P(EachEngine, BothGoOnAfterFork) {
  char folder[] = "/tmp/weir_fork_XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  {
    const Host host = open_host();
    const Worker worker = open_worker(host);
    const Program own = open_program(host, path(), "everything");
    const Program pinned =
        open_program(host, path(), "everything", {.pin_folder = folder, .pin_all = 1});
    ASSERT_NE(own, nullptr);
    ASSERT_NE(pinned, nullptr);
    ASSERT_EQ(run(worker, own), uint64_t{XDP_TX});
    ASSERT_EQ(run(worker, pinned), uint64_t{XDP_TX});
    EXPECT_EQ(in_child([&] {
                for (int i = 0; i < 10; ++i) {
                  if (run(worker, own) != XDP_TX || run(worker, pinned) != XDP_TX) return 1;
                }
                if (count_of(own, 1) != 11 || count_of(pinned, 1) != 11) return 2;
                // It can load more.
                const Program more = open_program(host, path(), "takes_long");
                return more != nullptr && run(worker, more) == XDP_PASS ? 0 : 3;
              }),
              0);
    EXPECT_EQ(run(worker, own), uint64_t{XDP_TX});
    EXPECT_EQ(run(worker, pinned), uint64_t{XDP_TX});
    EXPECT_EQ(count_of(own, 1), 2U);
    EXPECT_EQ(count_of(pinned, 1), 12U);
  }
  std::filesystem::remove_all(folder);
}

// A ring buffer's memory stays shared: records of both processes come out whole.
TEST_P(EachEngine, BothWriteOneRingBufferAfterFork) {
  constexpr int kRecords = 20'000;
  const Host host = open_host();
  const Worker worker = open_worker(host);
  const Program program = open_program(host, path(), "everything");
  ASSERT_NE(program, nullptr);
  weir_map* const events = weir_program_map(program.get(), "events");
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(kPatience);
    for (int i = 0; i < kRecords; ++i) {
      if (run(worker, program) != XDP_TX) ::_exit(1);
    }
    ::_exit(0);
  }
  uint64_t wrong = 0;
  int records = 0;
  // What `everything` writes: the sum of the packet's first eight bytes.
  const weir_record_fn count = [](void* user, const void* data, size_t bytes) {
    uint64_t value = 0;
    if (bytes == sizeof value) std::memcpy(&value, data, sizeof value);
    *static_cast<uint64_t*>(user) += value != 1 + 2 + 3;
    return 0;
  };
  for (int i = 0; i < kRecords; ++i) {
    if (run(worker, program) != XDP_TX) ++wrong;
    const int got = weir_map_consume(events, 1000, count, &wrong);
    ASSERT_GE(got, 0);
    records += got;
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  for (int got = 1; got > 0; records += got) got = weir_map_consume(events, 1000, count, &wrong);
  EXPECT_EQ(wrong, 0U);
  // All of the parent's, since it makes room each time, but for what the child fills in between.
  EXPECT_GT(records, 0);
}

// The thread that compiles and the server belong to the parent: a child neither waits for the one
// nor ends the other.
TEST(Fork, AChildClosesAHostWithACompiler) {
  Host host = open_host(2, "start:" WEIR_COMMAND);
  const Worker worker = open_worker(host);
  Program first = open_program(host, kObject, "takes_long");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(in_child([&] {
              // Stays in the interpreter, with a reason.
              Program other = open_program(host, kObject, "everything");
              if (other == nullptr || run(worker, other) != XDP_TX) return 1;
              char* const why = weir_program_fallback(other.get());
              if (why == nullptr || std::strstr(why, "fork") == nullptr) return 2;
              weir_string_free(why);
              other.reset();
              first.reset();
              // The worker is the parent's too; what is closed here is this process's copy.
              weir_worker_close(const_cast<weir_worker*>(worker.get()));
              host.reset();
              return 0;
            }),
            0);
  // The parent's goes on: the server is there, and compiles.
  const Program second = open_program(host, kObject, "behind");
  ASSERT_NE(second, nullptr);
  for (int i = 0; i < 6000 && std::strcmp(weir_program_engine(second.get()), "aot") != 0; ++i) {
    ::usleep(10'000);
  }
  EXPECT_STREQ(weir_program_engine(second.get()), "aot");
}

// One of a program's threads forks while others change maps: whoever held a lock then is not there
// to let it go, and the child takes it over.
TEST(Fork, WhileOthersChangeMaps) {
  const Host host = open_host();
  const Program program = open_program(host, kObject, "everything");
  ASSERT_NE(program, nullptr);
  weir_map* const flows = weir_program_map(program.get(), "flows");
  weir_map* const recent = weir_program_map(program.get(), "recent");
  std::atomic<bool> stop = false;
  const auto change = [&](uint32_t from) {
    for (uint32_t i = 0; !stop.load(std::memory_order_relaxed); ++i) {
      const uint32_t key = from + i % 16;
      const uint64_t value = i;
      (void)weir_map_update(flows, &key, &value, BPF_ANY);
      (void)weir_map_update(recent, &key, &value, BPF_ANY);
      if (i % 3 == 0) (void)weir_map_delete(flows, &key);
    }
  };
  std::thread one(change, 0), two(change, 16);
  for (int round = 0; round < 30; ++round) {
    EXPECT_EQ(in_child([&] {
                for (uint32_t i = 0; i < 40; ++i) {
                  const uint64_t value = i;
                  uint64_t found = 0;
                  if (weir_map_update(flows, &i, &value, BPF_ANY) != 0) return 1;
                  if (weir_map_lookup(flows, &i, &found, 0) != 0 || found != i) return 2;
                  if (weir_map_update(recent, &i, &value, BPF_ANY) != 0) return 3;
                }
                return 0;
              }),
              0);
  }
  stop = true;
  one.join();
  two.join();
}

// ---- Threads ----

// Threads end right after a change of a map or a run, while others go on; their places are free
// again, and nothing is kept for them.
TEST_P(EachEngine, ThreadsComeAndGo) {
  constexpr uint32_t kWorkers = 4;
  constexpr int kGenerations = 60;
  const Host host = open_host(kWorkers + 1);
  const Program program = open_program(host, path(), "everything");
  const Program behind = open_program(host, path(), "behind");
  ASSERT_NE(program, nullptr);
  ASSERT_NE(behind, nullptr);
  const weir_filter_options options = {
      .size = sizeof options, .hook = "xdp", .on_trap = WEIR_DROP_IT};
  char* error = nullptr;
  const Filter filter(weir_filter_open(host.get(), &options, &error));
  expect_none(error);
  uint32_t link = 0;
  ASSERT_EQ(weir_filter_attach(filter.get(), program.get(), nullptr, &link, &error), 0);

  std::atomic<uint64_t> ran = 0, wrong = 0;
  std::atomic<bool> stop = false;
  std::thread changes([&] {
    while (!stop) {
      for (const Program* next : {&behind, &program}) {
        char* why = nullptr;
        wrong += weir_filter_replace(filter.get(), link, next->get(), &why) != 0;
        weir_string_free(why);
      }
    }
  });
  for (int generation = 0; generation < kGenerations; ++generation) {
    std::vector<std::thread> threads;
    for (uint32_t n = 0; n < kWorkers; ++n) {
      threads.emplace_back([&, n] {
        const Worker worker = open_worker(host);
        if (worker == nullptr) {
          ++wrong;
          return;
        }
        for (uint32_t i = 0; i < 20; ++i) {
          uint8_t bytes[128] = {};
          weir_packet packet = {.data = bytes + 32, .size = 64, .headroom = 32, .tailroom = 32};
          weir_filter_run(worker.get(), filter.get(), &packet, 1);
          wrong += packet.action != WEIR_TRANSMIT;
          ++ran;
        }
        const uint64_t value = n;
        wrong +=
            weir_map_update(weir_program_map(program.get(), "flows"), &n, &value, BPF_ANY) != 0;
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  stop = true;
  changes.join();
  EXPECT_EQ(wrong, 0U);
  weir_filter_counts counts;
  weir_filter_get_counts(filter.get(), &counts);
  EXPECT_EQ(counts.packets, ran);
  EXPECT_EQ(counts.actions[WEIR_TRANSMIT], ran);
  EXPECT_EQ(weir_host_reclaim(host.get()), 0U);
  // All places are free.
  std::vector<Worker> all;
  for (uint32_t i = 0; i < kWorkers + 1; ++i) {
    all.push_back(open_worker(host));
    EXPECT_NE(all.back(), nullptr);
  }
}

}  // namespace
}  // namespace weir::faults
