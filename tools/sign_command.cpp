// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir sign: signatures on native objects and on entries of the cache that are there already. (What
// is being made is signed with --sign-key of weir compile.)
#include <algorithm>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "runtime/native/native_file.h"
#include "runtime/native/variants.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/output_file.h"
#include "tools/signing.h"

namespace weir::tool {

namespace {

struct SignCommand {
  std::vector<std::string> files;
  std::vector<std::string> entries;
  bool all = false;
  std::string key, valid_for;
  CacheChoice cache;
  OutputOptions out;
};

struct Signed {
  std::string what;  // a file, or an entry's key
  Digest digest;     // that was signed
};

Result<Signed> sign_file(const std::string& path, const Signer& signer) {
  WEIR_TRY(const std::vector<uint8_t> bytes, read_native_file(path));
  auto made = sign_object(bytes, signer);
  if (!made) return made.take_error().in_file(path);
  WEIR_CHECK(write_file(path, *made));
  if (is_variant_file(*made)) return Signed{path, digest_of(*made)};
  WEIR_TRY(const SignedBytes split, split_signatures(*made));
  return Signed{path, digest_of(split.body)};
}

Result<Signed> sign_entry(LocalStore& store, const Digest& key, const Signer& signer) {
  WEIR_TRY(const auto file, store.read_entry(key));
  if (!file) return Error(ErrorCode::kNotFound, "there is no such entry").in_file(key.hex());
  WEIR_TRY(const EntryView view, open_entry(*file, key));
  std::vector<Signature> signatures = view.signatures;
  WEIR_CHECK(add_signature(signatures, signer.sign(view.body)));
  WEIR_TRY(const std::vector<uint8_t> made, with_signatures(*file, key, signatures));
  WEIR_CHECK(store.put_entry(key, made));
  return Signed{key.hex(), view.body.digest};
}

Result<std::vector<Digest>> chosen_entries(const SignCommand& command, const LocalStore& store) {
  std::vector<Digest> keys;
  if (command.all) {
    WEIR_TRY(const std::vector<EntryInfo> all, store.list());
    for (const EntryInfo& entry : all) {
      if (!entry.problem) keys.push_back(entry.key);
    }
    return keys;
  }
  for (const std::string& prefix : command.entries) {
    WEIR_TRY(const Digest key, store.find_by_prefix(prefix));
    keys.push_back(key);
  }
  return keys;
}

Status sign_entries(const SignCommand& command, const Signer& signer, std::vector<Signed>& done) {
  WEIR_TRY(const std::string path, command.cache.path());
  StoreOptions options;
  options.max_size = 0;  // signing evicts nothing
  WEIR_TRY(LocalStore store, LocalStore::open(path, options));
  WEIR_TRY(const std::vector<Digest> keys, chosen_entries(command, store));
  for (const Digest& key : keys) {
    WEIR_TRY(Signed one, sign_entry(store, key, signer));
    done.push_back(std::move(one));
  }
  return {};
}

Exit run(const SignCommand& command) {
  const bool entries = command.all || !command.entries.empty();
  if (command.files.empty() && !entries) {
    return fail(
        Error(ErrorCode::kUsage, "nothing to sign")
            .with_hint("name native objects, or entries of the cache with --entry or --all"),
        command.out);
  }
  auto signer = make_signer(command.key, command.valid_for);
  if (!signer) return fail(signer.error(), command.out);
  std::vector<Signed> done;
  Exit exit = Exit::kOk;
  for (const std::string& path : command.files) {
    auto one = sign_file(path, **signer);
    if (one) {
      done.push_back(std::move(*one));
    } else {
      exit = worst(exit, Exit::kFailed);
      print_error(one.error());
    }
  }
  if (entries) {
    Status all = sign_entries(command, **signer, done);
    if (!all) return fail(all.error(), command.out);
  }
  const std::string id = (*signer)->key->id().hex();
  if (command.out.as_json()) {
    Json list = Json::array();
    for (const Signed& one : done) {
      list.push_back({{"what", printable(one.what, 4096)}, {"digest", one.digest.hex()}});
    }
    print_json({{"key", id}, {"signed", std::move(list)}}, command.out);
  } else {
    for (const Signed& one : done) {
      fmt::print("{}: signed by {}\n", printable(one.what, 4096), id);
    }
  }
  return exit;
}

}  // namespace

void add_sign_command(CLI::App& app, Exit& exit) {
  auto* sub = app.add_subcommand("sign", "Sign native objects and entries of the cache");
  auto command = std::make_shared<SignCommand>();
  sub->add_option("FILES", command->files,
                  "Native objects (.weir): the signature is put at their end");
  sub->add_option("--key", command->key, "A key that weir key list shows, or its file")
      ->type_name("NAME|FILE")
      ->required()
      ->envname("WEIR_SIGN_KEY");
  sub->add_option("--valid-for", command->valid_for, "The signature ends then, e.g. 90d")
      ->type_name("AGE");
  sub->add_option("--entry", command->entries, "Start of the key of an entry of the cache")
      ->type_name("KEY");
  sub->add_flag("--all", command->all, "All entries of the cache");
  add_cache_folder(*sub, command->cache);
  add_output_options(*sub, command->out);
  sub->footer(
      "Example:\n"
      "  weir sign --key build-server ip_dst.weir\n"
      "  weir sign --key build-server --valid-for 90d --all\n"
      "  weir verify --signature ip_dst.weir");
  sub->callback([command, &exit] { exit = run(*command); });
}

}  // namespace weir::tool
