// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Requests for test runs as JSON, for programs that compare weir with something else: one request,
// one reply, whatever the verdict. docs/TESTING.md describes both.
#pragma once

#include "tools/load.h"
#include "tools/testing/test_case.h"

namespace weir::tool {

struct TestRequest {
  std::string object;                // path, or
  std::optional<std::string> insns;  // hex digits of the program itself
  TestCase test;
  LoadChoice load;
  // The request asks for a hook kind that weir does not have.
  std::string unknown_type;
};

// kUsage: no such request, and what is wrong with it.
Result<TestRequest> parse_request(ByteSpan text);

// Runs it. The reply's verdict says whether the program was taken; an error is one of the request's
// (a file that is not there, an update that does not fit its map).
Result<Json> answer(const TestRequest& request);

// What weir's refusal of a program means: "reject" if the program is unsafe or invalid,
// "unsupported" if weir lacks something; empty for errors that are about something else.
std::string_view verdict_of(const Error& error);

// {"op": ...} of a request, and of a test file.
Result<MapStep> parse_step(const Json& json);

Json runs_json(const TestOutcome& outcome);
Json maps_json(const std::vector<MapContents>& maps);

}  // namespace weir::tool
