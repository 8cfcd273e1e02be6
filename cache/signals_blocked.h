// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Signals are the host's; none is delivered to a thread that it does not know of. A thread that is
// started while this object lives takes none.
#pragma once

#include <signal.h>

namespace weir {

class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    (void)::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { (void)::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace weir
