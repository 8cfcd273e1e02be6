// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The byte stream that QEMU and its guest send: frames behind lengths and virtio-net headers.
#include <algorithm>
#include <cstring>

#include "tests/fuzz/targets/target.h"
#include "tools/attach/virtio_header.h"
#include "tools/attach/wire.h"

using namespace weir;
using namespace weir::attach;

namespace {

void handle(Frame frame) {
  fuzz::promise(frame.bytes.size() <= kMaxFrameBytes, "a frame has its limit");
  std::vector<uint8_t> vnet(frame.vnet.begin(), frame.vnet.end()),
      bytes(frame.bytes.begin(), frame.bytes.end());
  Frame own{vnet, bytes};
  if (vnet.empty()) return;
  const VirtioHeader header = read_header(own.vnet);
  if (is_sound(header, bytes.size())) (void)segments(header, bytes.size());
  (void)adjust_header(own, static_cast<ptrdiff_t>(bytes.empty() ? 0 : bytes[0] % 64) - 32);
  (void)finish_checksum(own);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  FrameDecoder decoder((data[0] & 1) != 0 ? Framing::kLengthAndVnet : Framing::kLength);
  const size_t piece = size_t{1} + data[1];
  size_t frames = 0;
  for (ByteSpan rest = ByteSpan(data, size).subspan(2); !rest.empty();) {
    const std::span<uint8_t> room = decoder.room();
    fuzz::promise(!room.empty(), "there is room");
    const size_t n = std::min({piece, room.size(), rest.size()});
    std::memcpy(room.data(), rest.data(), n);
    decoder.filled(n);
    rest = rest.subspan(n);
    Frame frame;
    while (decoder.next(frame)) {
      ++frames;
      handle(frame);
    }
    if (!decoder.broken().empty()) {
      fuzz::promise(!decoder.next(frame), "what is broken stays broken");
      decoder.reset();
      fuzz::promise(decoder.broken().empty() && decoder.pending() == 0, "a reset is a new start");
    }
  }
  fuzz::promise(frames <= size, "a frame takes bytes");
  return 0;
}
