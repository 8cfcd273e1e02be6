// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir key: keys that sign native code, and keys whose signatures count.
#include <algorithm>

#include <fmt/format.h>

#include "cache/key_folder.h"
#include "frontend/support/text.h"
#include "tools/inputs.h"
#include "tools/output.h"
#include "tools/signing.h"

namespace weir::tool {

namespace {

struct KeyCommand {
  OutputOptions out;
  std::string what;  // a name, an id, a digest or a file
  std::string name, comment;
  bool shared = false, trust = false;
};

template <class Action>
Exit with_keys(const KeyCommand& command, bool create, Action action) {
  auto folder = open_key_folder(create);
  if (!folder) return fail(folder.error(), command.out);
  Result<Exit> done = action(*folder);
  return done ? *done : fail(done.error(), command.out);
}

Exit run_generate(const KeyCommand& command) {
  return with_keys(command, true, [&](KeyFolder& folder) -> Result<Exit> {
    const SignatureKind kind =
        command.shared ? SignatureKind::kKeyedDigest : SignatureKind::kEd25519;
    WEIR_TRY(const SigningKey key, folder.generate(command.what, kind));
    if (command.trust) WEIR_CHECK(folder.trust_own(command.what));
    if (command.out.as_json()) {
      Json out = {{"name", command.what},
                  {"id", key.id().hex()},
                  {"kind", signature_kind_name(kind)},
                  {"trusted", command.trust}};
      if (!command.shared) out["public_key"] = printable(folder.public_path(command.what), 4096);
      print_json(out, command.out);
      return Exit::kOk;
    }
    fmt::print("{} {} {}\n", command.what, signature_kind_name(kind), key.id().hex());
    if (command.shared) {
      fmt::print("who has {}/{}.shared can sign and check: give it to your own machines only\n",
                 printable(folder.path(), 4096), command.what);
    } else {
      fmt::print("public key: {}\n", printable(folder.public_path(command.what), 4096));
    }
    return Exit::kOk;
  });
}

struct Listed {
  std::string name, where;
  SignatureKind kind = SignatureKind::kEd25519;
  std::optional<KeyId> id;
  bool signs = false, trusted = false, revoked = false;
  std::optional<Error> problem;
};

Status list_folder_keys(const std::string& path, std::vector<Listed>& out) {
  WEIR_TRY(const KeyFolder folder, KeyFolder::open(path, false));
  WEIR_TRY(const Revocations revoked, folder.revocations());
  WEIR_TRY(const std::vector<KeyFolder::OwnKey> own, folder.own_keys());
  WEIR_TRY(const std::vector<TrustedKey> trusted, folder.trusted_keys());
  const size_t first = out.size();
  for (const KeyFolder::OwnKey& key : own) {
    out.push_back({.name = key.name, .where = path, .kind = key.kind, .id = key.id, .signs = true});
    out.back().problem = key.problem;
  }
  for (const TrustedKey& key : trusted) {
    const auto known = std::find_if(out.begin() + static_cast<ptrdiff_t>(first), out.end(),
                                    [&](const Listed& one) { return one.id == key.id; });
    if (known != out.end()) {
      known->trusted = true;
    } else {
      out.push_back(
          {.name = key.name, .where = path, .kind = key.kind, .id = key.id, .trusted = true});
    }
  }
  for (Listed& one : out) {
    one.revoked |= one.id && std::ranges::find(revoked.keys, *one.id) != revoked.keys.end();
  }
  return {};
}

Exit run_list(const KeyCommand& command) {
  std::vector<Listed> keys;
  auto user = default_key_folder();
  if (!user) return fail(user.error(), command.out);
  for (const std::string& path : {*user, std::string(kSystemKeyFolder)}) {
    Status listed = list_folder_keys(path, keys);
    if (!listed) return fail(listed.error(), command.out);
  }
  if (command.out.as_json()) {
    Json list = Json::array();
    for (const Listed& key : keys) {
      Json one = {{"name", key.name},
                  {"kind", signature_kind_name(key.kind)},
                  {"folder", printable(key.where, 4096)},
                  {"signs", key.signs},
                  {"trusted", key.trusted},
                  {"revoked", key.revoked}};
      if (key.id) one["id"] = key.id->hex();
      if (key.problem) one["problem"] = to_json(*key.problem);
      list.push_back(std::move(one));
    }
    print_json({{"keys", std::move(list)}}, command.out);
    return Exit::kOk;
  }
  for (const Listed& key : keys) {
    std::string uses = key.signs ? "signs" : "";
    if (key.trusted) uses += uses.empty() ? "trusted" : ", trusted";
    if (key.revoked) uses += ", revoked";
    fmt::print("{:<20} {:<8} {}  {}\n", key.name, signature_kind_name(key.kind),
               key.id ? key.id->hex() : std::string(32, '-'), uses);
    if (key.problem) print_error(*key.problem);
  }
  return Exit::kOk;
}

// "alice" of "keys/alice.pub".
std::string name_of_file(const std::string& path) {
  std::string name = path.substr(path.rfind('/') + 1);
  if (name.ends_with(".pub")) name.resize(name.size() - 4);
  return name;
}

Exit run_trust(const KeyCommand& command) {
  return with_keys(command, true, [&](KeyFolder& folder) -> Result<Exit> {
    KeyId id;
    std::string name = command.name;
    const bool is_file = command.what == "-" || command.what.find('/') != std::string::npos ||
                         command.what.ends_with(".pub");
    if (is_file) {
      WEIR_TRY(const std::vector<uint8_t> bytes, read_data(command.what));
      auto key = PublicKey::from_text(as_text(bytes));
      if (!key) return key.take_error().in_file(command.what);
      if (name.empty() && command.what == "-") {
        return Error(ErrorCode::kUsage, "a key from standard input has no name")
            .with_hint("give it one with --name");
      }
      if (name.empty()) name = name_of_file(command.what);
      WEIR_CHECK(folder.trust(name, *key));
      id = key->id();
    } else {
      name = command.what;
      WEIR_TRY(const TrustedKey key, folder.trust_own(command.what));
      id = key.id;
    }
    if (command.out.as_json()) {
      print_json({{"name", name}, {"id", id.hex()}, {"trusted", true}}, command.out);
    } else {
      fmt::print("{} {} is trusted\n", name, id.hex());
    }
    return Exit::kOk;
  });
}

Exit run_revoke(const KeyCommand& command) {
  return with_keys(command, true, [&](KeyFolder& folder) -> Result<Exit> {
    std::string hex;
    if (auto digest = Digest::from_hex(command.what)) {
      WEIR_CHECK(folder.revoke(*digest, command.comment));
      hex = digest->hex();
    } else {
      WEIR_TRY(const KeyId id, folder.find(command.what));
      WEIR_CHECK(folder.revoke(id, command.comment));
      hex = id.hex();
    }
    if (command.out.as_json()) {
      print_json({{"revoked", hex}}, command.out);
    } else {
      fmt::print("{} is revoked\n", hex);
    }
    return Exit::kOk;
  });
}

}  // namespace

void add_key_command(CLI::App& app, Exit& exit) {
  auto* group = app.add_subcommand("key", "Keys that sign native code, and keys that are trusted");
  group->require_subcommand(1);
  group->footer(
      "Keys are in $WEIR_KEY_DIR, else ~/.config/weir/keys; trusted ones of the machine's in "
      "/etc/weir/keys.\n\n"
      "Example:\n"
      "  weir key generate build-server\n"
      "  weir key trust build-server.pub     # where the code is to run");
  auto command = std::make_shared<KeyCommand>();
  auto add = [&](const char* name, const char* help, Exit (*run)(const KeyCommand&),
                 const char* example) {
    CLI::App* sub = group->add_subcommand(name, help);
    add_output_options(*sub, command->out);
    sub->footer(std::string("Example:\n  ") + example);
    sub->callback([command, run, &exit] { exit = run(*command); });
    return sub;
  };
  CLI::App* generate = add("generate", "Make a key", run_generate,
                           "weir key generate build-server\n  weir key generate --shared fleet");
  generate->add_option("NAME", command->what, "Its name")->required();
  generate->add_flag("--shared", command->shared,
                     "One secret that signs and checks (keyed BLAKE2b): cheaper, for machines that "
                     "trust each other wholly");
  generate->add_flag("--trust", command->trust, "Trust it here as well");
  add("list", "The keys, what they are for, and their ids", run_list, "weir key list --json");
  CLI::App* trust = add("trust", "Let a key's signatures count here", run_trust,
                        "weir key trust build-server.pub\n  weir key trust my-own-key");
  trust->add_option("FILE|NAME", command->what, "A public key, or the name of a key of one's own")
      ->required();
  trust->add_option("--name", command->name, "Call it so (default: as the file is called)");
  CLI::App* revoke = add("revoke", "Let a key's signatures, or one object, never count again",
                         run_revoke, "weir key revoke build-server --comment 'disk was stolen'");
  revoke
      ->add_option("NAME|ID|DIGEST", command->what,
                   "A key, or the digest of an object or key of an entry (64 hex digits)")
      ->required();
  revoke->add_option("--comment", command->comment, "Why; kept beside it");
}

}  // namespace weir::tool
