// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A compilation that another process does: what it is asked and what it answers, as bytes on a
// stream. Both sides are of one build, which the first field of a request says; there are no
// versions.
//
//     message   u32 magic | u32 kind | u64 size | `size` bytes
//
// Neither side believes the other: the one that compiles verifies the program anew, the one that
// asks checks the object like a file. Whether the other side is somebody whose machine code may be
// run is a matter of the socket (process_compiler.h).
#pragma once

#include "frontend/isa/program.h"
#include "frontend/support/bytes.h"
#include "frontend/support/result.h"
#include "runtime/abi/compile_options.h"

namespace weir {

struct CompileRequest {
  Program program;  // has passed check_structure()
  CompileOptions options;
};

std::vector<uint8_t> request_to_bytes(const Program& program, const CompileOptions& options);
// Errors: bytes that are no request, another build of weir, a hook kind or helpers that a host has
// registered and this process has not. Every accepted byte string is what request_to_bytes() gives
// for the result.
Result<CompileRequest> request_from_bytes(ByteSpan bytes);

enum class MessageKind : uint32_t {
  kRequest,
  kObject,  // the bytes of a native object
  kError,   // error_to_bytes()
  kDied,    // error_to_bytes(): the process that compiled is gone
};
inline constexpr uint32_t kMessageMagic = 0x6d636577;  // "wecm"
inline constexpr size_t kMessageHeader = 16;
inline constexpr uint64_t kMaxRequestBytes = uint64_t{64} << 20;

struct MessageHeader {
  MessageKind kind = MessageKind::kRequest;
  uint64_t size = 0;
};
std::vector<uint8_t> message(MessageKind kind, ByteSpan body);
// Of kMessageHeader bytes. Errors: no message, an unknown kind, more than `most` bytes.
Result<MessageHeader> read_header(ByteSpan bytes, uint64_t most);

std::vector<uint8_t> error_to_bytes(const Error& error);
// Bytes that are no error give one that says so.
Error error_from_bytes(ByteSpan bytes);

}  // namespace weir
