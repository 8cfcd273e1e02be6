// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a filter outside QEMU costs: weir by each transport, and the least that any process there
// can do, a forwarder that copies bytes and looks at none. QEMU has no guest: frames go into one
// netdev, over a hub, and come out of another, as tests/attach does it.
//
//   weir_bench_attach WEIR [ROUNDS [FRAMES]]
//
// The last lines are the filter by itself: from a frame in the receive buffer to its verdict, in
// this process, for a program at each kind of hook.
//
// Contenders alternate; medians of the rounds are shown, and how far they lie apart.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/attach/judge.h"

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "error: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(1);
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) fail("a path is too long: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int unix_socket(int type) {
  const int made = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (made < 0) fail("socket");
  return made;
}
int bound(const std::string& path, int type) {
  unlink(path.c_str());
  const int made = unix_socket(type);
  const sockaddr_un address = address_of(path);
  if (bind(made, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) fail("bind");
  if (type == SOCK_STREAM && listen(made, 1) != 0) fail("listen");
  return made;
}
// Waits until somebody listens there.
int connected(const std::string& path, int type) {
  const sockaddr_un address = address_of(path);
  for (int i = 0; i < 2000; ++i) {
    const int made = unix_socket(type);
    if (connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0)
      return made;
    close(made);
    usleep(5000);
  }
  fail("nobody listens at " + path);
}
int accepted(int listener) {
  pollfd waits{listener, POLLIN, 0};
  if (poll(&waits, 1, 10'000) != 1) fail("nobody connects");
  const int made = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  close(listener);
  return made;
}

void write_all(int to, const uint8_t* bytes, size_t size) {
  while (size != 0) {
    const ssize_t count = write(to, bytes, size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("write");
    bytes += count;
    size -= static_cast<size_t>(count);
  }
}

// Processes, ended with their round.
class Children {
 public:
  ~Children() {
    for (const pid_t each : pids_) {
      kill(each, SIGKILL);
      waitpid(each, nullptr, 0);
    }
  }
  void start(const std::vector<std::string>& command) {
    start([&] {
      std::vector<char*> arguments;
      for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
      arguments.push_back(nullptr);
      const int null = open("/dev/null", O_RDWR);
      dup2(null, STDOUT_FILENO);
      dup2(null, STDERR_FILENO);
      execvp(arguments[0], arguments.data());
      _exit(127);
    });
  }
  void start(const std::function<void()>& run) {
    const pid_t pid = fork();
    if (pid < 0) fail("fork");
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      run();
      _exit(0);
    }
    pids_.push_back(pid);
  }

 private:
  std::vector<pid_t> pids_;
};

// The least a process in between can do.
void forward_bytes(int from, int to) {
  std::vector<uint8_t> buffer(256 * 1024);
  for (;;) {
    const ssize_t count = read(from, buffer.data(), buffer.size());
    if (count <= 0) return;
    if (to >= 0) write_all(to, buffer.data(), static_cast<size_t>(count));
  }
}
void forward_datagrams(int from, int to) {
  std::vector<uint8_t> buffer(70'000);
  for (;;) {
    const ssize_t count = recv(from, buffer.data() + 4, buffer.size() - 4, 0);
    if (count < 0) return;
    const auto size = static_cast<uint32_t>(count);
    const uint8_t prefix[] = {static_cast<uint8_t>(size >> 24), static_cast<uint8_t>(size >> 16),
                              static_cast<uint8_t>(size >> 8), static_cast<uint8_t>(size)};
    std::memcpy(buffer.data(), prefix, sizeof(prefix));
    write_all(to, buffer.data(), size + 4);
  }
}

struct Round {
  std::string folder, weir, program;
  Children children;
  int in = -1, out = -1;  // where frames are sent, and where they come out

  std::string path(const char* name) const { return folder + "/" + name; }
  ~Round() {
    close(in);
    close(out);
  }
  // QEMU with A, which connects to the generator, and B.
  void qemu(const std::string& b, std::vector<std::string> more = {}) {
    std::vector<std::string> command = {
        "qemu-system-x86_64",
        "-M",
        "none",
        "-nodefaults",
        "-display",
        "none",
        "-netdev",
        "stream,id=A,server=off,addr.type=unix,addr.path=" + path("A"),
        "-netdev",
        "hubport,id=hA,hubid=0,netdev=A",
        "-netdev",
        b,
        "-netdev",
        "hubport,id=hB,hubid=0,netdev=B"};
    command.insert(command.end(), more.begin(), more.end());
    children.start(command);
  }
  std::string stream_b(const char* name) const {
    return "stream,id=B,server=off,addr.type=unix,addr.path=" + path(name);
  }
  std::string dgram_b() const {
    return "dgram,id=B,local.type=unix,local.path=" + path("B") +
           ",remote.type=unix,remote.path=" + path("w");
  }
  std::vector<std::string> chardev(const char* id) const {
    return {"-chardev",
            std::string("socket,id=") + id + ",path=" + path(id) + ",server=on,wait=on"};
  }
  std::vector<std::string> redirector() const {
    std::vector<std::string> out = chardev("tx-out");
    for (const std::string& each : chardev("tx-in")) out.push_back(each);
    out.push_back("-object");
    out.push_back(
        "filter-redirector,id=f,netdev=A,queue=tx,outdev=tx-out,indev=tx-in,vnet_hdr_support=on");
    return out;
  }
  void attach(std::vector<std::string> link) {
    std::vector<std::string> command = {weir,        "attach",        "--fail-closed", "--quiet",
                                        "--control", path("control"), "--prog",        program,
                                        "--at",      "frame"};
    command.insert(command.end(), link.begin(), link.end());
    children.start(command);
  }
};

// Each makes QEMU, what is in between, and both ends.
const std::vector<std::pair<std::string, std::function<void(Round&)>>> kContenders = {
    {"none",
     [](Round& r) {
       const int a = bound(r.path("A"), SOCK_STREAM), b = bound(r.path("out"), SOCK_STREAM);
       r.qemu(r.stream_b("out"));
       r.in = accepted(a), r.out = accepted(b);
     }},
    {"stream, forwarder",
     [](Round& r) {
       const int a = bound(r.path("A"), SOCK_STREAM), b = bound(r.path("out"), SOCK_STREAM);
       const int s = bound(r.path("s"), SOCK_STREAM);
       r.children.start([&] { forward_bytes(accepted(s), connected(r.path("out"), SOCK_STREAM)); });
       close(s);
       r.qemu(r.stream_b("s"));
       r.in = accepted(a), r.out = accepted(b);
     }},
    {"stream, weir",
     [](Round& r) {
       const int a = bound(r.path("A"), SOCK_STREAM), b = bound(r.path("out"), SOCK_STREAM);
       r.attach({"--link", "vm", "stream:" + r.path("s"), "stream-connect:" + r.path("out")});
       close(connected(r.path("control"), SOCK_STREAM));
       r.qemu(r.stream_b("s"));
       r.in = accepted(a), r.out = accepted(b);
     }},
    {"dgram, forwarder",
     [](Round& r) {
       const int a = bound(r.path("A"), SOCK_STREAM), b = bound(r.path("out"), SOCK_STREAM);
       const int w = bound(r.path("w"), SOCK_DGRAM);
       r.children.start([&] { forward_datagrams(w, connected(r.path("out"), SOCK_STREAM)); });
       close(w);
       r.qemu(r.dgram_b());
       r.in = accepted(a), r.out = accepted(b);
     }},
    {"dgram, weir",
     [](Round& r) {
       const int a = bound(r.path("A"), SOCK_STREAM), b = bound(r.path("out"), SOCK_STREAM);
       r.attach({"--link", "vm", "dgram:" + r.path("w") + "," + r.path("B"),
                 "stream-connect:" + r.path("out")});
       close(connected(r.path("control"), SOCK_STREAM));
       r.qemu(r.dgram_b());
       r.in = accepted(a), r.out = accepted(b);
     }},
    {"filter-mirror, reader",
     [](Round& r) {
       const int a = bound(r.path("A"), SOCK_STREAM), b = bound(r.path("out"), SOCK_STREAM);
       r.children.start([&] { forward_bytes(connected(r.path("m"), SOCK_STREAM), -1); });
       std::vector<std::string> more = r.chardev("m");
       more.push_back("-object");
       more.push_back("filter-mirror,id=f,netdev=A,queue=tx,outdev=m");
       r.qemu(r.stream_b("out"), more);
       r.in = accepted(a), r.out = accepted(b);
     }},
    {"filter-redirector, forwarder",
     [](Round& r) {
       const int a = bound(r.path("A"), SOCK_STREAM), b = bound(r.path("out"), SOCK_STREAM);
       r.children.start([&] {
         const int from = connected(r.path("tx-out"), SOCK_STREAM);
         forward_bytes(from, connected(r.path("tx-in"), SOCK_STREAM));
       });
       r.qemu(r.stream_b("out"), r.redirector());
       r.in = accepted(a), r.out = accepted(b);
     }},
    {"filter-redirector, weir",
     [](Round& r) {
       const int a = bound(r.path("A"), SOCK_STREAM), b = bound(r.path("out"), SOCK_STREAM);
       r.attach({"--redirector", "vm", r.folder + ",tx"});
       r.qemu(r.stream_b("out"), r.redirector());
       r.in = accepted(a), r.out = accepted(b);
     }},
};

// Frames in, frames out, `window` of them under way at most; microseconds for each. It writes only
// what is taken at once: whoever waits for that while nobody reads what comes out waits for ever.
double transfer(const Round& r, size_t size, size_t frames, size_t window) {
  std::vector<uint8_t> one(size + 4), buffer(256 * 1024), stream;
  one[2] = static_cast<uint8_t>(size >> 8), one[3] = static_cast<uint8_t>(size);
  one[4 + 12] = 0x88, one[4 + 13] = 0xb5;
  for (size_t i = 0; i < window; ++i) stream.insert(stream.end(), one.begin(), one.end());
  // Bytes since the start; the stream repeats itself.
  size_t sent = 0, received = 0;
  const size_t all = frames * one.size();
  const auto start = Clock::now();
  while (received < all) {
    const size_t allowed = std::min(all, received / one.size() * one.size() + stream.size());
    pollfd waits[] = {{r.out, POLLIN, 0},
                      {r.in, static_cast<short>(sent < allowed ? POLLOUT : 0), 0}};
    if (poll(waits, 2, 10'000) <= 0)
      fail("only " + std::to_string(received / one.size()) + " frames came");
    if ((waits[1].revents & POLLOUT) != 0) {
      const size_t at = sent % stream.size();
      const size_t now = std::min(allowed - sent, stream.size() - at);
      const ssize_t count = send(r.in, stream.data() + at, now, MSG_DONTWAIT);
      if (count < 0 && errno != EAGAIN) fail("send");
      if (count > 0) sent += static_cast<size_t>(count);
    }
    if ((waits[0].revents & POLLIN) != 0) {
      const ssize_t count = recv(r.out, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (count == 0 || (count < 0 && errno != EAGAIN)) fail("recv");
      if (count > 0) received += static_cast<size_t>(count);
    }
  }
  const std::chrono::duration<double, std::micro> time = Clock::now() - start;
  return time.count() / static_cast<double>(frames);
}

// Until the way is there: what is lost before that is nobody's fault.
void warm_up(const Round& r) {
  for (int i = 0; i < 200; ++i) {
    uint8_t frame[4 + 60] = {0, 0, 0, 60};
    frame[4 + 12] = 0x88, frame[4 + 13] = 0xb5;
    write_all(r.in, frame, sizeof(frame));
    pollfd waits{r.out, POLLIN, 0};
    if (poll(&waits, 1, 50) != 1) continue;
    usleep(50'000);  // those before it too
    uint8_t buffer[65536];
    while (recv(r.out, buffer, sizeof(buffer), MSG_DONTWAIT) > 0) {
    }
    return;
  }
  fail("no frame comes through");
}

// The processor's time, which others on the machine do not add to.
double processor_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// The program as native code, attached as weir attach has it; nanoseconds for each frame.
double judge(const std::string& weir, const std::string& folder, const std::string& at,
             const std::string& text, size_t size) {
  const std::string source = folder + "/judged.s", object = folder + "/judged.weir";
  if (std::FILE* file = std::fopen(source.c_str(), "w")) {
    std::fputs(text.c_str(), file);
    std::fclose(file);
  }
  const std::string compile = "'" + weir + "' compile --no-cache --at " + at + " '" + source +
                              "' -o '" + object + "' > '" + folder + "/log'";
  if (std::system(compile.c_str()) != 0) fail("compile");
  std::vector<uint8_t> bytes(1 << 20);
  std::FILE* const file = std::fopen(object.c_str(), "r");
  if (file == nullptr) fail("open the object");
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
  std::fclose(file);
  auto parsed = weir::NativeObject::parse(std::move(bytes));
  if (!parsed) fail(parsed.error().message());
  weir::LoadOptions options;
  options.engine = weir::EngineKind::kAot;
  auto executable = weir::load_executable(std::move(*parsed), 0, options);
  if (!executable) fail(executable.error().message());
  weir::ProgramSet programs;
  programs.add(*executable, weir::MapSet());
  auto program = std::make_shared<weir::attach::AttachedProgram>();
  program->name = "judged";
  program->at = *weir::context_from_name(at);
  program->instance = weir::Instance::of(std::move(programs), object);
  weir::Host host({.workers = 1});
  const auto worker = weir::Worker::open(host);
  if (!worker) fail("open a worker");
  weir::attach::Judge judge({}, **worker);
  if (!judge.attach(program, false)) fail("attach");

  std::vector<uint8_t> memory(size);
  memory[12] = 8, memory[14] = 0x45;
  memory[16] = static_cast<uint8_t>((size - 14) >> 8);
  memory[17] = static_cast<uint8_t>(size - 14);
  constexpr int kRuns = 200'000;
  int passed = 0;
  const double start = processor_nanoseconds();
  for (int i = 0; i < kRuns; ++i) {
    weir::attach::Frame frame{{}, memory};
    passed += judge.passes(frame, weir::attach::Direction::kRx) ? 1 : 0;
  }
  const double time = processor_nanoseconds() - start;
  if (passed != kRuns) fail("a frame was dropped");
  return time / kRuns;
}

// The same filter for each kind of hook: drops one destination.
constexpr const char* kFrameFilter =
    "r0 = 0\nif r2 < 34 goto +4\nr3 = *(u16 *)(r1 + 12)\nif r3 != 8 goto +2\n"
    "r3 = *(u32 *)(r1 + 30)\nif r3 == 0x01010101 goto +1\nexit\nr0 = 1\nexit\n";
constexpr const char* kIpFilter =
    "r0 = 0\nif r2 < 20 goto +2\nr3 = *(u32 *)(r1 + 16)\nif r3 == 0x01010101 goto +1\nexit\n"
    "r0 = 1\nexit\n";
constexpr const char* kXdpFilter =
    "r2 = *(u32 *)(r1 + 4)\nr1 = *(u32 *)(r1 + 0)\nr0 = 2\nr3 = r1\nr3 += 34\n"
    "if r3 > r2 goto +2\nr3 = *(u32 *)(r1 + 30)\nif r3 == 0x01010101 goto +1\nexit\nr0 = 1\n"
    "exit\n";

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: weir_bench_attach WEIR [ROUNDS [FRAMES]]\n");
    return 64;
  }
  if (std::system("qemu-system-x86_64 --version > /dev/null 2>&1") != 0) {
    std::printf("skipped: qemu-system-x86_64 is not installed\n");
    return 77;
  }
  std::signal(SIGPIPE, SIG_IGN);
  const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 5;
  const size_t frames = argc > 3 ? static_cast<size_t>(std::max(1, std::atoi(argv[3]))) : 50'000;
  const char* temporary = std::getenv("TMPDIR");
  std::string folder =
      std::string(temporary != nullptr ? temporary : P_tmpdir) + "/weir-bench-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) fail("make a folder");
  // Drops one destination: two loads and two comparisons, as a filter by address would have.
  const std::string program = folder + "/drop.s";
  if (std::FILE* file = std::fopen(program.c_str(), "w")) {
    std::fputs(kFrameFilter, file);
    std::fclose(file);
  }
  std::map<std::string, std::vector<double>> results[3];
  for (int round = 0; round < rounds; ++round) {
    for (const auto& [name, make] : kContenders) {
      Round r;
      r.folder = folder, r.weir = argv[1], r.program = program;
      make(r);
      warm_up(r);
      // No more under way than sockets hold: the forwarder waits in write(), and at a redirector
      // that would stop QEMU for ever.
      results[0][name].push_back(transfer(r, 60, std::max<size_t>(frames / 25, 1), 1));
      results[1][name].push_back(transfer(r, 64, frames, 128));
      results[2][name].push_back(transfer(r, 1514, frames, 32));
    }
  }
  std::printf(
      "| | one frame, there, us | 64 bytes, us a frame | 1514 bytes, us a frame "
      "|\n|---|---|---|---|\n");
  for (const auto& [name, make] : kContenders) {
    std::printf("| %s |", name.c_str());
    for (auto& result : results) {
      const auto [least, most] = std::ranges::minmax(result[name]);
      std::printf(" %.2f [%.2f-%.2f] |", median(result[name]), least, most);
    }
    std::printf("\n");
  }
  std::printf(
      "\n| the filter by itself | 64 bytes, ns a frame | 1514 bytes, ns a frame "
      "|\n|---|---|---|\n");
  const std::pair<const char*, const char*> hooks[] = {
      {"frame", kFrameFilter}, {"ip", kIpFilter}, {"xdp", kXdpFilter}};
  for (const auto& [at, text] : hooks) {
    std::printf("| at %s |", at);
    for (const size_t size : {64, 1514}) {
      std::vector<double> times;
      for (int i = 0; i < std::max(3, rounds); ++i)
        times.push_back(judge(argv[1], folder, at, text, size));
      const auto [least, most] = std::ranges::minmax(times);
      std::printf(" %.1f [%.1f-%.1f] |", median(times), least, most);
    }
    std::printf("\n");
  }
  const std::string remove = "rm -rf '" + folder + "'";
  return std::system(remove.c_str()) == 0 ? 0 : 1;
}
