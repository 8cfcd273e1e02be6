// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// weir-filetest FILE...: runs filetests; exit code 1 if one fails. With WEIR_BLESS=1 in the
// environment the files are rewritten to expect what happens; where engines disagree nothing is
// blessed.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/filetests/filetest.h"

namespace {

bool bless_wanted() {
  const char* const said = std::getenv("WEIR_BLESS");
  return said && std::string_view(said) == "1";
}

bool run_file(const std::string& path, bool bless) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) {
    std::cerr << path << ": cannot be read\n";
    return false;
  }
  auto test = weir::test::parse_filetest(text.str(), path);
  if (!test) {
    std::cerr << test.error().to_string() << "\n";
    return false;
  }
  const std::vector<std::string> wrong = weir::test::execute_filetest(*test, bless);
  for (const std::string& what : wrong) std::cerr << what << "\n";
  if (bless) {
    std::string out;
    for (const std::string& line : test->lines) out += line + "\n";
    if (out != text.str()) {
      std::ofstream(path, std::ios::binary | std::ios::trunc) << out;
      std::cerr << path << ": rewritten; review the difference\n";
    }
  }
  return wrong.empty();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: weir-filetest FILE...\n";
    return 64;
  }
  bool good = true;
  for (int i = 1; i < argc; ++i) good &= run_file(argv[i], bless_wanted());
  return good ? 0 : 1;
}
