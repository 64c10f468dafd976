// Every fault is a refusal of this one question.
#include "server/core/exchange/document_question.hpp"

#include <optional>
#include <string>
#include <utility>

#include "server/core/util/envelope_object.hpp"
#include "shared/base/base64.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::core {
namespace {

constexpr std::uint64_t kDocumentTimeoutMs = 60'000;
/// A connection may ask for the document of each of its rooms at once, and a little later again.
constexpr RateLimit kQuestions{256, 10'000};

CallDefinition make_document_stream() {
  CallDefinition definition;
  definition.name = kDocumentStream;
  definition.kind = CallKind::stream;
  definition.timeout_ms = kDocumentTimeoutMs;
  definition.rate_limit = kQuestions;
  return definition;
}

Error bad_question(std::string why) { return {ErrorCode::request_invalid, "a document: " + std::move(why), {}}; }

}  // namespace

const CallDefinition& document_stream() {
  static const CallDefinition kDefinition = make_document_stream();
  return kDefinition;
}

std::variant<DocumentQuery, Error> read_document_question(Connection& connection, std::string_view request) {
  DocumentQuery query;
  std::string since;
  auto fault = read_envelope_object(request, [&](const std::string& key, JsonReader& value) {
    if (key == "room") return read_bounded(value, kNameBytesMax, query.room_id);
    if (key == "event") return read_bounded(value, kNameBytesMax, query.event);
    if (key == "since") return value.read_string(since);
    return value.skip();
  });
  if (fault) return bad_question(std::move(*fault));
  if (query.room_id.empty() || query.event.empty()) return bad_question("room and event are its names");
  const auto bytes = decode_base64(since);
  if (!bytes) return bad_question("since is a state vector in base64");
  query.since = std::string(bytes->begin(), bytes->end());
  if (query.since->empty()) query.since->push_back('\0');  // of an empty document
  if (connection.membership_in(query.room_id) == nullptr) return Error{ErrorCode::not_joined, {}, {}};
  return query;
}

}  // namespace dialogue::core
