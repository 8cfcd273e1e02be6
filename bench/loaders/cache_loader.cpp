// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a host does that finds a program in the cache: the way from the key to a function that can
// be called, without LLVM.
#include "bench/loaders/loader.h"
#include "cache/local_store.h"
#include "runtime/abi/compile_key.h"
#include "runtime/native/native_object.h"

namespace weir::bench {

namespace {

class CacheLoader final : public Loader {
 public:
  CacheLoader(LocalStore store, const Digest& key) : store_(std::move(store)), key_(key) {}

  Status load() override {
    times_[0] = now_ns();
    WEIR_TRY(Lookup found, store_.lookup(key_));
    if (!found.hit()) return Error(ErrorCode::kNotFound, "the entry is not in the cache any more");
    times_[1] = now_ns();
    WEIR_TRY(const NativeObject object, NativeObject::parse(std::move(found.object)));
    times_[2] = now_ns();
    WEIR_TRY(image_, Image::map_trusted(object));
    entry_ = image_->entry(0);
    times_[3] = now_ns();
    return {};
  }
  void unload() override { image_.reset(); }
  uint64_t run(Packet packet) override { return run_once(entry_, packet); }
  std::vector<LoadStep> steps() const override {
    return {{"lookup", times_[1] - times_[0]},
            {"parse", times_[2] - times_[1]},
            {"map", times_[3] - times_[2]}};
  }

 private:
  LocalStore store_;
  Digest key_;
  std::shared_ptr<const Image> image_;
  EntryFn entry_ = nullptr;
  double times_[4] = {};
};

Result<std::unique_ptr<Loader>> prepare(const LoadCase& load_case) {
  WEIR_TRY(LocalStore store, LocalStore::open(load_case.folder + "/cache"));
  KeyBuilder key;
  for (const CompileKeyField& field : compile_key_fields(load_case.program, load_case.options)) {
    key.add(field.tag, ByteSpan(field.value));
  }
  WEIR_CHECK(store.put(key.finish(), load_case.object,
                       Description{.key_fields = key.fields(), .notes = {}}));
  return std::make_unique<CacheLoader>(std::move(store), key.finish());
}

}  // namespace

LoaderKind cache_loader() {
  return {"cache", "weir: LocalStore::lookup, NativeObject::parse, Image::map_trusted", false,
          prepare};
}

}  // namespace weir::bench
