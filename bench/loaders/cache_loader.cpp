// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a host does that finds a program in the cache: the way from the key to a function that can
// be called, without LLVM.
#include <fmt/format.h>

#include "bench/loaders/loader.h"
#include "cache/local_store.h"
#include "cache/signing_key.h"
#include "cache/trust.h"
#include "runtime/abi/compile_key.h"
#include "runtime/engine/admission.h"
#include "runtime/native/native_object.h"

namespace weir::bench {

namespace {

class CacheLoader final : public Loader {
 public:
  // `trust` may be null: no host policy.
  CacheLoader(LocalStore store, const Digest& key, std::shared_ptr<const Trust> trust)
      : store_(std::move(store)), key_(key), trust_(std::move(trust)) {}

  Status load() override {
    times_[0] = now_ns();
    WEIR_TRY(Lookup found, store_.lookup(key_));
    if (!found.hit()) return Error(ErrorCode::kNotFound, "the entry is not in the cache any more");
    times_[1] = now_ns();
    WEIR_TRY(const NativeObject object, NativeObject::parse(std::move(found.object)));
    times_[2] = now_ns();
    if (trust_) WEIR_CHECK(admit_object(*trust_, object, 0, found.origin));
    times_[3] = now_ns();
    WEIR_TRY(image_, Image::map_trusted(object));
    entry_ = image_->entry(0);
    times_[4] = now_ns();
    return {};
  }
  void unload() override { image_.reset(); }
  uint64_t run(Packet packet) override { return run_once(entry_, packet); }
  std::vector<LoadStep> steps() const override {
    std::vector<LoadStep> steps = {{"lookup", times_[1] - times_[0]},
                                   {"parse", times_[2] - times_[1]}};
    if (trust_) steps.push_back({"admit", times_[3] - times_[2]});
    steps.push_back({"map", times_[4] - times_[3]});
    return steps;
  }

 private:
  LocalStore store_;
  Digest key_;
  std::shared_ptr<const Trust> trust_;
  std::shared_ptr<const Image> image_;
  EntryFn entry_ = nullptr;
  double times_[5] = {};
};

// A store of its own, whose entry `signer` signs and `trust` judges; both may be null.
Result<std::unique_ptr<Loader>> prepare_store(const LoadCase& load_case, std::string_view folder,
                                              std::shared_ptr<const Signer> signer,
                                              std::shared_ptr<const Trust> trust) {
  StoreOptions options;
  options.signer = std::move(signer);
  options.trust = trust;
  WEIR_TRY(LocalStore store,
           LocalStore::open(fmt::format("{}/{}", load_case.folder, folder), options));
  KeyBuilder key;
  for (const CompileKeyField& field : compile_key_fields(load_case.program, load_case.options)) {
    key.add(field.tag, ByteSpan(field.value));
  }
  WEIR_CHECK(store.put(key.finish(), load_case.object,
                       Description{.key_fields = key.fields(), .notes = {}}));
  return std::make_unique<CacheLoader>(std::move(store), key.finish(), std::move(trust));
}

Result<std::unique_ptr<Loader>> prepare(const LoadCase& load_case) {
  return prepare_store(load_case, "cache", nullptr, nullptr);
}

// A host that takes nothing from its cache that a key of this kind did not sign.
Result<std::unique_ptr<Loader>> prepare_signed(const LoadCase& load_case, SignatureKind kind) {
  WEIR_TRY(SigningKey made, SigningKey::generate(kind));
  const auto key = std::make_shared<const SigningKey>(std::move(made));
  TrustedKey trusted;
  trusted.name = "bench";
  trusted.id = key->id();
  trusted.kind = kind;
  if (const auto public_key = key->public_key()) {
    trusted.public_key = *public_key;
  } else {
    trusted.shared = key;
  }
  HostPolicy policy;
  policy.require_signature.add(Origin::kLocal);
  return prepare_store(
      load_case, signature_kind_name(kind), std::make_shared<const Signer>(Signer{key, {}, {}}),
      std::make_shared<const Trust>(std::vector{policy}, std::vector{trusted}, Revocations{}));
}

Result<std::unique_ptr<Loader>> prepare_reverify(const LoadCase& load_case) {
  HostPolicy policy;
  policy.reverify.add(Origin::kLocal);
  return prepare_store(
      load_case, "reverify", nullptr,
      std::make_shared<const Trust>(std::vector{policy}, std::vector<TrustedKey>{}, Revocations{}));
}

}  // namespace

LoaderKind cache_loader() {
  return {"cache", "weir: LocalStore::lookup, NativeObject::parse, Image::map_trusted", false,
          prepare};
}

LoaderKind signed_loader() {
  return {"signed", "weir: as cache, and the entry must have an Ed25519 signature", false,
          [](const LoadCase& c) { return prepare_signed(c, SignatureKind::kEd25519); }};
}

LoaderKind keyed_loader() {
  return {"keyed", "weir: as cache, and the entry must have a keyed digest", false,
          [](const LoadCase& c) { return prepare_signed(c, SignatureKind::kKeyedDigest); }};
}

LoaderKind reverify_loader() {
  return {"reverify", "weir: as cache, and the carried bytecode is analysed again", false,
          prepare_reverify};
}

}  // namespace weir::bench
