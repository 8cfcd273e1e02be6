// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir test FILE: runs test files. weir test init: writes one that says what a program does now.
#include <fmt/format.h>

#include "frontend/support/text.h"
#include "tools/output_file.h"
#include "tools/testing/run_kernel.h"
#include "tools/testing/run_weir.h"
#include "tools/testing/test_commands.h"
#include "tools/testing/test_file.h"
#include "tools/testing/yaml.h"

namespace weir::tool {

namespace {

struct TestFilesCommand {
  std::vector<std::string> files;
  std::string program;
  bool against_kernel = false;
  std::optional<Policy> policy;
  EngineChoice engine;
  CacheChoice cache;
  OutputOptions out;
};

struct Ran {
  std::string file, name;
  std::vector<std::string> problems;
};

Result<std::vector<std::string>> run_test(const TestFilesCommand& command, const TestFile& file,
                                          const FileTest& test, const Input& input) {
  LoadChoice load;
  load.compile.policy = command.policy.value_or(file.policy);
  load.engine = command.engine;
  load.cache = command.cache;
  WEIR_TRY(const TestOutcome outcome, run_in_weir(input, test.run, load));
  std::vector<std::string> problems = unmet(test, outcome);
  if (!command.against_kernel) return problems;
  WEIR_TRY(const Bytes object, read_data(file.program));
  WEIR_TRY(const TestOutcome kernel,
           run_in_kernel(object, file.program.substr(file.program.rfind('/') + 1), test.run));
  const auto found = differences(outcome, kernel, "weir", "kernel");
  problems.insert(problems.end(), found.begin(), found.end());
  return problems;
}

Status run_file(const TestFilesCommand& command, const std::string& path, std::vector<Ran>& ran) {
  WEIR_TRY(const TestFile file, read_test_file(path, command.program));
  WEIR_TRY(const Input input, Input::read(file.program));
  for (const FileTest& test : file.tests) {
    WEIR_TRY(std::vector<std::string> problems, run_test(command, file, test, input));
    if (!command.out.as_json()) {
      fmt::print("{:<6}{}: {}\n", problems.empty() ? "ok" : "FAIL", printable(path, 4096),
                 printable(test.name, 400));
      for (const std::string& problem : problems) fmt::print("      {}\n", problem);
    }
    ran.push_back({path, test.name, std::move(problems)});
  }
  return {};
}

Exit run_files(const TestFilesCommand& command) {
  std::vector<Ran> ran;
  Exit exit = Exit::kOk;
  Json errors = Json::array();
  for (const std::string& path : command.files) {
    if (Status done = run_file(command, path, ran); !done) {
      print_error(done.error());
      errors.push_back(to_json(done.error()));
      exit = worst(exit, done.error().code() == ErrorCode::kUsage ? Exit::kUsage : Exit::kFailed);
    }
  }
  size_t failed = 0;
  Json tests = Json::array();
  for (const Ran& test : ran) {
    failed += test.problems.empty() ? 0 : 1;
    tests.push_back({{"file", printable(test.file, 4096)},
                     {"name", printable(test.name, 400)},
                     {"ok", test.problems.empty()},
                     {"problems", test.problems}});
  }
  if (command.out.as_json()) {
    Json json = {{"passed", ran.size() - failed}, {"failed", failed}, {"tests", std::move(tests)}};
    if (!errors.empty()) json["errors"] = std::move(errors);
    print_json(json, command.out);
  } else {
    fmt::print("{} passed, {} failed\n", ran.size() - failed, failed);
  }
  return failed != 0 ? worst(exit, Exit::kFailed) : exit;
}

}  // namespace

void add_test_file_options(CLI::App& test, Exit& exit) {
  auto command = std::make_shared<TestFilesCommand>();
  test.add_option("FILES", command->files, "Test files, YAML or JSON");
  test.add_option("--program", command->program, "The object to test, whatever the files name")
      ->type_name("FILE");
  test.add_flag("--against-kernel", command->against_kernel,
                "Run each test in the kernel too; a difference fails it");
  test.add_option_function<std::string>(
          "--policy",
          [command](const std::string& text) {
            command->policy = policy_from_name(text);
            if (!command->policy)
              throw CLI::ValidationError("--policy", "'" + printable(text) + "' is no policy");
          },
          "Instead of the files': strict, guard or trusted")
      ->type_name("strict|guard|trusted");
  add_engine_choice(test, command->engine);
  add_cache_choice(test, command->cache);
  add_output_options(test, command->out);
  test.callback([command, &exit, &test] {
    if (!test.get_subcommands().empty()) return;
    if (command->files.empty()) {
      exit = fail(Error(ErrorCode::kUsage, "a test file, run or init is needed")
                      .with_hint("weir test --help"),
                  command->out);
      return;
    }
    exit = run_files(*command);
  });
}

Status write_test_file(const std::string& path, const std::string& program, const TestCase& test,
                       const TestOutcome& outcome) {
  WEIR_TRY(Json file, make_test_file(program, test, outcome));
  // Paths in a test file are relative to its folder.
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  const auto relative = [&folder](Json& name) {
    const auto file_name = name.get<std::string>();
    if (!file_name.starts_with('/') && file_name.starts_with(folder))
      name = file_name.substr(folder.size());
  };
  relative(file["program"]);
  if (file.contains("chain")) {
    for (Json& chained : file["chain"]) {
      if (chained.contains("program")) relative(chained["program"]);
    }
  }
  const std::string text =
      path.ends_with(".json")
          ? file.dump(2) + "\n"
          : "# Made by weir test init: what the program does now.\n" + json_to_yaml(file);
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  return write_file(path == "-" ? "/dev/stdout" : path, ByteSpan(bytes, text.size()));
}

}  // namespace weir::tool
