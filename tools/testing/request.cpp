// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/testing/request.h"

#include <cerrno>

#include <fmt/format.h>

#include "frontend/support/text.h"
#include "tools/hex.h"
#include "tools/testing/run_weir.h"

namespace weir::tool {

namespace {

Error bad(std::string what) {
  return Error(ErrorCode::kUsage, std::move(what));
}

// Members of a JSON object, each with its type; `where` is for messages.
class Members {
 public:
  Members(const Json& json, std::string where) : json_(json), where_(std::move(where)) {}

  const Json* find(const char* name) const {
    const auto found = json_.find(name);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
  }

  Status text(const char* name, std::string& out) const {
    const Json* const value = find(name);
    if (value == nullptr) return {};
    if (!value->is_string()) return bad(fmt::format("{}: \"{}\" is no string", where_, name));
    out = value->get<std::string>();
    return {};
  }

  Status bytes(const char* name, Bytes& out) const {
    std::string hex;
    WEIR_CHECK(text(name, hex));
    WEIR_TRY(out, parse_hex(hex, fmt::format("{}: \"{}\"", where_, name)));
    return {};
  }

  template <class T>
  Status number(const char* name, T& out) const {
    const Json* const value = find(name);
    if (value == nullptr) return {};
    if (!value->is_number_unsigned() || value->get<uint64_t>() > std::numeric_limits<T>::max())
      return bad(fmt::format("{}: \"{}\" is no number, or too large", where_, name));
    out = value->get<T>();
    return {};
  }

  // Empty if it is not there.
  Result<const Json*> list(const char* name) const {
    static const Json none = Json::array();
    const Json* const value = find(name);
    if (value == nullptr) return &none;
    if (!value->is_array()) return bad(fmt::format("{}: \"{}\" is no list", where_, name));
    return value;
  }

 private:
  const Json& json_;
  std::string where_;
};

Result<TestPacket> parse_packet(const Json& json) {
  if (!json.is_object()) return bad("a packet is no object");
  const Members members(json, "packet");
  TestPacket packet;
  WEIR_CHECK(members.bytes("data", packet.data));
  for (const auto& [name, value] : json.items()) {
    if (name == "data") continue;
    uint64_t number = 0;
    WEIR_CHECK(members.number(name.c_str(), number));
    // What the context holds anyway need not be something that can be set.
    if (number != 0) packet.fields[name] = number;
  }
  return packet;
}

Status parse_program(const Members& members, TestRequest& request) {
  WEIR_CHECK(members.text("object", request.object));
  if (members.find("insns") != nullptr) WEIR_CHECK(members.text("insns", request.insns.emplace()));
  if (request.object.empty() == !request.insns)
    return bad("a request names an \"object\" or gives \"insns\"");
  WEIR_CHECK(members.text("program", request.test.program));
  WEIR_CHECK(members.text("section", request.test.section));
  std::string type;
  WEIR_CHECK(members.text("type", type));
  if (!type.empty()) {
    request.test.kind = context_from_name(type);
    if (!request.test.kind || context_shape(*request.test.kind) != ContextShape::kPacket)
      request.unknown_type = type;
  }
  return {};
}

Status parse_how(const Members& members, LoadChoice& load) {
  std::string policy = "strict", engine = "aot";
  WEIR_CHECK(members.text("policy", policy));
  WEIR_CHECK(members.text("engine", engine));
  const auto found_policy = policy_from_name(policy);
  const auto found_engine = engine_from_name(engine);
  if (!found_policy) return bad(fmt::format("there is no policy '{}'", printable(policy)));
  if (!found_engine) return bad(fmt::format("there is no engine '{}'", printable(engine)));
  load.compile.policy = *found_policy;
  load.engine.engine = *found_engine;
  return {};
}

// The most that a run can be asked to do.
constexpr uint32_t kMaxRepeat = 1'000'000'000;

}  // namespace

Result<MapStep> parse_step(const Json& json) {
  if (!json.is_object()) return bad("a step is no object");
  const Members members(json, "step");
  MapStep step;
  std::string op = "update";
  WEIR_CHECK(members.text("op", op));
  WEIR_CHECK(members.text("map", step.map));
  WEIR_CHECK(members.number("after", step.before_packet));
  WEIR_CHECK(members.bytes("key", step.key));
  if (op == "update") {
    step.kind = MapStep::Kind::kUpdate;
    WEIR_CHECK(members.bytes("value", step.value));
  } else if (op == "prog_array") {
    step.kind = MapStep::Kind::kProgArray;
    WEIR_CHECK(members.number("index", step.index));
    WEIR_CHECK(members.text("program", step.program));
  } else if (op == "array_u32_from_bytes") {
    step.kind = MapStep::Kind::kArrayBytes;
    WEIR_CHECK(members.number("start", step.index));
    WEIR_CHECK(members.bytes("bytes", step.bytes));
  } else if (op == "inner_update") {
    step.kind = MapStep::Kind::kInnerUpdate;
    WEIR_CHECK(members.bytes("inner_key", step.inner_key));
    WEIR_CHECK(members.bytes("inner_value", step.inner_value));
    const Json* const inner = members.find("inner");
    if (inner == nullptr || !inner->is_object()) return bad("inner_update without \"inner\"");
    const Members shape(*inner, "inner");
    WEIR_CHECK(shape.text("type", step.inner_type));
    WEIR_CHECK(shape.number("key_size", step.inner_key_size));
    WEIR_CHECK(shape.number("value_size", step.inner_value_size));
    WEIR_CHECK(shape.number("max_entries", step.inner_max_entries));
    WEIR_CHECK(shape.number("flags", step.inner_flags));
  } else {
    return bad(fmt::format("there is no step '{}'", printable(op)));
  }
  return step;
}

Result<TestRequest> parse_request(ByteSpan text) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object()) return bad("the request is no JSON object");
  const Members members(json, "request");
  TestRequest request;
  WEIR_CHECK(parse_program(members, request));
  WEIR_CHECK(parse_how(members, request.load));
  WEIR_TRY(const Json* steps, members.list("setup"));
  for (const Json& step : *steps) {
    WEIR_TRY(MapStep parsed, parse_step(step));
    request.test.steps.push_back(std::move(parsed));
  }
  WEIR_TRY(const Json* also, members.list("load_also"));
  for (const Json& name : *also) {
    if (!name.is_string()) return bad("\"load_also\" is no list of names");
    request.test.load_also.push_back(name.get<std::string>());
  }
  WEIR_TRY(const Json* packets, members.list("packets"));
  for (const Json& packet : *packets) {
    WEIR_TRY(TestPacket parsed, parse_packet(packet));
    request.test.packets.push_back(std::move(parsed));
  }
  WEIR_CHECK(members.number("repeat", request.test.repeat));
  if (request.test.repeat == 0 || request.test.repeat > kMaxRepeat)
    return bad(fmt::format("\"repeat\" is 1 to {}", kMaxRepeat));
  return request;
}

std::string_view verdict_of(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kProgramRejected:
    case ErrorCode::kProgramMalformed:
    case ErrorCode::kInsnTruncated:
    case ErrorCode::kInsnUnknownOpcode:
    case ErrorCode::kInsnReservedField:
    case ErrorCode::kInsnBadRegister:
    case ErrorCode::kInsnBadTarget:
    case ErrorCode::kMapDefinition:
    case ErrorCode::kBtfMalformed:
    case ErrorCode::kElfTruncated:
    case ErrorCode::kElfMalformed:
    case ErrorCode::kElfNotBpf:
    case ErrorCode::kElfNoProgram: return "reject";
    case ErrorCode::kProgramUnsupported:
    case ErrorCode::kElfRelocation:
    case ErrorCode::kElfBigEndian:
    case ErrorCode::kLimit:
    case ErrorCode::kOutOfMemory:
    case ErrorCode::kInternal:
    case ErrorCode::kCompilerTarget:
    case ErrorCode::kCompilerFailed: return "unsupported";
    default: return {};
  }
}

Json runs_json(const TestOutcome& outcome) {
  Json runs = Json::array();
  for (const PacketOutcome& run : outcome.runs) {
    if (run.refused != 0) {
      runs.push_back({{"retval", -run.refused}, {"out", ""}, {"refused", run.note}});
      continue;
    }
    Json one = {{"retval", run.retval}, {"out", to_hex(run.out)}};
    if (run.trapped) one["trap"] = run.note;
    if (!run.decided.empty()) one["decided"] = printable(run.decided);
    if (run.redirect && run.redirect->map.empty())
      one["redirect"] = {{"ifindex", run.redirect->ifindex}};
    if (run.redirect && !run.redirect->map.empty())
      one["redirect"] = {{"map", printable(run.redirect->map)}, {"key", run.redirect->key}};
    runs.push_back(std::move(one));
  }
  return runs;
}

Json maps_json(const std::vector<MapContents>& maps) {
  Json out = Json::object();
  for (const MapContents& map : maps) {
    Json entries = Json::array();
    for (const auto& [key, value] : map.entries) entries.push_back({to_hex(key), to_hex(value)});
    out[printable(map.name)] = std::move(entries);
  }
  return out;
}

Result<Json> answer(const TestRequest& request) {
  const auto refusal = [](std::string_view verdict, const std::string& why) {
    return Json{
        {"verdict", verdict}, {"why", why}, {"runs", Json::array()}, {"maps", Json::object()}};
  };
  if (!request.unknown_type.empty())
    return refusal("unsupported", fmt::format("hook kind '{}'", printable(request.unknown_type)));
  const auto run = [&]() -> Result<TestOutcome> {
    if (request.insns) {
      WEIR_TRY(const Input input, Input::from_hex(*request.insns, "insns"));
      TestCase test = request.test;
      test.program.clear();  // bare instructions have neither
      test.section.clear();
      return run_in_weir(input, test, request.load);
    }
    WEIR_TRY(const Input input, Input::read(request.object));
    return run_in_weir(input, request.test, request.load);
  };
  auto outcome = run();
  if (!outcome) {
    const std::string_view verdict = verdict_of(outcome.error());
    if (verdict.empty()) return outcome.take_error();
    std::string why = outcome.error().to_string();
    why.resize(std::min(why.size(), why.find('\n')));
    return refusal(verdict, why);
  }
  return Json{{"verdict", "accept"},
              {"why", ""},
              {"runs", runs_json(*outcome)},
              {"maps", maps_json(outcome->maps)}};
}

}  // namespace weir::tool
