// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// zstd, and nothing else of it leaves this file. Decompression is safe against bombs: the caller
// says the size it expects, the frame must say the same, and both are held against kMaxObjectSize
// and against what that many compressed bytes can give at most before any memory is asked for.
#pragma once

#include <cstdint>
#include <vector>

#include "frontend/support/bytes.h"
#include "frontend/support/result.h"

namespace weir {

// The largest object the cache keeps. Native objects of packet filters have kilobytes: this is far
// above anything real, and still an amount of memory that a host survives.
inline constexpr uint64_t kMaxObjectSize = uint64_t{256} << 20;

// One zstd frame that states its content size. Errors: Limit, OutOfMemory, Internal.
Result<std::vector<uint8_t>> compress(ByteSpan bytes);

// The `expected_size` bytes of the one frame that `frame` is. Errors: CacheDamaged (not one whole
// frame, another size, corrupt), Limit (more than kMaxObjectSize), OutOfMemory.
Result<std::vector<uint8_t>> decompress(ByteSpan frame, uint64_t expected_size);

// `size` zero bytes, or OutOfMemory in place of std::bad_alloc.
Result<std::vector<uint8_t>> allocate_bytes(uint64_t size);

}  // namespace weir
