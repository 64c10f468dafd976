// Whether a sanitizer is compiled in. Memory and time then say nothing about the product, and what is tried at every byte or
// every operation takes ten times as long: the release build tries each, a sanitizer build a share.
#pragma once
#include <cstddef>

#if defined(__has_feature)
#define DIALOGUE_HAS_FEATURE(name) __has_feature(name)  // clang's way to tell
#else
#define DIALOGUE_HAS_FEATURE(name) 0
#endif

namespace dialogue::testing {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || DIALOGUE_HAS_FEATURE(address_sanitizer) || \
    DIALOGUE_HAS_FEATURE(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// The step of a loop over all bytes of a file or all operations of a disk. A prime, so that it meets every kind of operation
/// of a workload that repeats itself.
inline constexpr std::size_t kStep = kSanitized ? 5 : 1;

/// The same for a loop whose turns are long. Which operation fails makes no other race: ThreadSanitizer needs to see fewer.
inline constexpr std::size_t kRareStep = DIALOGUE_HAS_FEATURE(thread_sanitizer) ? 29 : kStep;

}  // namespace dialogue::testing
