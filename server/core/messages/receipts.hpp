// Who received a room's log up to where, as the audit keeps it. docs/decisions/323-receipts.md
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace dialogue::core {

/// All of these sequences were told to a connection of the user, and its transport has taken the bytes.
struct Receipt {
  std::string room, user_id;
  std::uint64_t epoch = 0, first = 0, last = 0;
  std::uint64_t at_ms = 0;  ///< Unix time, when that was noted
};

/// Who keeps receipts. Called within inputs, by all shards at once; must not block. No decision depends on it.
class ReceiptSink {
 public:
  ReceiptSink() = default;
  ReceiptSink(const ReceiptSink&) = delete;
  ReceiptSink& operator=(const ReceiptSink&) = delete;
  virtual ~ReceiptSink() = default;

  /// False: so many wait already that what can come later should.
  [[nodiscard]] virtual bool has_room() const = 0;
  virtual void keep(std::vector<Receipt> receipts) = 0;
};

}  // namespace dialogue::core
