// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libweir for C++17 and later: weir.h with owners and exceptions, header only. Every call means
// what weir.h says of it; what fails there throws weir::host::Failure here.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "weir.h"

namespace weir::host {

// what() is the message of weir.h, of one or more lines.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {
inline std::string take(char* text) {
  std::string out = text != nullptr ? text : "";
  weir_string_free(text);
  return out;
}
template <typename T>
T* check(T* made, char* error) {
  if (made == nullptr) throw Failure(take(error));
  return made;
}
inline void check(int failed, char* error) {
  if (failed != 0) throw Failure(take(error));
}
template <auto close>
struct Closer {
  template <typename T>
  void operator()(T* object) const {
    close(object);
  }
};
template <typename T, auto close>
using Owner = std::unique_ptr<T, Closer<close>>;
}  // namespace detail

class Host {
 public:
  explicit Host(weir_host_options options = {}) {
    options.size = sizeof options;
    char* error = nullptr;
    auto* const made = weir_host_open(&options, &error);
    host_.reset(detail::check(made, error));
  }
  weir_host* get() const { return host_.get(); }
  size_t reclaim() { return weir_host_reclaim(get()); }

 private:
  detail::Owner<weir_host, weir_host_close> host_;
};

// A map of a program; belongs to it.
class Map {
 public:
  explicit Map(weir_map* map) : map_(map) {}
  weir_map* get() const { return map_; }
  weir_map_info info() const {
    weir_map_info info;
    weir_map_get_info(map_, &info);
    return info;
  }
  // Empty: there is no such key. Key and Value are plain data of the map's sizes.
  template <typename Value, typename Key>
  std::optional<Value> lookup(const Key& key, uint64_t flags = 0) const {
    check_sizes(sizeof key, sizeof(Value));
    Value value{};
    if (weir_map_lookup(map_, &key, &value, flags) != 0) return std::nullopt;
    return value;
  }
  // 0 or a negative errno.
  template <typename Key, typename Value>
  int update(const Key& key, const Value& value, uint64_t flags = 0) {
    check_sizes(sizeof key, sizeof value);
    return weir_map_update(map_, &key, &value, flags);
  }
  template <typename Key>
  int erase(const Key& key) {
    check_sizes(sizeof key, info().host_value_size);
    return weir_map_delete(map_, &key);
  }

 private:
  void check_sizes(size_t key, size_t value) const {
    const weir_map_info have = info();
    if (key == have.key_size && value == have.host_value_size) return;
    throw Failure("map '" + std::string(have.name) + "': keys of " + std::to_string(have.key_size) +
                  " and values of " + std::to_string(have.host_value_size) + " bytes, given " +
                  std::to_string(key) + " and " + std::to_string(value));
  }
  weir_map* map_;
};

class Program {
 public:
  Program(const Host& host, const std::string& path, weir_program_options options = {}) {
    options.size = sizeof options;
    char* error = nullptr;
    auto* const made = weir_program_open(host.get(), path.c_str(), &options, &error);
    program_.reset(detail::check(made, error));
  }
  weir_program* get() const { return program_.get(); }
  std::string name() const { return weir_program_name(get()); }
  std::string hook() const { return weir_program_hook(get()); }
  std::string engine() const { return weir_program_engine(get()); }
  std::optional<Map> map(const std::string& name) const {
    weir_map* const found = weir_program_map(get(), name.c_str());
    return found != nullptr ? std::optional<Map>(found) : std::nullopt;
  }
  std::string explain(const weir_result& result) const {
    return detail::take(weir_program_explain(get(), &result));
  }

 private:
  detail::Owner<weir_program, weir_program_close> program_;
};

// For one thread at a time.
class Worker {
 public:
  explicit Worker(const Host& host) {
    char* error = nullptr;
    auto* const made = weir_worker_open(host.get(), &error);
    worker_.reset(detail::check(made, error));
  }
  weir_worker* get() const { return worker_.get(); }
  uint32_t cpu() const { return weir_worker_cpu(get()); }
  weir_result run(const Program& program, void* data, size_t bytes, uint64_t budget = 0) {
    weir_result result;
    weir_program_run(get(), program.get(), data, bytes, budget, &result);
    return result;
  }

 private:
  detail::Owner<weir_worker, weir_worker_close> worker_;
};

class Filter {
 public:
  Filter(const Host& host, weir_filter_options options) {
    options.size = sizeof options;
    char* error = nullptr;
    auto* const made = weir_filter_open(host.get(), &options, &error);
    filter_.reset(detail::check(made, error));
  }
  weir_filter* get() const { return filter_.get(); }

  uint32_t attach(const Program& program, weir_attach_options options = {}) {
    options.size = sizeof options;
    uint32_t link = 0;
    char* error = nullptr;
    const int failed = weir_filter_attach(get(), program.get(), &options, &link, &error);
    detail::check(failed, error);
    return link;
  }
  void replace(uint32_t link, const Program& program) {
    char* error = nullptr;
    const int failed = weir_filter_replace(get(), link, program.get(), &error);
    detail::check(failed, error);
  }
  void detach(uint32_t link) {
    char* error = nullptr;
    const int failed = weir_filter_detach(get(), link, &error);
    detail::check(failed, error);
  }
  void rollback() {
    char* error = nullptr;
    const int failed = weir_filter_rollback(get(), &error);
    detail::check(failed, error);
  }
  uint64_t generation() const { return weir_filter_generation(get()); }

  size_t run(Worker& worker, weir_packet* packets, size_t count) {
    return weir_filter_run(worker.get(), get(), packets, count);
  }
  weir_filter_counts counts() const {
    weir_filter_counts counts;
    weir_filter_get_counts(get(), &counts);
    return counts;
  }
  std::vector<weir_link_info> links() const {
    std::vector<weir_link_info> links(weir_filter_get_links(get(), nullptr, 0));
    links.resize(std::min(links.size(), weir_filter_get_links(get(), links.data(), links.size())));
    return links;
  }

 private:
  detail::Owner<weir_filter, weir_filter_close> filter_;
};

}  // namespace weir::host
