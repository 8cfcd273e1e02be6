// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir_fuzz_seeds FOLDER FILE...: good inputs for the targets, from BPF objects (.o) and assembler
// text of filetests (.s): FOLDER/TARGET/... is what `tests/fuzz/fuzz minimise` starts from. The
// same files give the same seeds.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include <fmt/format.h>

#include "cache/digest.h"
#include "cache/entry.h"
#include "cache/signing_key.h"
#include "frontend/isa/assembler.h"
#include "frontend/isa/program_bytes.h"
#include "frontend/object/elf_reader.h"
#include "frontend/object/link_program.h"
#include "runtime/compile/request.h"
#include "runtime/maps/map_handle.h"
#include "runtime/maps/map_ops.h"
#include "runtime/maps/pin.h"
#include "runtime/native/variants.h"
#include "tests/fuzz/generators/program_generator.h"
#include "tests/unit/abi/sample_parts.h"

namespace weir {
namespace {

using Bytes = std::vector<uint8_t>;

class Seeds {
 public:
  explicit Seeds(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Named by their content.
  void add(const char* target, ByteSpan bytes, ByteSpan front = {}) {
    Bytes all(front.begin(), front.end());
    all.insert(all.end(), bytes.begin(), bytes.end());
    std::filesystem::create_directories(folder_ / target);
    std::ofstream(folder_ / target / digest_of(all).hex().substr(0, 16), std::ios::binary)
        .write(reinterpret_cast<const char*>(all.data()), std::ssize(all));
    ++count_;
  }
  size_t count() const { return count_; }

 private:
  std::filesystem::path folder_;
  size_t count_ = 0;
};

Bytes read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void from_object(Seeds& seeds, const std::string& path) {
  const Bytes bytes = read(path);
  seeds.add("elf", bytes);
  const auto object = read_elf(bytes, path);
  if (!object) return;
  LinkOptions options;
  options.running_kernel = false;
  for (const FunctionSymbol* function : object->programs()) {
    const auto program = link_program(*object, *function, options);
    if (!program || program->insns.size() > 300) continue;
    seeds.add("program_bytes", program_to_bytes(*program));
    const uint8_t kind = 0;
    seeds.add("compile_request", request_to_bytes(*program, {}), {&kind, 1});
  }
  if (object->btf.empty()) return;
  seeds.add("btf", object->btf);
}

// A filetest file holds several programs.
void from_text(Seeds& seeds, const std::string& path) {
  const Bytes file = read(path);
  std::string_view text = as_text(file);
  constexpr std::string_view kStart = "; program:";
  for (uint8_t number = 0; !text.empty(); ++number) {
    const size_t end = text.find(kStart, 1);
    const std::string_view one = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end);
    if (one.size() > 1500) continue;
    seeds.add("asm_text", as_bytes(one), {&number, 1});
    const auto assembled = assemble(one, path);
    if (!assembled || assembled->bytes.size() > 600) continue;
    const uint8_t head[8] = {number, 0, 200, 64, 0, 0, 3, 0};
    seeds.add("instructions", assembled->bytes, head);
  }
}

void from_generators(Seeds& seeds) {
  for (uint8_t seed = 1; seed <= 30; ++seed) {
    const uint8_t head[8] = {0, 2, 200, 64, 0, 0, seed, 0};
    seeds.add("instructions", test::generate_program(seed), head);
  }
}

void from_native_parts(Seeds& seeds) {
  std::vector<Bytes> objects;
  for (const Arch arch : {Arch::kX86_64, Arch::kAarch64}) {
    const NativeParts parts = sample::parts(arch);
    seeds.add("manifest", manifest_to_bytes(parts.manifest));
    if (auto object = write_native_object(parts)) objects.push_back(std::move(*object));
  }
  const std::array<uint8_t, 32> secret{1, 2, 3};
  const auto key = SigningKey::from_seed(SignatureKind::kEd25519, secret);
  if (!key || objects.empty()) return;
  for (const Bytes& object : objects) {
    seeds.add("native_object", object);
    const SignedBody body{SignedThing::kNativeObject, digest_of(object), object.size()};
    const Signature signature = key->sign(body, 1'700'000'000, 0);
    ByteWriter out;
    out.write_bytes(object);
    append_signatures(out, std::span(&signature, 1));
    seeds.add("native_object", out.bytes());
    const uint8_t kind = 2;
    seeds.add("trust_files", out.bytes(), {&kind, 1});
    Description description;
    description.key_fields.push_back({"arch", "x86-64"});
    description.note("source", "filter.o");
    const Digest name = digest_of(object);
    if (const auto entry = encode_entry(name, object, description)) {
      seeds.add("cache_entry", *entry);
      const SignedBody signed_body{SignedThing::kEntry, digest_of(*entry), entry->size()};
      const Signature own = key->sign(signed_body, 1'700'000'000, 0);
      if (const auto with = with_signatures(*entry, name, std::span(&own, 1)))
        seeds.add("cache_entry", *with);
    }
    const uint8_t text_kind = 3;
    seeds.add("trust_files", as_bytes(description.to_text()), {&text_kind, 1});
  }
  if (const auto archive = write_variants({objects.data(), 1}))
    seeds.add("native_object", *archive);
  if (const auto archive = write_variants(objects)) seeds.add("native_object", *archive);
  const uint8_t key_kind = 1;
  seeds.add("trust_files", as_bytes(key->public_key()->to_text()), {&key_kind, 1});
  const uint8_t error_kind = 2;
  seeds.add("compile_request",
            error_to_bytes(Error(ErrorCode::kLimit, "too large").with_hint("make it smaller")),
            {&error_kind, 1});
  const uint8_t header_kind = 1;
  seeds.add("compile_request", message(MessageKind::kObject, objects.front()), {&header_kind, 1});
}

// BPF_MAP_TYPE_*, sizes of key and value, flags: one of each kind that can be pinned.
void from_maps(Seeds& seeds, const std::string& folder) {
  struct Kind {
    uint32_t type, key, value, entries, flags;
  };
  for (const Kind& kind : {Kind{2, 4, 8, 4, 0}, Kind{1, 4, 8, 4, 0}, Kind{6, 4, 8, 2, 0},
                           Kind{9, 4, 8, 4, 0}, Kind{11, 8, 8, 4, 1}, Kind{22, 0, 8, 4, 0},
                           Kind{23, 0, 8, 4, 0}, Kind{27, 0, 0, 4096, 0}, Kind{30, 0, 4, 16, 0}}) {
    MapSpec spec;
    spec.name = "m";
    spec.type = kind.type;
    spec.key_size = kind.key;
    spec.value_size = kind.value;
    spec.max_entries = kind.entries;
    spec.flags = kind.flags;
    spec.cpu_slots = 1;
    {
      const auto map = pin_map(folder, "m", spec);
      if (!map) {
        std::cerr << map.error().to_string() << "\n";
        continue;
      }
      const uint64_t key = kind.type == 11 ? 0x0a00000000000018 : 1, value = 0x1122334455667788;
      if (kind.key != 0)
        (void)map_update(map->map(), &key, &value, 0, 0);
      else
        (void)map_push(map->map(), &value, 0);
    }
    seeds.add("pinned_map", read(folder + "/m"));
    (void)unpin_map(folder, "m");
  }
}

}  // namespace
}  // namespace weir

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: weir_fuzz_seeds FOLDER FILE...\n";
    return 64;
  }
  weir::Seeds seeds(argv[1]);
  for (int i = 2; i < argc; ++i) {
    const std::string path = argv[i];
    if (path.ends_with(".o"))
      weir::from_object(seeds, path);
    else if (path.ends_with(".s"))
      weir::from_text(seeds, path);
  }
  weir::from_generators(seeds);
  weir::from_native_parts(seeds);
  weir::from_maps(seeds, std::string(argv[1]) + "/maps");
  std::cout << seeds.count() << " seeds\n";
  return 0;
}
