// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach_config.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "tools/inputs.h"
#include "tools/testing/yaml.h"

namespace weir::tool {

namespace {

Error bad(std::string_view where, std::string_view what) {
  return Error(ErrorCode::kUsage, fmt::format("{}: {}", where, what));
}

Status check_keys(const Json& json, std::string_view where,
                  std::initializer_list<std::string_view> keys) {
  if (!json.is_object()) return bad(where, "expected keys and values");
  for (const auto& [key, value] : json.items()) {
    if (std::ranges::find(keys, key) == keys.end())
      return bad(where, fmt::format("there is no key '{}'", printable(key)));
  }
  return {};
}

Result<std::string> text(const Json& json, const char* key, std::string_view where) {
  if (!json.contains(key)) return std::string();
  if (!json[key].is_string()) return bad(where, fmt::format("'{}' is a text", key));
  return json[key].get<std::string>();
}

Status take_rules(const Json& json, std::string_view where, attach::Rules& rules) {
  WEIR_TRY(const std::string fail, text(json, "fail", where));
  if (!fail.empty() && fail != "open" && fail != "closed")
    return bad(where, "'fail' is open or closed");
  if (!fail.empty()) {
    rules.fail_closed = fail == "closed";
    rules.not_taken = rules.fail_closed ? attach::NotTaken::kArpOnly : attach::NotTaken::kPass;
  }
  WEIR_TRY(const std::string not_taken, text(json, "not_taken", where));
  if (not_taken.empty()) return {};
  const auto found = attach::not_taken_from_name(not_taken);
  if (!found) return bad(where, "'not_taken' is pass, drop or arp");
  rules.not_taken = *found;
  return {};
}

Status take_link(const std::string& name, const Json& json, attach::LinkSpec link,
                 AttachConfig& config) {
  const std::string where = fmt::format("link '{}'", printable(name));
  WEIR_CHECK(check_keys(
      json, where,
      {"guest", "net", "redirector", "queue", "queue_bytes", "fail", "not_taken", "programs"}));
  link.name = name;
  WEIR_CHECK(take_rules(json, where, link.rules));
  WEIR_TRY(link.guest, text(json, "guest", where));
  WEIR_TRY(link.net, text(json, "net", where));
  WEIR_TRY(const std::string redirector, text(json, "redirector", where));
  WEIR_TRY(const std::string queue, text(json, "queue", where));
  if (redirector.empty() != queue.empty() && redirector.empty())
    return bad(where, "'queue' goes with 'redirector'");
  if (!redirector.empty()) {
    if (!link.guest.empty() || !link.net.empty())
      return bad(where, "it has 'guest' and 'net', or 'redirector'");
    link.guest = "redirector:" + redirector + (queue.empty() ? "" : "," + queue);
  } else if (link.guest.empty() || link.net.empty()) {
    return bad(where, "it has 'guest' and 'net', or 'redirector'");
  }
  if (json.contains("queue_bytes")) {
    if (!json["queue_bytes"].is_number_unsigned() ||
        json["queue_bytes"].get<uint64_t>() < attach::kMaxFrameBytes)
      return bad(where,
                 fmt::format("'queue_bytes' is a number from {} on", attach::kMaxFrameBytes));
    link.queue_bytes = json["queue_bytes"].get<size_t>();
  }
  config.links.push_back(link);
  if (!json.contains("programs")) return {};
  if (!json["programs"].is_array()) return bad(where, "'programs' is a list");
  for (const Json& program : json["programs"]) {
    if (!program.is_object() || program.contains("link"))
      return bad(where, "a program is keys and values, without 'link'");
    auto choice = choice_from_json(program);
    if (!choice) return bad(where, choice.error().message());
    choice->link = name;
    config.programs.push_back(std::move(*choice));
  }
  return {};
}

Result<AttachConfig> config_from(const Json& json) {
  AttachConfig config;
  WEIR_CHECK(check_keys(json, "the configuration", {"links", "fail", "not_taken"}));
  attach::LinkSpec usual;
  if (!json.contains("links") || !json["links"].is_object())
    return bad("the configuration", "'links' has a key for each link");
  bool all_say = true;
  for (const auto& [name, link] : json["links"].items())
    all_say = all_say && link.is_object() && link.contains("fail");
  if (!all_say && !json.contains("fail"))
    return bad("the configuration", "'fail' says open or closed, here or at each link");
  WEIR_CHECK(take_rules(json, "the configuration", usual.rules));
  for (const auto& [name, link] : json["links"].items())
    WEIR_CHECK(take_link(name, link, usual, config));
  return config;
}

}  // namespace

Status check_config(const AttachConfig& config) {
  std::set<std::string> links;
  std::set<std::pair<std::string, std::string>> programs;
  for (const attach::LinkSpec& link : config.links) {
    WEIR_CHECK(attach::check_name("link", link.name));
    if (!links.insert(link.name).second)
      return Error(ErrorCode::kUsage, fmt::format("two links are called '{}'", link.name));
    WEIR_TRY(const attach::Ports ports, attach::make_ports(link));
  }
  for (const AttachedChoice& program : config.programs) {
    WEIR_CHECK(attach::check_name("program", program.name));
    if (program.link != "*" && !links.contains(program.link)) {
      return Error(ErrorCode::kUsage,
                   fmt::format("program '{}' is for link '{}', which is not there", program.name,
                               printable(program.link)));
    }
    if (!programs.insert({program.link, program.name}).second) {
      return Error(ErrorCode::kUsage, fmt::format("two programs of link '{}' are called '{}'",
                                                  program.link, program.name))
          .with_hint("give one of them another name");
    }
  }
  return {};
}

Result<AttachConfig> read_config(const std::string& path) {
  WEIR_TRY(const std::vector<uint8_t> bytes, read_data(path));
  auto json = yaml_to_json(bytes);
  if (!json) return json.take_error().in_file(path);
  auto config = config_from(*json);
  if (!config) return config.take_error().in_file(path);
  if (Status good = check_config(*config); !good) return good.take_error().in_file(path);
  return config;
}

}  // namespace weir::tool
