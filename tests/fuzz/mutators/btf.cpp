// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/fuzz/mutators/btf.h"

#include <linux/btf.h>

#include <cstring>
#include <vector>

namespace weir::fuzz {

namespace {

template <class T>
T at(const uint8_t* bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes + offset, sizeof value);
  return value;
}
void put(uint8_t* bytes, size_t offset, uint32_t value) {
  std::memcpy(bytes + offset, &value, sizeof value);
}

// Bytes behind a type's record.
size_t tail_of(uint32_t info) {
  const uint32_t members = BTF_INFO_VLEN(info);
  switch (BTF_INFO_KIND(info)) {
    case BTF_KIND_INT:
    case BTF_KIND_VAR:
    case BTF_KIND_DECL_TAG: return 4;
    case BTF_KIND_ARRAY: return sizeof(btf_array);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
    case BTF_KIND_DATASEC:
    case BTF_KIND_ENUM64: return members * size_t{12};
    case BTF_KIND_ENUM:
    case BTF_KIND_FUNC_PROTO: return members * size_t{8};
    default: return 0;
  }
}

}  // namespace

void mutate_btf(uint8_t* btf, size_t size, Random& random) {
  if (size < sizeof(btf_header)) {
    if (size > 0) btf[random.below(size)] = static_cast<uint8_t>(random.bits());
    return;
  }
  const auto header = at<btf_header>(btf, 0);
  const uint64_t first = uint64_t{header.hdr_len} + header.type_off,
                 end = std::min<uint64_t>(size, first + header.type_len);
  std::vector<size_t> types;
  for (uint64_t place = first; place + sizeof(btf_type) <= end;) {
    types.push_back(place);
    place += sizeof(btf_type) + tail_of(at<uint32_t>(btf, place + 4));
  }
  if (types.empty() || random.one_in(20)) {  // the header
    put(btf, 4 + 4 * random.below(5), static_cast<uint32_t>(random.odd_number()));
    return;
  }
  const size_t type = types[random.below(types.size())];
  const uint32_t info = at<uint32_t>(btf, type + 4);
  switch (random.below(6)) {
    case 0: put(btf, type, static_cast<uint32_t>(random.below(header.str_len + 2ull))); break;
    case 1:  // a kind whose record is as long
      put(btf, type + 4, (info & 0xe0ffffff) | static_cast<uint32_t>(random.below(20)) << 24);
      break;
    case 2: put(btf, type + 4, (info & 0xffff0000) | static_cast<uint32_t>(random.below(8))); break;
    case 3: put(btf, type + 8, static_cast<uint32_t>(random.below(types.size() + 2))); break;
    case 4: put(btf, type + 8, static_cast<uint32_t>(random.odd_number())); break;
    default: {
      const size_t tail = std::min<uint64_t>(tail_of(info), end - type - sizeof(btf_type)) / 4;
      if (tail == 0) break;
      const size_t word = type + sizeof(btf_type) + 4 * random.below(tail);
      if (word + 4 > size) break;
      put(btf, word,
          static_cast<uint32_t>(random.one_in(2) ? random.odd_number()
                                                 : random.below(types.size() + 2)));
    }
  }
}

void mutate_btf_ext(uint8_t* ext, size_t size, Random& random) {
  if (size < 8) return;
  // All of it is 32-bit words: header, record sizes, section heads, records.
  const size_t words = size / 4;
  const size_t word =
      random.one_in(4) ? 1 + random.below(std::min<size_t>(words - 1, 8)) : random.below(words);
  const uint32_t old = at<uint32_t>(ext, 4 * word);
  switch (random.below(4)) {
    case 0: put(ext, 4 * word, static_cast<uint32_t>(random.odd_number())); break;
    case 1: put(ext, 4 * word, old + static_cast<uint32_t>(random.below(33)) - 16); break;
    case 2: put(ext, 4 * word, at<uint32_t>(ext, 4 * random.below(words))); break;
    default: put(ext, 4 * word, static_cast<uint32_t>(random.below(64))); break;
  }
}

}  // namespace weir::fuzz
