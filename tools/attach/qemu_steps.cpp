// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/attach/qemu_steps.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::attach {

namespace {

constexpr Direction kDirections[] = {Direction::kRx, Direction::kTx};

std::string_view name_of(Direction direction) {
  return direction == Direction::kRx ? "rx" : "tx";
}

Json chardev(const QemuPlace& place, Direction direction, bool out) {
  return {
      {"id", chardev_id(place, direction, out)},
      {"backend",
       {{"type", "socket"},
        {"data",
         {{"addr", {{"type", "unix"}, {"data", {{"path", socket_path(place, direction, out)}}}}},
          {"server", true},
          {"wait", false}}}}}};
}

Json filter(const QemuPlace& place, Direction direction) {
  return {{"qom-type", "filter-redirector"},
          {"id", filter_id(place, direction)},
          {"netdev", place.netdev},
          {"queue", name_of(direction)},
          {"outdev", chardev_id(place, direction, true)},
          {"indev", chardev_id(place, direction, false)},
          {"vnet_hdr_support", true}};
}

Status add_filters(Qmp& qmp, const QemuPlace& place) {
  for (const Direction direction : kDirections) {
    if (!covers(place.directions, direction)) continue;
    WEIR_CHECK(qmp.run("object-add", filter(place, direction)));
  }
  return {};
}

// Of both directions, whichever are there; how many were.
size_t delete_filters(Qmp& qmp, const QemuPlace& place) {
  size_t count = 0;
  for (const Direction direction : kDirections)
    count += qmp.run("object-del", {{"id", filter_id(place, direction)}}) ? 1 : 0;
  return count;
}

size_t remove_chardevs(Qmp& qmp, const QemuPlace& place) {
  size_t count = 0;
  for (const Direction direction : kDirections) {
    for (const bool out : {true, false})
      count += qmp.run("chardev-remove", {{"id", chardev_id(place, direction, out)}}) ? 1 : 0;
  }
  return count;
}

Status add_all(Qmp& qmp, const QemuPlace& place, const Connection& connection) {
  for (const Direction direction : kDirections) {
    if (!covers(place.directions, direction)) continue;
    for (const bool out : {true, false})
      WEIR_CHECK(qmp.run("chardev-add", chardev(place, direction, out)));
  }
  WEIR_CHECK(connection.connect());
  return add_filters(qmp, place);
}

}  // namespace

std::string filter_id(const QemuPlace& place, Direction direction) {
  return fmt::format("weir-{}-{}", place.netdev, name_of(direction));
}

std::string chardev_id(const QemuPlace& place, Direction direction, bool out) {
  return fmt::format("weir-{}-{}-{}", place.netdev, name_of(direction), out ? "out" : "in");
}

std::string socket_path(const QemuPlace& place, Direction direction, bool out) {
  return fmt::format("{}/{}-{}", place.folder, name_of(direction), out ? "out" : "in");
}

Status attach_filters(Qmp& qmp, const QemuPlace& place, const Connection& connection) {
  // First the filters: from here on, frames go their plain way, also if the rest fails.
  delete_filters(qmp, place);
  connection.disconnect();
  remove_chardevs(qmp, place);
  Status added = add_all(qmp, place, connection);
  if (added) return {};
  delete_filters(qmp, place);
  connection.disconnect();
  remove_chardevs(qmp, place);
  return added;
}

Result<bool> detach_filters(Qmp& qmp, const QemuPlace& place,
                            const std::function<void()>& disconnect) {
  WEIR_TRY(const std::vector<FilterState> before, filter_states(qmp, place.netdev));
  const size_t filters = delete_filters(qmp, place);
  WEIR_TRY(const std::vector<FilterState> left, filter_states(qmp, place.netdev));
  if (!left.empty()) {
    // With its peer gone it would lose every frame: that peer stays.
    return Error(ErrorCode::kIo, fmt::format("QEMU keeps the filter {}", left.front().id));
  }
  disconnect();
  return filters + remove_chardevs(qmp, place) != 0;
}

Status renew_filters(Qmp& qmp, const QemuPlace& place) {
  delete_filters(qmp, place);
  return add_filters(qmp, place);
}

Result<std::vector<FilterState>> filter_states(Qmp& qmp, const std::string& netdev) {
  WEIR_TRY(const Json objects, qmp.run("qom-list", {{"path", "/objects"}}));
  WEIR_TRY(const Json chardevs, qmp.run("query-chardev"));
  std::vector<FilterState> out;
  for (const Direction direction : kDirections) {
    const std::string id = filter_id({.netdev = netdev}, direction);
    const bool there = std::ranges::any_of(objects, [&](const Json& each) {
      return each.is_object() && each.value("name", "") == id;
    });
    if (!there) continue;
    WEIR_TRY(const Json status,
             qmp.run("qom-get", {{"path", "/objects/" + id}, {"property", "status"}}));
    const std::string in = chardev_id({.netdev = netdev}, direction, false);
    const bool reads = std::ranges::any_of(chardevs, [&](const Json& each) {
      return each.is_object() && each.value("label", "") == in &&
             each.value("frontend-open", false);
    });
    out.push_back({direction, id, status == "on", reads});
  }
  return out;
}

std::vector<std::string> qemu_arguments(const QemuPlace& place) {
  std::vector<std::string> out;
  for (const Direction direction : kDirections) {
    if (!covers(place.directions, direction)) continue;
    for (const bool end : {true, false}) {
      // With wait=on the VM does not start before the filter is there.
      out.push_back("-chardev");
      out.push_back(fmt::format("socket,id={},path={},server=on,wait=on",
                                chardev_id(place, direction, end),
                                socket_path(place, direction, end)));
    }
  }
  for (const Direction direction : kDirections) {
    if (!covers(place.directions, direction)) continue;
    out.push_back("-object");
    out.push_back(fmt::format(
        "filter-redirector,id={},netdev={},queue={},outdev={},indev={},vnet_hdr_support=on",
        filter_id(place, direction), place.netdev, name_of(direction),
        chardev_id(place, direction, true), chardev_id(place, direction, false)));
  }
  return out;
}

}  // namespace weir::attach
