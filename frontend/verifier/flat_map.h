// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A sorted vector with the interface of std::map that the analysis uses. States are copied at every
// branch, and hold few entries: one block of memory is copied and searched faster than a tree.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

namespace weir {

template <class Key, class Value>
class FlatMap {
 public:
  using Entry = std::pair<Key, Value>;
  using iterator = typename std::vector<Entry>::iterator;
  using const_iterator = typename std::vector<Entry>::const_iterator;

  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }
  iterator begin() { return entries_.begin(); }
  iterator end() { return entries_.end(); }
  const_iterator begin() const { return entries_.begin(); }
  const_iterator end() const { return entries_.end(); }

  iterator find(const Key& key) {
    const iterator it = lower_bound(key);
    return it != end() && it->first == key ? it : end();
  }
  const_iterator find(const Key& key) const { return const_cast<FlatMap*>(this)->find(key); }
  bool contains(const Key& key) const { return find(key) != end(); }

  template <class... Arguments>
  std::pair<iterator, bool> try_emplace(const Key& key, Arguments&&... arguments) {
    const iterator it = lower_bound(key);
    if (it != end() && it->first == key) return {it, false};
    return {entries_.emplace(it, key, Value(std::forward<Arguments>(arguments)...)), true};
  }
  Value& operator[](const Key& key) { return try_emplace(key).first->second; }

  iterator erase(iterator it) { return entries_.erase(it); }
  void clear() { entries_.clear(); }
  template <class Predicate>
  void remove_if(Predicate predicate) {
    std::erase_if(entries_, predicate);
  }

 private:
  // Keys that ascend are added at the end most of the time.
  iterator lower_bound(const Key& key) {
    if (entries_.empty() || entries_.back().first < key) return entries_.end();
    return std::lower_bound(entries_.begin(), entries_.end(), key,
                            [](const Entry& entry, const Key& k) { return entry.first < k; });
  }
  std::vector<Entry> entries_;
};

}  // namespace weir
