// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The protocols as a shared library that is loaded only when there is a remote store: libcurl and
// what it needs are two dozen libraries, which no run with a local cache alone should pay for. Both
// sides are of the same build.
#pragma once

#include "cache/remote/transport.h"

namespace weir {

struct TransportPlugin {
  std::string_view version;  // kTransportVersion of the build that made it
  TransportFactory make;
};

// Changes with the interface (transport.h, address.h).
inline constexpr std::string_view kTransportVersion = "weir remote transports 1";
// The one symbol of libweir-remote.so: const TransportPlugin* weir_transport_plugin().
inline constexpr const char* kTransportPluginSymbol = "weir_transport_plugin";

}  // namespace weir
