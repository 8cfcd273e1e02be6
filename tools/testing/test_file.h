// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Test files: what a program is to do with packets, written down beside it (docs/TESTING.md has the
// format). A file names one program and has any number of tests; each starts with new maps.
#pragma once

#include "tools/load.h"
#include "tools/testing/test_case.h"

namespace weir::tool {

struct ExpectedPacket {
  std::optional<uint32_t> retval;
  std::optional<Bytes> out;
  bool unchanged = false;
  std::optional<RedirectTarget> redirect;
  std::optional<std::string> decided;  // of a chain: the program that ran last
};

struct ExpectedEntry {
  std::string map;
  Bytes key;
  std::optional<Bytes> value;  // empty: there is no such entry
};

struct FileTest {
  std::string name;
  TestCase run;
  std::vector<ExpectedPacket> packets;  // parallel to run.packets
  std::vector<ExpectedEntry> entries;
};

struct TestFile {
  std::string program;  // path of the object
  Policy policy = Policy::kGuard;
  std::vector<FileTest> tests;
};

// Reads a file, YAML or JSON (.json). The program it names is read too: maps' values are written as
// their types say. Paths in it are relative to its folder. `program` overrides the one it names.
Result<TestFile> read_test_file(const std::string& path, const std::string& program);

// What did not come out as the test says, one a line; empty: it passed.
std::vector<std::string> unmet(const FileTest& test, const TestOutcome& outcome);

// A test file that says what came out: the tests of `test`, all passing.
Result<Json> make_test_file(const std::string& program, const TestCase& test,
                            const TestOutcome& outcome);

}  // namespace weir::tool
