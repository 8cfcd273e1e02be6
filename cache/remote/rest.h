// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// When to leave a server alone. After a failure nobody asks it for a while; when the while is over
// one caller tries, and the others go on without until that one has an answer. Each further failure
// doubles the while, a success ends it: so a server that is dead costs one timeout now and then,
// and one that comes back is noticed.
#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>

namespace weir {

class Rest {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kLongest = std::chrono::minutes(5);

  explicit Rest(std::chrono::milliseconds first) : first_(first), next_(first) {}

  // Whether to ask. Who is told to must say how it went.
  bool may_ask(Clock::time_point now = Clock::now()) {
    const std::lock_guard lock(mutex_);
    if (!resting_) return true;
    if (now < until_ || trying_) return false;
    return trying_ = true;
  }
  void succeeded() {
    const std::lock_guard lock(mutex_);
    resting_ = trying_ = false;
    next_ = first_;
  }
  // True for the failure that began the rest: the one to tell the user of.
  bool failed(Clock::time_point now = Clock::now()) {
    const std::lock_guard lock(mutex_);
    // Several callers that were under way at once fail for one reason.
    if (resting_ && !trying_) return false;
    const bool first = !resting_;
    resting_ = true;
    trying_ = false;
    until_ = now + next_;
    next_ = std::min(2 * next_, std::max(kLongest, first_));
    return first;
  }

 private:
  std::mutex mutex_;
  std::chrono::milliseconds first_, next_;
  Clock::time_point until_{};
  bool resting_ = false, trying_ = false;
};

}  // namespace weir
