// Why a key cannot be used: one sentence each, never with a piece of the key. A plain value.
#pragma once
#include <string>

namespace dialogue::auth {

struct KeyError {
  std::string problem;  ///< without a full stop
  std::string advice;
};

}  // namespace dialogue::auth
