// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/remote/transport_plugin.h"

extern "C" __attribute__((visibility("default"))) const weir::TransportPlugin*
weir_transport_plugin() {
  static constexpr weir::TransportPlugin plugin = {weir::kTransportVersion, &weir::make_transport};
  return &plugin;
}
