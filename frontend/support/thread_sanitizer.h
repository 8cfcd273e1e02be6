// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// WEIR_THREAD_SANITIZED: this is compiled for the thread sanitizer, by GCC or by clang.
#pragma once

#if defined(__SANITIZE_THREAD__)
#define WEIR_THREAD_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEIR_THREAD_SANITIZED 1
#endif
#endif
