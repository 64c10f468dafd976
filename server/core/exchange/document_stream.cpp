// What is held is counted until it is sent, or the stream is over.
#include "server/core/exchange/document_stream.hpp"

#include <iterator>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/core/documents/document_log.hpp"
#include "shared/base/base64.hpp"
#include "shared/document/split.hpp"
#include "shared/json/json_text.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::core {
namespace {

/// What fits an update of a publication fits an item, with the places that splitting adds.
constexpr std::size_t kItemBytesMax = kDocumentUpdateBytesMax + 1'000;
constexpr std::uint64_t kHeldTooMuchMs = 1'000;
constexpr std::string_view kNoUpdate("\0\0", 2);  ///< the update that changes nothing

}  // namespace

void DocumentStream::begin(const Ask& ask, DocumentQuery query) {
  ask(std::move(query), [weak = weak_from_this()](DocumentQuery::Result&& result) {
    if (const auto self = weak.lock()) self->on_document(std::move(result));
  });
}

void DocumentStream::take(ExchangeNews&& news) {
  if (const auto* grant = std::get_if<ExchangeGrant>(&news)) {
    granted_ = grant->up_to;
    send();
  } else if (std::holds_alternative<ExchangeEnded>(news)) {
    is_over_ = true;
    release();
  }
}

void DocumentStream::on_document(DocumentQuery::Result&& result) {
  if (is_over_) return;
  if (result.fault.code != ErrorCode::ok) return end(result.fault.code, std::move(result.fault.argument));
  if (*held_ > 0 && *held_ + result.update.size() + result.state_vector.size() > kDocumentBytesHeldMax)
    return end(ErrorCode::rate_limited, {}, kHeldTooMuchMs);
  epoch_ = result.epoch;
  seq_ = result.seq;
  if (!cut(result)) return end(ErrorCode::document_too_large, {});
  for (const std::string& part : vectors_) bytes_ += part.size();
  for (const std::string& part : updates_) bytes_ += part.size();
  *held_ += bytes_;
  has_document_ = true;
  send();
}

bool DocumentStream::cut(const DocumentQuery::Result& result) {
  for (std::size_t at = 0; at < result.state_vector.size(); at += kItemBytesMax)
    vectors_.push_back(result.state_vector.substr(at, kItemBytesMax));
  if (result.update == kNoUpdate) return true;
  std::vector<std::string> parts;
  if (!document::split_update(result.update, kItemBytesMax, parts)) return false;
  updates_.assign(std::make_move_iterator(parts.begin()), std::make_move_iterator(parts.end()));
  return true;
}

void DocumentStream::send() {
  while (has_document_ && !is_over_ && sent_ < granted_) {
    std::deque<std::string>& parts = vectors_.empty() ? updates_ : vectors_;
    if (parts.empty()) return end(ErrorCode::ok, {});
    const std::string part = std::move(parts.front());
    const std::string json = &parts == &vectors_ ? vector_item(part) : update_payload(part);
    parts.pop_front();
    bytes_ -= part.size();
    *held_ -= part.size();
    ++sent_;
    reply_(ExchangeItem{json});
  }
  if (has_document_ && !is_over_ && vectors_.empty() && updates_.empty()) end(ErrorCode::ok, {});
}

std::string DocumentStream::vector_item(const std::string& part) const {
  const std::string base64 = encode_base64({reinterpret_cast<const std::uint8_t*>(part.data()), part.size()});
  return JsonText().number("epoch", epoch_).number("seq", seq_).text("v", base64).take();
}

void DocumentStream::end(ErrorCode code, std::string argument, std::uint64_t retry_after_ms) {
  is_over_ = true;
  release();
  reply_(ExchangeResult{code, std::move(argument), {}, retry_after_ms});
}

void DocumentStream::release() {
  *held_ -= std::exchange(bytes_, 0);
  vectors_.clear();
  updates_.clear();
}

}  // namespace dialogue::core
