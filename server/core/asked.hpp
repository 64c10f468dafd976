// What a connection has asked of the application and has no answer to. Values, used by their shard only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "server/core/mail.hpp"

namespace dialogue {

struct AskedJoin {
  std::uint64_t ticket = 0;
  Join join;
};

/// A publication in the chain of middleware, or through it and waiting for those of its room that came before it.
struct AskedDraft {
  std::uint64_t ticket = 0;  ///< 0: it is through
  std::size_t step = 0;      ///< of the chain
  Publish letter;
  std::optional<Fault> fault;  ///< it is refused, and its number is not consumed
};

struct Asked {
  std::vector<AskedJoin> joins;
  std::vector<AskedDraft> drafts;  ///< of all rooms, in the order in which they came

  [[nodiscard]] bool empty() const { return joins.empty() && drafts.empty(); }
};

}  // namespace dialogue
