// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/tap_port.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include "frontend/support/text.h"

namespace weir::attach {

namespace {
// Frames in a row, each with a call of its own, before others get their turn.
constexpr int kMostFrames = 64;
}  // namespace

TapPort::TapPort(std::string name, bool vnet, size_t queue_bytes)
    : Port(queue_bytes, std::nullopt),
      name_(std::move(name)),
      vnet_(vnet),
      memory_(kMaxFrameBytes) {}

TapPort::~TapPort() {
  if (loop_ != nullptr && tap_) loop_->forget(tap_.get());
}

Status TapPort::start(EventLoop& loop, Receiver& receiver) {
  loop_ = &loop;
  receiver_ = &receiver;
  if (name_.empty() || name_.size() >= IFNAMSIZ) {
    return Error(ErrorCode::kUsage,
                 fmt::format("'{}' is no name of an interface: they have 1 to {} bytes",
                             printable(name_), IFNAMSIZ - 1));
  }
  Descriptor made(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!made) return io_error("open /dev/net/tun").with_hint("tap devices need the module tun");
  ifreq request{};
  std::memcpy(request.ifr_name, name_.data(), name_.size());
  request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | (vnet_ ? IFF_VNET_HDR : 0));
  if (ioctl(made.get(), TUNSETIFF, &request) != 0) {
    return io_error(fmt::format("have the tap device {}", printable(name_)))
        .with_hint(
            "it takes CAP_NET_ADMIN, or a persistent device of this user's: "
            "ip tuntap add NAME mode tap user USER");
  }
  if (vnet_) {
    int size = kTapVnetBytes;
    const unsigned offload = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
    if (ioctl(made.get(), TUNSETVNETHDRSZ, &size) != 0 ||
        ioctl(made.get(), TUNSETOFFLOAD, static_cast<unsigned long>(offload)) != 0)
      return io_error("set the tap device's offloads");
  }
  WEIR_CHECK(loop.watch(made.get(), EPOLLIN, [this](uint32_t events) { on_ready(events); }));
  tap_ = std::move(made);
  ++counters_.connects;
  return {};
}

void TapPort::set_events() {
  loop_->change(tap_.get(), (reads_ ? static_cast<uint32_t>(EPOLLIN) : 0) |
                                (waits_to_write_ ? static_cast<uint32_t>(EPOLLOUT) : 0));
}

void TapPort::read_on(bool on) {
  if (reads_ == on) return;
  reads_ = on;
  if (tap_) set_events();
}

bool TapPort::read_one() {
  const ssize_t count = ::read(tap_.get(), memory_.data(), memory_.size());
  if (count < 0) {
    if (errno == EIO && !told_down_) receiver_->happened("the device is down");
    told_down_ = told_down_ || errno == EIO;
    return false;
  }
  told_down_ = false;
  const size_t header = vnet_ ? kTapVnetBytes : 0;
  if (static_cast<size_t>(count) < header + kMinFrameBytes) {
    ++counters_.malformed;
    return true;
  }
  Frame frame{{memory_.data(), header},
              {memory_.data() + header, static_cast<size_t>(count) - header}};
  ++counters_.received;
  counters_.received_bytes += frame.bytes.size();
  receiver_->received(frame);
  return true;
}

void TapPort::on_ready(uint32_t events) {
  if ((events & EPOLLOUT) != 0) flush();
  if ((events & EPOLLERR) != 0 && (events & EPOLLIN) == 0) {
    // The device was deleted under us: there is nothing to come back to.
    receiver_->happened("the device has gone");
    loop_->forget(tap_.get());
    tap_.close();
    ++counters_.disconnects;
    counters_.lost += queue_.clear();
    tell_room();
    return;
  }
  for (int i = 0; i < kMostFrames && reads_; ++i)
    if (!read_one()) break;
  receiver_->batch_ended();
}

void TapPort::flush() {
  if (!tap_) return;
  while (!queue_.empty()) {
    const ByteSpan frame = queue_.frame(0);
    if (::write(tap_.get(), frame.data(), frame.size()) >= 0) {
      queue_.take_frames(1);
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      // Down, or the kernel finds fault with the frame: it is gone, the device is not.
      queue_.take_frames(1);
      --counters_.sent;
      ++counters_.lost;
    }
  }
  if (waits_to_write_ == queue_.empty()) {
    waits_to_write_ = !queue_.empty();
    set_events();
  }
  tell_room();
}

void TapPort::drain() {
  constexpr int kMostReads = 4096;  // more than a device's queue holds by default
  for (int i = 0; i < kMostReads && tap_; ++i)
    if (!read_one()) break;
  receiver_->batch_ended();
  read_on(false);
}

std::string TapPort::text() const {
  return "tap:" + name_ + (vnet_ ? ",vnet" : "");
}

}  // namespace weir::attach
