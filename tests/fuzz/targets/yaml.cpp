// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// YAML and JSON that users write: documents, packets that are built from headers, steps of tests,
// configurations of `weir attach`. The first byte says what is read. What is read as YAML is the
// same after it was written as YAML.
#include "tools/testing/yaml.h"
#include "tests/fuzz/targets/target.h"
#include "tools/attach_config.h"
#include "tools/testing/packet_builder.h"
#include "tools/testing/request.h"

using namespace weir;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const ByteSpan text = ByteSpan(data, size).subspan(1);
  if (data[0] % 4 == 3) {
    const fuzz::MemoryFile file(text);
    const auto config = tool::read_config(file.path());
    if (config)
      fuzz::promise(tool::check_config(*config).has_value(), "a configuration is checked");
    return 0;
  }
  const auto json = tool::yaml_to_json(text);
  if (!json) return 0;
  switch (data[0] % 4) {
    case 0: {
      const std::string written = tool::json_to_yaml(*json);
      const auto again = tool::yaml_to_json(as_bytes(written));
      if (!again || again->dump(-1, ' ', false, tool::Json::error_handler_t::replace) !=
                        json->dump(-1, ' ', false, tool::Json::error_handler_t::replace))
        fuzz::broken("YAML that was written reads as something else:\n" + written);
      break;
    }
    case 1: (void)tool::build_packet(*json); break;
    default: (void)tool::parse_step(*json); break;
  }
  return 0;
}
