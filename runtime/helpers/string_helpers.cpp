// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Text: numbers from strings, comparisons, printf, and copies of memory that a program may read.
//
// Kernel: kernel/bpf/helpers.c (bpf_strtol, bpf_strncmp, bpf_bprintf_prepare), kernel/trace.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>

#include "runtime/abi/host_services.h"
#include "runtime/helpers/arguments.h"

namespace weir::helpers {

namespace {

// ---- Numbers ----

bool is_space(uint8_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
unsigned digit(uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  const auto lower = static_cast<uint8_t>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10u : 99u;
}

// Bytes that were read, or a negative errno.
int64_t parse(const uint8_t* text, uint64_t size, uint64_t flags, uint64_t* value, bool* negative) {
  constexpr uint64_t kBaseMask = 0x1f;  // BPF_STRTOX_BASE_MASK
  constexpr size_t kMostDigits = 63;
  uint64_t base = flags & kBaseMask;
  if ((flags & ~kBaseMask) != 0 || (base != 0 && base != 8 && base != 10 && base != 16))
    return -EINVAL;
  uint64_t at = 0;
  while (at < size && is_space(text[at])) ++at;
  *negative = at < size && text[at] == '-';
  if (*negative) ++at;
  if (at == size) return -EINVAL;
  const uint64_t end = std::min<uint64_t>(size, at + kMostDigits);
  const bool zero = text[at] == '0';
  const bool x = zero && at + 1 < end && (text[at + 1] | 0x20) == 'x';
  if (base == 0) {
    base = x && at + 2 < end && digit(text[at + 2]) < 16 ? 16 : zero ? 8 : 10;
  }
  if (base == 16 && x) at += 2;
  const uint64_t first = at;
  bool too_large = false;
  for (; at < end && digit(text[at]) < base; ++at) {
    too_large |= __builtin_mul_overflow(*value, base, value);
    too_large |= __builtin_add_overflow(*value, digit(text[at]), value);
  }
  if (too_large) return -ERANGE;
  if (at == first) return -EINVAL;
  return static_cast<int64_t>(at);
}

// ---- printf ----

// Where formatted text goes; what does not fit is counted only.
class Text {
 public:
  Text(char* to, size_t size) : to_(to), size_(size) {}
  void add(std::string_view text) {
    for (const char c : text) put(c);
  }
  void put(char c) {
    if (length_ < size_) to_[length_] = c;
    ++length_;
  }
  size_t length() const { return length_; }

 private:
  char* to_;
  size_t size_;
  size_t length_ = 0;
};

// Whether a program may read a byte there: of the packet, a frame or a map.
bool readable(const ExecContext* c, uint64_t address) {
  if (address - reinterpret_cast<uint64_t>(c->frames) < c->frame_bytes) return true;
  if (c->packet != nullptr) {
    const auto from = reinterpret_cast<uint64_t>(c->packet->data_meta);
    const auto end = reinterpret_cast<uint64_t>(c->packet->data_end);
    if (address >= from && address < end) return true;
  }
  return c->holds != nullptr && c->holds(c, address, 1, false);
}

// %s: what can be read up to the zero.
void add_string(Text& out, uint64_t address, const ExecContext* c) {
  for (size_t i = 0; i < 512 && readable(c, address + i); ++i) {
    const char ch = *reinterpret_cast<const char*>(address + i);
    if (ch == 0) return;
    out.put(ch);
  }
}

// %pI4, %pi4, %pI6, %pi6: the address of an address.
bool add_address(Text& out, std::string_view kind, uint64_t at, const ExecContext* c) {
  const size_t size = kind[1] == '4' ? 4 : 16;
  uint8_t bytes[16] = {};
  for (size_t i = 0; i < size; ++i) {
    if (readable(c, at + i)) bytes[i] = *reinterpret_cast<const uint8_t*>(at + i);
  }
  char part[8];
  for (size_t i = 0; i < size; i += size == 4 ? 1 : 2) {
    if (i != 0 && (size == 4 || kind[0] == 'I')) out.put(size == 4 ? '.' : ':');
    if (size == 4) {
      std::snprintf(part, sizeof(part), kind[0] == 'i' ? "%03u" : "%u", bytes[i]);
    } else {
      std::snprintf(part, sizeof(part), "%04x", unsigned{bytes[i]} << 8 | bytes[i + 1]);
    }
    out.add(part);
  }
  return true;
}

// -EINVAL: a conversion that bpf_printk does not know, or more of them than arguments.
int64_t format(Text& out, std::string_view text, const uint64_t* values, size_t count,
               const ExecContext* c) {
  size_t next = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto ch = static_cast<unsigned char>(text[i]);
    if ((ch < ' ' && !is_space(ch)) || ch >= 0x7f) return -EINVAL;
    if (ch != '%') {
      out.put(text[i]);
      continue;
    }
    char spec[32] = "%";
    size_t used = 1;
    if (++i < text.size() && text[i] == '%') {
      out.put('%');
      continue;
    }
    for (; i < text.size() && std::string_view("0+- #123456789").contains(text[i]); ++i) {
      if (used < 12) spec[used++] = text[i];
    }
    if (i >= text.size() || next >= count) return -EINVAL;
    const uint64_t value = values[next++];
    if (text[i] == 's' || text[i] == 'c') {
      if (text[i] == 'c') {
        out.put(static_cast<char>(value));
      } else {
        add_string(out, value, c);
      }
      continue;
    }
    char part[80];
    if (text[i] == 'p') {
      const std::string_view rest = text.substr(i + 1, 2);
      if (rest.size() == 2 && (rest[0] == 'i' || rest[0] == 'I') &&
          (rest[1] == '4' || rest[1] == '6')) {
        add_address(out, rest, value, c);
        i += 2;
        continue;
      }
      while (i + 1 < text.size() && std::string_view("xKksSB").contains(text[i + 1])) ++i;
      std::snprintf(part, sizeof(part), "%016llx", static_cast<unsigned long long>(value));
      out.add(part);
      continue;
    }
    unsigned longs = 0;
    while (i < text.size() && text[i] == 'l') ++longs, ++i;
    if (i >= text.size() || longs > 2 || !std::string_view("diuxX").contains(text[i]))
      return -EINVAL;
    spec[used++] = 'l';
    spec[used++] = 'l';
    spec[used++] = text[i];
    spec[used] = 0;
    const bool is_signed = text[i] == 'd' || text[i] == 'i';
    const uint64_t number = longs != 0  ? value
                            : is_signed ? static_cast<uint64_t>(static_cast<int32_t>(value))
                                        : static_cast<uint32_t>(value);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    std::snprintf(part, sizeof(part), spec, number);
#pragma GCC diagnostic pop
    out.add(part);
  }
  return 0;
}

// The text up to its zero, which must be within `size`.
bool terminated(const uint8_t* text, uint64_t size, std::string_view* out) {
  const auto* const end = static_cast<const uint8_t*>(std::memchr(text, 0, size));
  if (end == nullptr) return false;
  *out = {reinterpret_cast<const char*>(text), static_cast<size_t>(end - text)};
  return true;
}

// Formats for people: what the host is given to print.
uint64_t print(ExecContext* c, const uint8_t* text, uint64_t size, const uint64_t* values,
               size_t count) {
  constexpr size_t kMost = 1024;  // MAX_BPRINTF_BUF
  char buffer[kMost];
  std::string_view pattern;
  if (!terminated(text, size, &pattern)) return error(EINVAL);
  Text out(buffer, sizeof(buffer));
  if (const int64_t failed = format(out, pattern, values, count, c)) return result(failed);
  const size_t length = std::min(out.length(), sizeof(buffer));
  if (c->services != nullptr && c->services->print != nullptr)
    c->services->print(c->services->user, buffer, length);
  return length;
}

constexpr size_t kMostValues = 12;  // MAX_BPRINTF_VARARGS

// The arguments of a call that takes an array of them.
bool values_of(const uint8_t* data, uint64_t bytes, uint64_t* values, size_t* count) {
  if (bytes % 8 != 0 || bytes / 8 > kMostValues) return false;
  if (bytes != 0) std::memcpy(values, data, bytes);
  *count = bytes / 8;
  return true;
}

// Where there is nothing to read the program sees zeros, and is told.
uint64_t copy_nothing(uint8_t* to, uint64_t size) {
  std::memset(to, 0, size);
  return error(EFAULT);
}
uint64_t copy_text(uint8_t* to, uint64_t size, const uint8_t* from) {
  if (size == 0) return 0;
  if (from == nullptr) return copy_nothing(to, size);
  const void* const end = std::memchr(from, 0, size);
  const size_t length =
      end != nullptr ? static_cast<size_t>(static_cast<const uint8_t*>(end) - from) : size - 1;
  std::memmove(to, from, length);
  to[length] = 0;
  return length + 1;
}
uint64_t copy(uint8_t* to, uint64_t size, const uint8_t* from) {
  if (size == 0) return 0;
  if (from == nullptr) return copy_nothing(to, size);
  std::memmove(to, from, size);
  return 0;
}

}  // namespace

uint64_t Strtol(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t, ExecContext*) {
  uint64_t value = 0;
  bool negative = false;
  int64_t used = parse(memory(r1), r2, r3, &value, &negative);
  if (used >= 0 && value > uint64_t{INT64_MAX} + (negative ? 1 : 0)) used = -ERANGE;
  if (used < 0) value = 0;
  if (negative) value = 0 - value;
  std::memcpy(memory(r4), &value, sizeof(value));
  return result(used);
}
uint64_t Strtoul(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t, ExecContext*) {
  uint64_t value = 0;
  bool negative = false;
  int64_t used = parse(memory(r1), r2, r3, &value, &negative);
  if (used >= 0 && negative) used = -EINVAL;
  if (used < 0) value = 0;
  std::memcpy(memory(r4), &value, sizeof(value));
  return result(used);
}

uint64_t Strncmp(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext*) {
  const uint8_t *a = memory(r1), *b = memory(r3);
  for (uint64_t i = 0; i < static_cast<uint32_t>(r2); ++i) {
    if (a[i] != b[i]) return a[i] < b[i] ? ~uint64_t{0} : 1;
    if (a[i] == 0) break;
  }
  return 0;
}

uint64_t TracePrintk(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                     ExecContext* c) {
  const uint64_t values[] = {r3, r4, r5};
  return print(c, memory(r1), r2, values, std::size(values));
}
uint64_t TraceVprintk(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t,
                      ExecContext* c) {
  uint64_t values[kMostValues];
  size_t count = 0;
  if (!values_of(memory(r3), r4, values, &count)) return error(EINVAL);
  return print(c, memory(r1), r2, values, count);
}
// The length of the whole text with its zero, however much of it fits.
uint64_t Snprintf(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, ExecContext* c) {
  uint64_t values[kMostValues];
  size_t count = 0;
  if (!values_of(memory(r4), r5, values, &count)) return error(EINVAL);
  auto* const to = reinterpret_cast<char*>(r1);
  const auto size = static_cast<uint32_t>(r2);
  Text out(to, size);
  const std::string_view text(reinterpret_cast<const char*>(r3));
  if (const int64_t failed = format(out, text, values, count, c)) return result(failed);
  out.put(0);
  if (size != 0 && out.length() > size) to[size - 1] = 0;
  return out.length();
}

// There is no other memory to read than the program's own: what does not lie there, the engines
// make a null of.
uint64_t ProbeRead(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext*) {
  return copy(memory(r1), r2, memory(r3));
}
uint64_t ProbeReadUser(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext*) {
  return copy(memory(r1), r2, memory(r3));
}
uint64_t ProbeReadKernel(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext*) {
  return copy(memory(r1), r2, memory(r3));
}
uint64_t ProbeReadStr(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext*) {
  return copy_text(memory(r1), r2, memory(r3));
}
uint64_t ProbeReadUserStr(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t, ExecContext*) {
  return copy_text(memory(r1), r2, memory(r3));
}
uint64_t ProbeReadKernelStr(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t, uint64_t,
                            ExecContext*) {
  return copy_text(memory(r1), r2, memory(r3));
}

}  // namespace weir::helpers
