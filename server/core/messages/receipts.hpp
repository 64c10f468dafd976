// The received ranges of a room's log, as the audit keeps them. docs/decisions/323-receipts.md
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace dialogue::core {

/// All of these sequences were sent to a connection of the user, and its transport has accepted the bytes.
struct Receipt {
  std::string room, user_id;
  std::uint64_t epoch = 0, first = 0, last = 0;
  std::uint64_t at_ms = 0;  ///< Unix time, when that was noted
};

/// The receiver of receipts. Called within inputs, by all shards concurrently; must not block. No decision depends on it.
class ReceiptSink {
 public:
  ReceiptSink() = default;
  ReceiptSink(const ReceiptSink&) = delete;
  ReceiptSink& operator=(const ReceiptSink&) = delete;
  virtual ~ReceiptSink() = default;

  /// Whether the queue is short enough for deferrable items.
  [[nodiscard]] virtual bool has_room() const = 0;
  virtual void keep(std::vector<Receipt> receipts) = 0;
};

}  // namespace dialogue::core
