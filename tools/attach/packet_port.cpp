// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Documentation/networking/packet_mmap.rst. Version 2 of the ring: its slots are large enough for
// any frame, and each has the virtio-net header right before the frame.
#include "tools/attach/packet_port.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "frontend/support/text.h"
#include "tools/attach/virtio_header.h"

namespace weir::attach {

namespace {

constexpr size_t kVnetBytes = 10;      // what PACKET_VNET_HDR gives and takes
constexpr size_t kSlotBytes = 73'728;  // pages; kMaxFrameBytes and what the kernel puts before it
constexpr size_t kSlots = 128;
constexpr size_t kRingBytes = kSlots * kSlotBytes;
constexpr size_t kVlanBytes = 4;
constexpr size_t kBatch = 32;
constexpr int kIgnoreOutgoing = 23;  // PACKET_IGNORE_OUTGOING, Linux 4.20

template <class T>
bool set(int fd, int option, const T& value) {
  return setsockopt(fd, SOL_PACKET, option, &value, sizeof(value)) == 0;
}

tpacket2_hdr* slot(uint8_t* ring, size_t index) {
  return reinterpret_cast<tpacket2_hdr*>(ring + index * kSlotBytes);
}

}  // namespace

PacketPort::PacketPort(std::string name, size_t queue_bytes)
    : Port(queue_bytes, std::nullopt), name_(std::move(name)) {}

PacketPort::~PacketPort() {
  if (loop_ != nullptr && socket_) loop_->forget(socket_.get());
  if (ring_ != nullptr) munmap(ring_, kRingBytes);
}

std::optional<size_t> PacketPort::vnet_bytes() const {
  return kVnetBytes;
}

Status PacketPort::start(EventLoop& loop, Receiver& receiver) {
  loop_ = &loop;
  receiver_ = &receiver;
  const unsigned index = if_nametoindex(name_.c_str());
  if (index == 0) return io_error(fmt::format("find the interface {}", printable(name_)));
  // Protocol 0: nothing arrives until all is set.
  Descriptor made(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made) return io_error("make a packet socket").with_hint("it takes CAP_NET_RAW");
  const int fd = made.get();
  const tpacket_req ring{.tp_block_size = kSlotBytes,
                         .tp_block_nr = kSlots,
                         .tp_frame_size = kSlotBytes,
                         .tp_frame_nr = kSlots};
  const packet_mreq promiscuous{.mr_ifindex = static_cast<int>(index),
                                .mr_type = PACKET_MR_PROMISC};
  if (!set(fd, PACKET_VERSION, static_cast<int>(TPACKET_V2)) || !set(fd, PACKET_VNET_HDR, 1) ||
      !set(fd, PACKET_RESERVE, 16u) || !set(fd, kIgnoreOutgoing, 1) ||
      !set(fd, PACKET_RX_RING, ring))
    return io_error("set up a packet ring");
  void* const memory = mmap(nullptr, kRingBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return io_error("map a packet ring");
  ring_ = static_cast<uint8_t*>(memory);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(index);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      !set(fd, PACKET_ADD_MEMBERSHIP, promiscuous))
    return io_error(fmt::format("join the interface {}", printable(name_)));
  WEIR_CHECK(loop.watch(fd, EPOLLIN, [this](uint32_t events) { on_ready(events); }));
  socket_ = std::move(made);
  ++counters_.connects;
  return {};
}

void PacketPort::set_events() {
  loop_->change(socket_.get(), (reads_ ? static_cast<uint32_t>(EPOLLIN) : 0) |
                                   (waits_to_write_ ? static_cast<uint32_t>(EPOLLOUT) : 0));
}

void PacketPort::read_on(bool on) {
  if (reads_ == on) return;
  reads_ = on;
  if (socket_) set_events();
}

bool PacketPort::read_one() {
  tpacket2_hdr* const header = slot(ring_, next_);
  std::atomic_ref<uint32_t> status(header->tp_status);
  const uint32_t now = status.load(std::memory_order_acquire);
  if ((now & TP_STATUS_USER) == 0) return false;
  uint8_t* start = reinterpret_cast<uint8_t*>(header) + header->tp_mac;
  size_t size = header->tp_snaplen;
  uint8_t vnet[kVnetBytes];
  std::memcpy(vnet, start - kVnetBytes, sizeof(vnet));
  if (header->tp_snaplen != header->tp_len || size < kMinFrameBytes || size > kMaxFrameBytes - 16) {
    ++counters_.malformed;
  } else {
    Frame frame{vnet, {start, size}};
    if ((now & TP_STATUS_VLAN_VALID) != 0) {
      // The kernel has taken the tag out: back to where it was.
      start -= kVlanBytes;
      std::memmove(start, start + kVlanBytes, 12);
      const uint16_t type =
          htons((now & TP_STATUS_VLAN_TPID_VALID) != 0 ? header->tp_vlan_tpid : ETH_P_8021Q);
      const uint16_t tag = htons(header->tp_vlan_tci);
      std::memcpy(start + 12, &type, sizeof(type));
      std::memcpy(start + 14, &tag, sizeof(tag));
      frame.bytes = {start, size + kVlanBytes};
      if (!adjust_header(frame, kVlanBytes)) std::memset(vnet, 0, sizeof(vnet));
    }
    ++counters_.received;
    counters_.received_bytes += frame.bytes.size();
    receiver_->received(frame);
  }
  status.store(TP_STATUS_KERNEL, std::memory_order_release);
  next_ = (next_ + 1) % kSlots;
  return true;
}

void PacketPort::on_ready(uint32_t events) {
  if ((events & EPOLLERR) != 0) {
    int error = 0;
    socklen_t size = sizeof(error);
    getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) receiver_->happened(std::strerror(error));
  }
  if ((events & EPOLLOUT) != 0) flush();
  for (size_t i = 0; i < kSlots && reads_; ++i)
    if (!read_one()) break;
  receiver_->batch_ended();
}

void PacketPort::flush() {
  while (socket_ && !queue_.empty()) {
    mmsghdr messages[kBatch];
    iovec places[kBatch];
    const size_t batch = std::min(kBatch, queue_.frames());
    for (size_t i = 0; i < batch; ++i) {
      const ByteSpan frame = queue_.frame(i);
      places[i] = {const_cast<uint8_t*>(frame.data()), frame.size()};
      messages[i] = {};
      messages[i].msg_hdr.msg_iov = &places[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    const int count = sendmmsg(socket_.get(), messages, static_cast<unsigned>(batch), MSG_DONTWAIT);
    if (count > 0) {
      queue_.take_frames(static_cast<size_t>(count));
    } else if (errno == EAGAIN || errno == ENOBUFS) {
      break;
    } else if (errno != EINTR) {
      // Down, or too long for it: that frame is gone.
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

void PacketPort::drain() {
  for (size_t i = 0; i < kSlots && socket_; ++i)
    if (!read_one()) break;
  receiver_->batch_ended();
  read_on(false);
}

}  // namespace weir::attach
