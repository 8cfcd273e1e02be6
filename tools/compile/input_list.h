// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `weir compile` is given: files, folders and lists, as files.
#pragma once

#include <string>
#include <vector>

#include "frontend/support/result.h"

namespace weir::tool {

struct InputFile {
  std::string path;
  // Where its object goes below an output folder, without the ending: "ip_dst"; of a file that was
  // found in a folder, with the folders between: "edge/ip_dst".
  std::string output;
};

// In order. A folder stands for the BPF objects (*.o) in it and below it, by name; "@LIST" for the
// lines of a file ("@-": of standard input) without empty ones and those that begin with #, each a
// file or a folder. A file that is not there stays in the list: whoever reads it says so. Errors:
// Io, NotFound (a list that cannot be read, a folder without objects).
Result<std::vector<InputFile>> expand_inputs(const std::vector<std::string>& arguments);

}  // namespace weir::tool
