// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/profile_file.h"

#include <algorithm>

#include <fmt/format.h>

#include "cache/digest.h"
#include "frontend/isa/program_bytes.h"
#include "frontend/support/text.h"
#include "tools/inputs.h"
#include "tools/output.h"
#include "tools/output_file.h"

namespace weir::tool {

namespace {

std::string digest_text(const Program& program) {
  return digest_of(program_to_bytes(program)).hex();
}

Error malformed(const std::string& path, const std::string& what) {
  return Error(ErrorCode::kUsage, "this is no profile: " + what)
      .in_file(path)
      .with_hint("weir run --profile FILE or weir filter --profile FILE records one");
}

}  // namespace

void ProfileFile::add(const Program& program, const BranchProfile& profile) {
  const std::string digest = digest_text(program);
  for (Entry& entry : entries_) {
    if (entry.digest != digest || entry.profile.insns.size() != profile.insns.size()) continue;
    entry.profile.program_runs += profile.program_runs;
    for (size_t i = 0; i < profile.insns.size(); ++i) {
      entry.profile.insns[i].runs += profile.insns[i].runs;
      entry.profile.insns[i].taken += profile.insns[i].taken;
    }
    return;
  }
  entries_.push_back({program.name, digest, profile});
}

Result<std::shared_ptr<const BranchProfile>> ProfileFile::find(const Program& program) const {
  const std::string digest = digest_text(program);
  for (const Entry& entry : entries_) {
    if (entry.digest == digest) return std::make_shared<const BranchProfile>(entry.profile);
  }
  const bool named =
      std::ranges::any_of(entries_, [&](const Entry& entry) { return entry.name == program.name; });
  return Error(ErrorCode::kNotFound,
               named ? fmt::format("the profile of '{}' is of another build of it",
                                   printable(program.name))
                     : fmt::format("the profile knows no program '{}'", printable(program.name)))
      .with_hint("record it anew with this file: weir filter --profile");
}

Result<ProfileFile> read_profile_file(const std::string& path) {
  WEIR_TRY(const std::vector<uint8_t> bytes, read_data(path));
  const Json json = Json::parse(bytes.begin(), bytes.end(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.value("format", Json()) != 1 || !json.contains("programs") ||
      !json["programs"].is_array()) {
    return malformed(path, "it has no \"format\": 1 and \"programs\"");
  }
  ProfileFile out;
  for (const Json& program : json["programs"]) {
    if (!program.is_object() || !program.contains("name") || !program["name"].is_string() ||
        !program.contains("program") || !program["program"].is_string() ||
        !program.contains("runs") || !program["runs"].is_number_unsigned() ||
        !program.contains("insns") || !program["insns"].is_array()) {
      return malformed(path, "a program has no name, digest, runs or counts");
    }
    ProfileFile::Entry entry{program["name"], program["program"], {}};
    entry.profile.program_runs = program["runs"];
    for (const Json& counts : program["insns"]) {
      if (!counts.is_array() || counts.size() != 2 || !counts[0].is_number_unsigned() ||
          !counts[1].is_number_unsigned()) {
        return malformed(path, "a count is no pair of numbers");
      }
      entry.profile.insns.push_back({counts[0], counts[1]});
    }
    out.entries_.push_back(std::move(entry));
  }
  return out;
}

Status write_profile_file(const std::string& path, const ProfileFile& profiles) {
  Json programs = Json::array();
  for (const ProfileFile::Entry& entry : profiles.entries_) {
    Json counts = Json::array();
    for (const auto& [runs, taken] : entry.profile.insns)
      counts.push_back(Json::array({runs, taken}));
    programs.push_back({{"name", printable(entry.name)},
                        {"program", entry.digest},
                        {"runs", entry.profile.program_runs},
                        {"insns", std::move(counts)}});
  }
  const std::string text = Json({{"format", 1}, {"programs", std::move(programs)}}).dump(-1) + "\n";
  return write_file(path, as_bytes(text));
}

}  // namespace weir::tool
