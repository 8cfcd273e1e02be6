// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The local store with remote stores behind it, as one store.
//
//     lookup   local, then each remote in order. What a remote has is checked (EntryCodec), copied
//              into the local store, and offered to the remotes that were asked before and lack it.
//     put      into the local store, and to every remote, in the background; where the system gives
//              no thread for that, before put() returns.
//     claim    whether this process should compile a key, or wait for whoever does it.
//
// A remote is never trusted and never needed: a file that the codec does not open is as good as
// none, and a remote that cannot be asked is left out. What went wrong with one is kept for
// take_problems(); no lookup or put fails for it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "cache/entry.h"
#include "cache/local_lease.h"
#include "cache/remote/remote_store.h"
#include "cache/store.h"

namespace weir {

// How entries become files for others, whose files are believed, and how they are kept here.
struct EntryCodec {
  std::function<Result<std::vector<uint8_t>>(const Digest& key, ByteSpan object,
                                             const Description& description)>
      encode;
  // An Error for everything that must not be used, whatever is wrong with it.
  std::function<Result<Entry>(ByteSpan file, const Digest& key)> open;
  // Into the local store, with what others have signed.
  std::function<Status(const Digest& key, ByteSpan file)> keep;
};

struct StackOptions {
  // What waits to be uploaded at most; a put that finds no room waits for some, in commands that
  // exist to fill stores, or gives the upload up.
  uint64_t queue_bytes = 64 << 20;
  bool wait_for_room = false;
  // A local hit is offered to remotes that do not have it.
  bool offer_hits = false;
  // When the stack is closed, uploads that have not begun by then are given up, and those under
  // way end within this.
  std::chrono::milliseconds drain{2000};
  // A lease that nobody renews ends after that: so long a dead machine holds up its last program.
  std::chrono::milliseconds lease{30'000};
};

class StackedStore final : public Store {
 public:
  // `local` may be null; else it outlives the stack. `leases`: of its folder.
  StackedStore(Store* local, std::optional<LocalLeases> leases,
               std::vector<std::unique_ptr<RemoteStore>> remotes, EntryCodec codec,
               const StackOptions& options = {});
  ~StackedStore() override;

  Result<Lookup> lookup(const Digest& key) override;
  Status put(const Digest& key, ByteSpan object, const Description& description) override;
  std::string name() const override;

  enum class Claim : uint8_t {
    kMine,    // compile it, put it, release it; ours also where nobody can give leases
    kOthers,  // somebody is at it: look again later
  };
  Claim claim(const Digest& key);
  // Ends the claim when what was put before has been uploaded.
  void release(const Digest& key);

  // Waits until everything is uploaded or given up.
  void flush();

  const std::vector<std::unique_ptr<RemoteStore>>& remotes() const { return remotes_; }
  // What went wrong with remotes since the last call; each thing once.
  std::vector<Error> take_problems();

 private:
  using Clock = std::chrono::steady_clock;
  using File = std::shared_ptr<const std::vector<uint8_t>>;
  // One turn of the background thread: send a file, or end a lease.
  struct Task {
    Digest key;
    File file;  // null: release
    RemoteStore* remote = nullptr;
    bool if_absent = false;
  };
  struct Held {
    RemoteStore* remote = nullptr;
    std::string token;
    Clock::time_point renew_at;
  };

  void problem(Error error);
  Claim try_claim(const Digest& key);
  // Whether what is queued will be worked off. With mutex_.
  bool have_thread();
  // A task that cannot be queued is run.
  void enqueue(const Task& task);
  void offer(const Digest& key, const File& file, RemoteStore& remote, bool if_absent);
  void work();
  void run(const Task& task);
  void end_lease(const Digest& key);
  void renew_leases(std::unique_lock<std::mutex>& lock);

  Store* local_;
  std::optional<LocalLeases> local_leases_;
  std::vector<std::unique_ptr<RemoteStore>> remotes_;
  const EntryCodec codec_;
  const StackOptions options_;

  std::mutex mutex_;  // over all below
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  uint64_t queued_bytes_ = 0;
  bool busy_ = false;
  std::optional<Clock::time_point> closing_;  // nothing is begun after that
  std::map<Digest, Held> held_;
  std::vector<Error> problems_;
  std::vector<std::string> told_;
  std::thread thread_;
};

}  // namespace weir
