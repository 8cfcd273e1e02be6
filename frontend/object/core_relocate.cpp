// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program that is compiled against one kernel's structures, and run on another's, has a record in
// .BTF.ext for each instruction that depends on them: "the immediate is the offset of task_struct's
// member pid". What the target has is found by name:
//
//   1. Candidates are the target's types of the same kind and name; "___" and what follows it (a
//      flavour, by which a program can have several versions of a type) does not count.
//   2. In each candidate the same member, by name, or the same enumerator is looked for. Where
//      several candidates have it, they have to agree.
//   3. The value goes into the instruction: an immediate, or the offset of a load or store, whose
//      size then follows the member's.
//
// If nothing is found, a question (does it exist?) is answered with 0. Anything else poisons the
// instruction: it becomes a call that no engine has, because the program may well have asked
// before, and never reach it. The rules are those of libbpf's relo_core.c.
#include "frontend/object/core_relocate.h"

#include <bpf/btf.h>
#include <linux/bpf.h>
#include <linux/btf.h>

#include <bit>

#include <fmt/format.h>

#include "frontend/object/core_spec.h"
#include "frontend/support/text.h"

namespace weir {

namespace {

using Kind = CoreRelocation::Kind;

// What a relocation asks for, in words.
const char* aspect(Kind kind) {
  switch (kind) {
    case Kind::kFieldOffset: return "the offset";
    case Kind::kFieldSize: return "the size";
    case Kind::kFieldExists: return "the existence";
    case Kind::kFieldSigned: return "the signedness";
    case Kind::kFieldLeftShift:
    case Kind::kFieldRightShift: return "the bits";
    case Kind::kTypeIdLocal:
    case Kind::kTypeIdTarget: return "the type id";
    case Kind::kTypeExists: return "the existence";
    case Kind::kTypeSize: return "the size";
    case Kind::kEnumExists: return "the existence";
    case Kind::kEnumValue: return "the value";
    case Kind::kTypeMatches: return "the shape";
  }
  return "something";
}

Error malformed(std::string message) {
  return Error(ErrorCode::kBtfMalformed, std::move(message));
}

// One aspect of a field, a type or an enumerator, on one side.
struct Aspect {
  uint64_t value = 0;
  bool validate = true;
  uint32_t size = 0;     // of a field whose offset this is, if it is no bitfield
  uint32_t type_id = 0;  // of that field
};

// What is accessed at a field: of an array, its elements.
Result<uint32_t> accessed_type(const Btf& btf, uint32_t type_id) {
  for (int depth = 0; depth <= kMaxBtfDepth; ++depth) {
    WEIR_TRY(type_id, btf.skip_modifiers(type_id));
    const btf_type* type = btf.type(type_id);
    if (type == nullptr || !btf_is_array(type)) break;
    type_id = btf_array(type)->type;
  }
  return type_id;
}

// An element of an array: it has an offset and a size, and nothing else to ask for.
Result<Aspect> element_aspect(const Btf& btf, const CoreSpec& spec, Kind kind) {
  const uint32_t type_id = spec.path.back().type_id;
  if (kind != Kind::kFieldOffset && kind != Kind::kFieldSize) {
    return malformed(fmt::format("{} of an array's element is asked for", aspect(kind)));
  }
  WEIR_TRY(const uint32_t size, btf.size_of(type_id));
  if (kind == Kind::kFieldSize) return Aspect{.value = size};
  WEIR_TRY(const uint32_t accessed, accessed_type(btf, type_id));
  WEIR_TRY(const uint32_t accessed_size, btf.size_of(accessed));
  return Aspect{.value = spec.bit_offset / 8, .size = accessed_size, .type_id = accessed};
}

// Which bytes to load for a bitfield: as the compiler does, the smallest power of two of them, at
// least as many as the declared type has.
struct BitfieldPlace {
  uint64_t byte = 0;
  uint32_t bytes = 0;
};
Result<BitfieldPlace> place_bitfield(uint64_t bit, uint64_t bits, uint32_t declared) {
  if (declared == 0 || declared > 8 || !std::has_single_bit(declared)) {
    return malformed(fmt::format("a bitfield's type has {} bytes", declared));
  }
  for (uint32_t bytes = declared; bytes <= 8; bytes *= 2) {
    const uint64_t byte = bit / 8 / bytes * bytes;
    if (bit + bits <= (byte + bytes) * 8) return BitfieldPlace{byte, bytes};
  }
  return Error(ErrorCode::kProgramUnsupported,
               "a bitfield lies across two 64-bit words and cannot be loaded at once");
}

Result<Aspect> field_aspect(const Btf& btf, const CoreSpec& spec, Kind kind) {
  const CoreAccess& access = spec.path.back();
  if (access.name.empty()) return element_aspect(btf, spec, kind);
  const btf_type* parent = btf.type(access.type_id);
  WEIR_TRY(const uint32_t type_id, btf.skip_modifiers(btf_members(parent)[access.index].type));
  const btf_type* type = btf.type(type_id);
  if (type == nullptr) return malformed("a member's type is void");
  uint64_t bits = btf_member_bitfield_size(parent, access.index);
  const bool bitfield = bits > 0;

  BitfieldPlace place;
  if (bitfield) {
    WEIR_TRY(const uint32_t declared, btf.size_of(type_id));
    WEIR_TRY(place, place_bitfield(spec.bit_offset, bits, declared));
  } else {
    WEIR_TRY(place.bytes, btf.size_of(type_id));
    place.byte = spec.bit_offset / 8;
    bits = uint64_t{place.bytes} * 8;
  }
  // Of a bitfield the compiler may have chosen other bytes.
  Aspect out{.validate = !bitfield};
  switch (kind) {
    case Kind::kFieldOffset: {
      out.value = place.byte;
      if (bitfield) break;
      WEIR_TRY(out.type_id, accessed_type(btf, type_id));
      WEIR_TRY(out.size, btf.size_of(out.type_id));
      break;
    }
    case Kind::kFieldSize: out.value = place.bytes; break;
    case Kind::kFieldSigned: {
      const bool is_enum = btf_kind(type) == BTF_KIND_ENUM || btf_kind(type) == BTF_KIND_ENUM64;
      out.value =
          is_enum ? btf_kflag(type) : btf_is_int(type) && (btf_int_encoding(type) & BTF_INT_SIGNED);
      out.validate = true;
      break;
    }
    case Kind::kFieldLeftShift: out.value = 64 - (spec.bit_offset + bits - place.byte * 8); break;
    case Kind::kFieldRightShift:
      out.value = 64 - bits;
      out.validate = true;
      break;
    default: break;
  }
  return out;
}

Result<Aspect> aspect_of(const Btf& btf, const CoreSpec& spec, Kind kind) {
  switch (kind) {
    case Kind::kFieldExists:
    case Kind::kTypeExists:
    case Kind::kTypeMatches:
    case Kind::kEnumExists: return Aspect{.value = 1};
    case Kind::kTypeIdLocal:
    case Kind::kTypeIdTarget: return Aspect{.value = spec.root, .validate = false};
    case Kind::kTypeSize: {
      WEIR_TRY(const uint32_t size, btf.size_of(spec.root));
      return Aspect{.value = size};
    }
    case Kind::kEnumValue: {
      const CoreAccess& access = spec.path.back();
      return Aspect{.value = enumerator_value(btf.type(access.type_id), access.index)};
    }
    default: return field_aspect(btf, spec, kind);
  }
}

// Whether a missing one is an answer: 0.
bool zero_if_missing(Kind kind) {
  return kind == Kind::kFieldExists || kind == Kind::kEnumExists || is_type(kind);
}

// Why a load of one type cannot become a load of the other size, or nothing: pointers are 4 bytes
// wide in some kernels, and unsigned integers read the same at any size.
std::string resize_problem(const Btf& local, const Aspect& mine, const Btf& target,
                           const Aspect& other) {
  if (mine.size == other.size || mine.type_id == 0 || other.type_id == 0) return {};
  auto skipped = [](const Btf& btf, uint32_t id) {
    const auto at = btf.skip_modifiers(id);
    return at ? btf.type(*at) : nullptr;
  };
  const btf_type* a = skipped(local, mine.type_id);
  const btf_type* b = skipped(target, other.type_id);
  auto is_unsigned = [](const btf_type* t) {
    return btf_is_int(t) && btf_int_encoding(t) != BTF_INT_SIGNED;
  };
  if (a != nullptr && b != nullptr) {
    if (btf_is_ptr(a) && btf_is_ptr(b)) return {};
    if (is_unsigned(a) && is_unsigned(b)) return {};
  }
  return fmt::format(
      "it has {} bytes where the program expects {}, and only pointers and unsigned integers can "
      "be read with another size",
      other.size, mine.size);
}

// --- Instructions ---

constexpr uint8_t kClassMask = 7;
constexpr uint8_t kSizeMask = 0x18;

uint32_t bytes_of_size(uint8_t opcode) {
  switch (opcode & kSizeMask) {
    case BPF_B: return 1;
    case BPF_H: return 2;
    case BPF_W: return 4;
    default: return 8;
  }
}

std::optional<uint8_t> size_of_bytes(uint32_t bytes) {
  switch (bytes) {
    case 1: return BPF_B;
    case 2: return BPF_H;
    case 4: return BPF_W;
    case 8: return 0x18;  // BPF_DW
    default: return std::nullopt;
  }
}

Error unexpected(const char* what, uint64_t found, uint64_t expected) {
  return Error(ErrorCode::kElfRelocation,
               fmt::format("a CO-RE relocation expects {} {}, but the instruction has {}", what,
                           expected, found))
      .with_hint("the file is damaged, or .BTF.ext is not this code's: build it again");
}

}  // namespace

CoreRelocator::CoreRelocator(Btf local, std::shared_ptr<const CoreTarget> target)
    : local_(std::move(local)), target_(std::move(target)), types_(local_, target_btf()) {}

Result<std::unique_ptr<CoreRelocator>> CoreRelocator::make(
    const ObjectFile& object, std::shared_ptr<const CoreTarget> target) {
  WEIR_TRY(Btf local, Btf::parse(object.btf));
  return std::unique_ptr<CoreRelocator>(new CoreRelocator(std::move(local), std::move(target)));
}

Result<CoreRelocator::Outcome> CoreRelocator::resolve(const CoreRelocation& relocation) {
  const Kind kind = relocation.kind;
  WEIR_TRY(const CoreSpec mine,
           parse_core_spec(local_, kind, relocation.type_id, local_.string(relocation.access)));
  // A member that does not fit is wrong in the file itself, whatever the target has.
  WEIR_TRY(const Aspect own, aspect_of(local_, mine, kind));
  Outcome out;
  out.expected = own.value;
  out.validate = own.validate;
  out.expected_size = own.size;
  if (kind == Kind::kTypeIdLocal || target_ == nullptr) {
    out.value = own.value;
    out.size = own.size;
    return out;
  }

  const btf_type* root = local_.type(relocation.type_id);
  const std::string_view name = root == nullptr ? "" : local_.string(root->name_off);
  if (name.empty()) {
    return Error(ErrorCode::kProgramUnsupported,
                 fmt::format("a CO-RE relocation asks for {} of an anonymous type", aspect(kind)))
        .with_hint("give the type a name: the target's is found by it");
  }
  std::optional<CoreSpec> chosen;
  Aspect theirs;
  for (const uint32_t candidate : target_->named(essential_name(name))) {
    WEIR_CHECK(types_.step());
    if (!types_.same_kind(relocation.type_id, candidate)) continue;
    WEIR_TRY(const std::optional<CoreSpec> found,
             find_core_spec(local_, mine, kind, target_btf(), candidate, types_));
    if (!found) continue;
    WEIR_TRY(const Aspect other, aspect_of(target_btf(), *found, kind));
    if (chosen && (found->bit_offset != chosen->bit_offset || other.value != theirs.value)) {
      return Error(ErrorCode::kElfRelocation,
                   fmt::format("{} of {} is {} in one type of the target and {} in another",
                               aspect(kind), describe(local_, mine), theirs.value, other.value))
          .with_hint("the target's types are ambiguous: give BTF of the kernel alone");
    }
    if (!chosen) {
      chosen = found;
      theirs = other;
    }
  }
  if (!chosen) {
    if (!zero_if_missing(kind)) {
      out.poison = fmt::format("uses {} of {}, which {} does not have", aspect(kind),
                               describe(local_, mine), printable(target_->name()));
    }
    return out;
  }
  out.value = theirs.value;
  out.size = theirs.size;
  if (std::string problem = resize_problem(local_, own, target_btf(), theirs); !problem.empty()) {
    out.resize_problem = fmt::format("reads or writes {} as {} has it: {}", describe(local_, mine),
                                     printable(target_->name()), problem);
  }
  return out;
}

Result<const CoreRelocator::Outcome*> CoreRelocator::outcome(const CoreRelocation& relocation) {
  const auto key = std::tuple(relocation.kind, relocation.type_id, relocation.access);
  auto it = known_.find(key);
  if (it == known_.end()) {
    WEIR_TRY(Outcome found, resolve(relocation));
    it = known_.emplace(key, std::move(found)).first;
  }
  return &it->second;
}

Result<std::string> CoreRelocator::apply(const CoreRelocation& relocation,
                                         std::span<RawInsn> code) {
  WEIR_TRY(const Outcome* found, outcome(relocation));
  const Outcome& out = *found;
  if (!out.poison.empty()) return out.poison;
  RawInsn& insn = code[0];
  switch (insn.opcode & kClassMask) {
    case BPF_ALU:
    case BPF_ALU64: {
      if ((insn.opcode & BPF_X) != 0) break;
      // The immediate is sign-extended to 64 bits, or used as 32.
      const auto have = static_cast<uint64_t>(int64_t{insn.imm});
      if (out.validate && static_cast<uint32_t>(have) != static_cast<uint32_t>(out.expected)) {
        return unexpected("the immediate", static_cast<uint32_t>(have), out.expected);
      }
      insn.imm = static_cast<int32_t>(static_cast<uint32_t>(out.value));
      return std::string();
    }
    case BPF_LDX:
    case BPF_ST:
    case BPF_STX: {
      if (out.validate && static_cast<uint64_t>(int64_t{insn.offset}) != out.expected) {
        return unexpected("the offset", static_cast<uint64_t>(int64_t{insn.offset}), out.expected);
      }
      if (out.value > INT16_MAX) {
        return Error(ErrorCode::kProgramUnsupported,
                     fmt::format("a member is at {} in the target's type, but loads and stores "
                                 "reach {}",
                                 out.value, INT16_MAX));
      }
      if (!out.resize_problem.empty()) return out.resize_problem;
      if (out.size != out.expected_size) {
        const std::optional<uint8_t> size = size_of_bytes(out.size);
        if (bytes_of_size(insn.opcode) != out.expected_size || !size) {
          return Error(ErrorCode::kElfRelocation,
                       fmt::format("an access of {} bytes to a member of {} bytes cannot become "
                                   "one of {}",
                                   bytes_of_size(insn.opcode), out.expected_size, out.size));
        }
        insn.opcode = static_cast<uint8_t>((insn.opcode & ~kSizeMask) | *size);
      }
      insn.offset = static_cast<int16_t>(out.value);
      return std::string();
    }
    case BPF_LD: {
      constexpr uint8_t kLddw = 0x18;
      if (insn.opcode != kLddw || insn.src() != 0 || code.size() < 2) break;
      const uint64_t have =
          uint64_t{static_cast<uint32_t>(code[1].imm)} << 32 | static_cast<uint32_t>(insn.imm);
      if (out.validate && have != out.expected) {
        return unexpected("the immediate", have, out.expected);
      }
      insn.imm = static_cast<int32_t>(static_cast<uint32_t>(out.value));
      code[1].imm = static_cast<int32_t>(static_cast<uint32_t>(out.value >> 32));
      return std::string();
    }
    default: break;
  }
  return Error(ErrorCode::kElfRelocation,
               fmt::format("a CO-RE relocation applies to opcode {:#04x}, which has neither an "
                           "offset nor an immediate to fill in",
                           insn.opcode))
      .with_hint("the file is damaged, or .BTF.ext is not this code's: build it again");
}

}  // namespace weir
