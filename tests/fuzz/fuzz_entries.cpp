// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir_fuzz_entries: everything that reads bytes which become machine code, or decides about them,
// is given good input that was spoiled. It must give an Error or something that is right:
//
//   entries    only an entry whose signed bytes are untouched is taken from a remote store
//   objects    what parses and is taken as signed is the object that was signed; carried bytecode
//              decodes or is an Error
//   manifests  what is accepted is what the writer writes for it
//   policies   a host policy is read whole or not at all
//
// A crash, a sanitizer's complaint or a broken promise ends it with the number of the round, which
// --first repeats.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>
#include <string_view>

#include "cache/trust.h"
#include "runtime/native/native_object.h"
#include "tests/unit/abi/sample_parts.h"

namespace weir {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr std::string_view kPolicy =
    R"({"require_signature": ["local", "file"], "signers": ["alice"], "signed_after":
"2020-01-01T00:00:00Z", "max_signature_age": "9999d", "policies": ["strict"], "min_analysis": 1,
"revoked": ["00112233445566778899aabbccddeeff"], "reverify": ["remote"] /* all */})";

[[noreturn]] void broken(uint64_t round, const char* what) {
  std::fprintf(stderr, "round %llu: %s\n", static_cast<unsigned long long>(round), what);
  std::abort();
}

// Puts the right checksum at the end of an entry: what is behind it gets its share.
void seal(Bytes& entry) {
  if (entry.size() < Digest::kSize) return;
  const Digest digest = digest_of(ByteSpan(entry).first(entry.size() - Digest::kSize));
  std::copy(digest.bytes.begin(), digest.bytes.end(), entry.end() - Digest::kSize);
}

class Spoiler {
 public:
  explicit Spoiler(uint64_t round) : random_(round * 0x9e3779b97f4a7c15 + 1) {}

  uint32_t below(size_t limit) { return static_cast<uint32_t>(random_() % limit); }

  // Bits, bytes, numbers, cuts, pieces from elsewhere.
  Bytes spoil(Bytes bytes, const Bytes& other) {
    for (uint32_t i = 1 + below(4); i > 0 && !bytes.empty(); --i) {
      const size_t at = below(bytes.size());
      switch (below(8)) {
        case 0: bytes[at] ^= static_cast<uint8_t>(1U << below(8)); break;
        case 1: bytes[at] = static_cast<uint8_t>(random_()); break;
        case 2: put_number(bytes, at); break;
        case 3: bytes.resize(at); break;
        case 4: bytes.insert(bytes.begin() + at, static_cast<uint8_t>(random_())); break;
        case 5: bytes.erase(bytes.begin() + at); break;
        case 6: copy_from(bytes, at, other); break;
        case 7: bytes[at / 4] ^= static_cast<uint8_t>(1U << below(8)); break;  // headers
      }
    }
    return bytes;
  }

 private:
  void put_number(Bytes& bytes, size_t at) {
    constexpr uint64_t kNumbers[] = {0,
                                     1,
                                     0x7f,
                                     0xff,
                                     0x7fff,
                                     0xffff,
                                     0x7fffffff,
                                     0xffffffff,
                                     uint64_t{1} << 32,
                                     uint64_t{1} << 63,
                                     ~uint64_t{0}};
    const uint64_t number = kNumbers[below(std::size(kNumbers))] + below(3) - 1;
    const size_t size = size_t{1} << below(4);
    if (at + size <= bytes.size()) std::memcpy(&bytes[at], &number, size);
  }
  void copy_from(Bytes& bytes, size_t at, const Bytes& other) {
    if (other.empty()) return;
    const size_t from = below(other.size());
    const size_t size = std::min<size_t>({1U + below(64), bytes.size() - at, other.size() - from});
    std::copy_n(other.begin() + static_cast<ptrdiff_t>(from), size,
                bytes.begin() + static_cast<ptrdiff_t>(at));
  }
  std::mt19937_64 random_;
};

class Fuzzer {
 public:
  Fuzzer() {
    std::array<uint8_t, 32> seed{};
    seed[0] = 7;
    alice_ =
        std::make_shared<const SigningKey>(*SigningKey::from_seed(SignatureKind::kEd25519, seed));
    shared_ = std::make_shared<const SigningKey>(
        *SigningKey::from_seed(SignatureKind::kKeyedDigest, seed));
    TrustedKey alice{.name = "alice",
                     .path = {},
                     .id = alice_->id(),
                     .kind = SignatureKind::kEd25519,
                     .public_key = *alice_->public_key(),
                     .shared = nullptr};
    TrustedKey fleet{.name = "fleet",
                     .path = {},
                     .id = shared_->id(),
                     .kind = SignatureKind::kKeyedDigest,
                     .public_key = {},
                     .shared = shared_};
    trust_ = Trust({}, {alice, fleet}, {});

    Description description;
    description.key_fields = {{"arch", "x86-64"}, {"program", "12 bytes"}};
    description.note("name", "f");
    const Bytes object = sample::object();
    for (const Bytes& payload : {object, Bytes(9000, 7), Bytes(20, 1)}) {
      const Bytes plain = *encode_entry(key_, payload, description);
      entries_.push_back(plain);
      for (const auto& key : {alice_, shared_}) {
        const SignedBody body = open_entry(plain, key_)->body;
        const Signature signature = key->sign(body, 1000, 0);
        entries_.push_back(*with_signatures(plain, key_, std::span(&signature, 1)));
        genuine_.insert(body.digest);
      }
    }
    objects_.push_back(object);
    const SignedBody body = NativeObject::parse(object)->signed_body();
    const Signature signature = alice_->sign(body, 1000, 0);
    ByteWriter out;
    out.write_bytes(object);
    append_signatures(out, std::span(&signature, 1));
    objects_.push_back(out.take());
    genuine_.insert(body.digest);
    manifest_ = manifest_to_bytes(NativeObject::parse(object)->manifest());
  }

  void run(uint64_t round) {
    Spoiler spoiler(round);
    switch (round % 8) {
      case 0:
      case 1:
      case 2: entry(round, spoiler, false); break;
      case 3: entry(round, spoiler, true); break;
      case 4:
      case 5: object(round, spoiler); break;
      case 6: manifest(round, spoiler); break;
      case 7: policy(round, spoiler); break;
    }
  }
  uint64_t opened() const { return opened_; }

 private:
  const Bytes& any(const std::vector<Bytes>& of, Spoiler& spoiler) const {
    return of[spoiler.below(of.size())];
  }

  void entry(uint64_t round, Spoiler& spoiler, bool raw) {
    Bytes bytes = spoiler.spoil(any(entries_, spoiler), any(entries_, spoiler));
    if (!raw) seal(bytes);
    (void)peek_entry(bytes);
    const auto view = open_entry(bytes, key_);
    if (!view) return;
    ++opened_;
    if (view->key != key_) broken(round, "an entry of another key was opened");
    if (auto unpacked = unpack_entry(*view);
        unpacked && unpacked->object.size() != view->object_size)
      broken(round, "an object of another size than the entry says");
    if (take_entry(bytes, key_, trust_, Origin::kRemote) && !genuine_.contains(view->body.digest))
      broken(round, "an entry was taken that nobody signed");
  }

  void object(uint64_t round, Spoiler& spoiler) {
    const Bytes bytes = spoiler.spoil(any(objects_, spoiler), any(objects_, spoiler));
    auto parsed = NativeObject::parse(bytes);
    if (!parsed) return;
    ++opened_;
    const Manifest& manifest = parsed->manifest();
    for (size_t i = 0; i < manifest.programs.size(); ++i) {
      if (manifest.programs[i].entry >= parsed->text().size())
        broken(round, "an entry point outside the code");
      (void)parsed->program(i);
    }
    const SignedBody body = parsed->signed_body();
    if (trust_.check(body, parsed->signatures(), Origin::kRemote) &&
        !genuine_.contains(body.digest))
      broken(round, "an object counts as signed that nobody signed");
  }

  void manifest(uint64_t round, Spoiler& spoiler) {
    const Bytes bytes = spoiler.spoil(manifest_, manifest_);
    const auto read = manifest_from_bytes(bytes);
    if (!read) return;
    ++opened_;
    if (manifest_to_bytes(*read) != bytes) broken(round, "a manifest that is not written so");
  }

  void policy(uint64_t round, Spoiler& spoiler) {
    const Bytes good(kPolicy.begin(), kPolicy.end());
    const Bytes bytes = spoiler.spoil(good, good);
    const auto read = HostPolicy::parse(as_text(bytes), "policy");
    if (!read) return;
    ++opened_;
    // Both members were there, and reading never drops one.
    if (bytes == good && !read->require_signature.has(Origin::kFile))
      broken(round, "a policy lost what it asks for");
  }

  const Digest key_ = digest_of(as_bytes("fuzz"));
  std::shared_ptr<const SigningKey> alice_, shared_;
  Trust trust_;
  std::vector<Bytes> entries_, objects_;
  Bytes manifest_;
  std::set<Digest> genuine_;
  uint64_t opened_ = 0;
};

int run(int argc, char** argv) {
  uint64_t count = 100'000, first = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    (option == "--count" ? count : first) = std::strtoull(argv[i + 1], nullptr, 10);
    if (option != "--count" && option != "--first") {
      std::fprintf(stderr, "usage: weir_fuzz_entries [--count N] [--first ROUND]\n");
      return 64;
    }
  }
  Fuzzer fuzzer;
  for (uint64_t round = first; round < first + count; ++round) fuzzer.run(round);
  std::printf("%llu rounds, %llu got past the first checks, none did harm\n",
              static_cast<unsigned long long>(count),
              static_cast<unsigned long long>(fuzzer.opened()));
  return 0;
}

}  // namespace
}  // namespace weir

int main(int argc, char** argv) {
  return weir::run(argc, argv);
}
