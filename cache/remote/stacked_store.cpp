// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cache/remote/stacked_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "cache/no_throw.h"
#include "cache/signals_blocked.h"

namespace weir {

namespace {

constexpr size_t kMostProblems = 16;

// A lease is renewed when a third of it is over: two renewals may fail before it ends.
std::chrono::milliseconds renewal(const StackOptions& options) {
  return std::max(options.lease / 3, std::chrono::milliseconds(1));
}

}  // namespace

StackedStore::StackedStore(Store* local, std::optional<LocalLeases> leases,
                           std::vector<std::unique_ptr<RemoteStore>> remotes, EntryCodec codec,
                           const StackOptions& options)
    : local_(local),
      local_leases_(std::move(leases)),
      remotes_(std::move(remotes)),
      codec_(std::move(codec)),
      options_(options) {}

StackedStore::~StackedStore() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = Clock::now() + options_.drain;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  // Claims that nobody released: others need not wait for their end.
  while (!held_.empty()) end_lease(Digest(held_.begin()->first));
}

std::string StackedStore::name() const {
  std::string out = local_ != nullptr ? local_->name() : "";
  for (const auto& remote : remotes_) out += (out.empty() ? "" : ", ") + remote->name();
  return out;
}

void StackedStore::problem(Error error) {
  // Without memory it is not told.
  (void)without_exceptions([&]() -> Status {
    const std::lock_guard lock(mutex_);
    std::string text = error.to_string();
    if (told_.size() == kMostProblems || std::ranges::find(told_, text) != told_.end()) return {};
    told_.push_back(std::move(text));
    problems_.push_back(std::move(error));
    return {};
  });
}

std::vector<Error> StackedStore::take_problems() {
  const std::lock_guard lock(mutex_);
  return std::exchange(problems_, {});
}

Result<Lookup> StackedStore::lookup(const Digest& key) {
  return without_exceptions([&]() -> Result<Lookup> {
    Result<Lookup> local = Lookup();
    if (local_ != nullptr) local = local_->lookup(key);
    if (local && local->hit()) {
      if (options_.offer_hits && !remotes_.empty()) {
        if (auto file = codec_.encode(key, local->object, local->description)) {
          const auto shared = std::make_shared<const std::vector<uint8_t>>(std::move(*file));
          for (const auto& remote : remotes_) offer(key, shared, *remote, true);
        }
      }
      return local;
    }
    std::vector<RemoteStore*> lacking;
    for (const auto& remote : remotes_) {
      auto got = remote->get(key);
      if (!got) {
        problem(got.take_error());
        continue;
      }
      if (got->state != RemoteStore::Got::State::kHit) {
        if (got->state == RemoteStore::Got::State::kAbsent) lacking.push_back(remote.get());
        continue;
      }
      auto entry = codec_.open(got->file, key);
      if (!entry) {
        // Whole, but of another weir: as good as absent, and nothing to tell; it is not replaced.
        if (entry.error().code() == ErrorCode::kCacheUnavailable) continue;
        remote->count_refused();
        problem(entry.take_error().in_file(remote->name()));
        lacking.push_back(remote.get());
        continue;
      }
      if (local_ != nullptr) {
        Status kept = codec_.keep(key, got->file);
        if (!kept) problem(kept.take_error());
      }
      const auto file = std::make_shared<const std::vector<uint8_t>>(std::move(got->file));
      for (RemoteStore* other : lacking) offer(key, file, *other, false);
      Lookup hit;
      hit.state = Lookup::State::kHit;
      hit.object = std::move(entry->object);
      hit.description = std::move(entry->description);
      hit.origin = Origin::kRemote;
      hit.from = remote->name();
      return hit;
    }
    return local;
  });
}

Status StackedStore::put(const Digest& key, ByteSpan object, const Description& description) {
  return without_exceptions([&]() -> Status {
    Status kept;
    if (local_ != nullptr) kept = local_->put(key, object, description);
    if (!remotes_.empty()) {
      WEIR_TRY(std::vector<uint8_t> file, codec_.encode(key, object, description));
      const auto shared = std::make_shared<const std::vector<uint8_t>>(std::move(file));
      for (const auto& remote : remotes_) offer(key, shared, *remote, false);
    }
    return kept;
  });
}

void StackedStore::offer(const Digest& key, const File& file, RemoteStore& remote, bool if_absent) {
  if (remote.address().read_only) return;
  enqueue({.key = key, .file = file, .remote = &remote, .if_absent = if_absent});
}

bool StackedStore::have_thread() {
  if (thread_.joinable()) return true;
  const Status started = without_exceptions([&]() -> Status {
    const SignalsBlocked blocked;
    thread_ = std::thread([this] { work(); });
    return {};
  });
  return static_cast<bool>(started);
}

void StackedStore::enqueue(const Task& task) {
  const uint64_t size = task.file ? task.file->size() : 0;
  std::unique_lock lock(mutex_);
  if (!have_thread()) {
    lock.unlock();
    run(task);
    return;
  }
  auto has_room = [&] { return size == 0 || queued_bytes_ + size <= options_.queue_bytes; };
  if (!has_room() && options_.wait_for_room) {
    changed_.wait(lock, [&] { return has_room() || tasks_.empty(); });
  } else if (!has_room()) {
    return;
  }
  const Status queued = without_exceptions([&]() -> Status {
    tasks_.push_back(task);
    return {};
  });
  if (!queued) {
    lock.unlock();
    run(task);
    return;
  }
  queued_bytes_ += size;
  changed_.notify_all();
}

void StackedStore::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    renew_leases(lock);
    if (!tasks_.empty()) {
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      busy_ = true;
      lock.unlock();
      run(task);
      lock.lock();
      busy_ = false;
      if (task.file) queued_bytes_ -= task.file->size();
      changed_.notify_all();
      continue;
    }
    if (closing_) break;
    auto wake = Clock::now() + std::chrono::hours(1);
    for (const auto& [key, held] : held_) wake = std::min(wake, held.renew_at);
    changed_.wait_until(lock, wake);
  }
}

void StackedStore::run(const Task& task) {
  auto limit = std::chrono::milliseconds(std::chrono::hours(1));
  {
    const std::lock_guard lock(mutex_);
    if (closing_) limit = std::chrono::ceil<std::chrono::milliseconds>(*closing_ - Clock::now());
  }
  // A short-lived command may be closed while an upload is under way.
  if (!options_.wait_for_room) limit = std::min(limit, options_.drain);
  if (!task.file) {
    end_lease(task.key);
    return;
  }
  if (limit.count() <= 0) return;
  Status sent = without_exceptions([&]() -> Status {
    if (task.if_absent) {
      auto there = task.remote->has(task.key);
      if (!there || *there) return {};
    }
    WEIR_CHECK(task.remote->put(task.key, *task.file, limit));
    return {};
  });
  if (!sent) problem(sent.take_error());
}

StackedStore::Claim StackedStore::claim(const Digest& key) {
  // Without memory two may compile the same.
  auto claimed = without_exceptions([&]() -> Result<Claim> { return try_claim(key); });
  return claimed ? *claimed : Claim::kMine;
}

StackedStore::Claim StackedStore::try_claim(const Digest& key) {
  if (local_leases_) {
    const auto mine = local_leases_->acquire(key);
    if (mine && !*mine) return Claim::kOthers;
  }
  for (const auto& remote : remotes_) {
    if (remote->address().read_only || !remote->address().leases) continue;
    auto reply = remote->acquire(key, options_.lease);
    if (!reply || reply->state == LeaseReply::State::kUnsupported) continue;
    if (reply->state == LeaseReply::State::kBusy) {
      if (local_leases_) local_leases_->release(key);
      return Claim::kOthers;
    }
    const std::lock_guard lock(mutex_);
    held_[key] = {remote.get(), std::move(reply->token), Clock::now() + renewal(options_)};
    // It looks after the lease from now on; where there is none the lease ends when its time is
    // over.
    if (have_thread()) changed_.notify_all();
    break;
  }
  return Claim::kMine;
}

void StackedStore::release(const Digest& key) {
  bool remote = false;
  {
    const std::lock_guard lock(mutex_);
    remote = held_.contains(key);
  }
  if (remote) {
    enqueue({.key = key});
  } else if (local_leases_) {
    local_leases_->release(key);
  }
}

void StackedStore::end_lease(const Digest& key) {
  Held held;
  {
    const std::lock_guard lock(mutex_);
    const auto found = held_.find(key);
    if (found == held_.end()) return;
    held = std::move(found->second);
    held_.erase(found);
  }
  // If it fails the lease ends by itself.
  (void)without_exceptions([&] { return held.remote->release(key, held.token); });
  if (local_leases_) local_leases_->release(key);
}

void StackedStore::renew_leases(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    const auto due = std::ranges::find_if(
        held_, [](const auto& item) { return item.second.renew_at <= Clock::now(); });
    if (due == held_.end()) return;
    due->second.renew_at = Clock::now() + renewal(options_);
    // Lost to somebody else, or not renewed: then somebody may compile it once more.
    (void)without_exceptions([&]() -> Status {
      const Digest key = due->first;
      const Held held = due->second;
      lock.unlock();
      WEIR_CHECK(held.remote->renew(key, held.token, options_.lease));
      return {};
    });
    if (!lock.owns_lock()) lock.lock();
  }
}

void StackedStore::flush() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return tasks_.empty() && !busy_; });
}

}  // namespace weir
