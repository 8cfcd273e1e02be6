// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How far the walk of explore.cpp goes: the numbers that its precision and its time are set by.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir {

// States kept apart at one place: enough for the options of a header and the rounds of a short
// loop. Each costs a walk of all that follows, so a program that takes too many steps is walked
// again with fewer of them, down to one state for each place and call chain.
inline constexpr size_t kPathsApart = 24;
inline constexpr size_t kFewPathsApart[] = {4, 1};
// Sets of pointers in registers and slots, and of maps and contexts, that are kept apart at one
// place beside that.
inline constexpr size_t kKindsApart = 16, kVitalApart = 64;
// What is not proven then may be if every round of every loop is walked by itself, and every path
// that differs in what matters (relevance.h), as the kernel would: under strict for as long as the
// first walk may take, else if the first one was short, or too long, or refused something.
inline constexpr size_t kRoundsWalked[] = {4096, 256, 24};
inline constexpr uint64_t kShortWalk = 4'000;
// Joins at one place before bounds are widened.
inline constexpr size_t kJoinsBeforeWidening = 4;
inline constexpr size_t kMaxLandmarks = 96;
// The last walk, with one state for each place, gets so many more for each instruction: enough for
// loops in loops to settle.
inline constexpr uint64_t kLastSteps = 64;
// Comparing and keeping states takes time and memory too: so many values compared are as much as a
// step, and to keep one is as much as to compare it so many times.
inline constexpr uint64_t kWorkOfStep = 64;
inline constexpr uint64_t kWorkOfValue = 24;

}  // namespace weir
