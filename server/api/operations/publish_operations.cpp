// Publishing: one event to a room, a user or a session, or a batch whose items have a result each. Publications of one request
// to one room keep their order.
#include <array>
#include <atomic>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "server/api/api_call.hpp"
#include "server/api/operations/api_page.hpp"
#include "server/api/operations/idempotency_key.hpp"
#include "server/api/table/areas.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {
namespace {

constexpr std::string_view kDataPath = "$.data";

std::string receipt_text(std::string_view room, const core::PublishResult& published) {
  const core::Position& position = published.position;
  return JsonText()
      .text("room", room)
      .number("seq", position.seq)
      .number("epoch", position.epoch)
      .number("timestamp", position.timestamp_ms)
      .flag("duplicate", published.duplicate)
      .take();
}

std::string sent_text(const core::SendEvent::Result& sent, const std::vector<std::string>& missing) {
  return with_missing(JsonText().number("connections", sent.connections), missing);
}

/// A payload's path is given as one of the body: "$.text" is "$.data.text".
ApiProblem event_problem(core::Error fault, const std::string& message) {
  if (!fault.path.empty()) fault.path.replace(0, 1, kDataPath);
  return problem_of(fault, fault.path.empty() ? message : "");
}

ApiProblem problem_of(const core::PublishResult& published) {
  ApiProblem problem = event_problem(published.fault, published.message);
  problem.expected = published.expected;
  problem.retry_after_ms = published.retry_after_ms;
  return problem;
}

ApiProblem problem_of(const core::SendEvent::Result& sent) { return event_problem(sent.fault, sent.message); }

bool is_volatile(const CatalogueView& catalogue, std::string_view event) {
  const auto index = catalogue.find_event(event);
  return index && catalogue.event(*index).delivery == Delivery::volatile_;
}

core::Error invalid(std::string words) { return {ErrorCode::request_invalid, std::move(words), {}}; }

/// What is wrong with a publication before it is sent; ok: nothing.
core::Error fault_of(const CatalogueView& catalogue, const PublicationBody& body, bool has_key) {
  const std::size_t whom = (body.room.empty() ? 0u : 1u) + (body.user.empty() ? 0u : 1u) + (body.session.empty() ? 0u : 1u);
  if (whom != 1) return invalid("give exactly one of room, user and session");
  if (body.room.empty() && has_key) return invalid("an event for a user or a session takes no Idempotency-Key");
  if (!body.user.empty() && !core::is_user_id(body.user)) return invalid("this is not a user id");
  if (body.room.empty() && body.deletes) return invalid("an event for a user or a session deletes nothing");
  if (body.room.empty() && !body.as.empty()) return invalid("an event for a user or a session is the server's: it takes no as");
  if (!body.as.empty() && body.from != core::kSystemUserId) return invalid("give as or from, not both");
  if (body.room.empty()) return {};
  if (!is_name(body.room)) return {ErrorCode::room_unknown, "of this id", {}};
  if (has_key && is_volatile(catalogue, body.event)) return invalid("a volatile event takes no Idempotency-Key");
  return {};
}

/// The caller's missing right to publish this; ok: none. A caller with a token is one user, and has that user's rights.
core::Error fault_of(const PublishRights& rights, const PublicationBody& body) {
  if (!rights.may) return {};
  const bool is_own = body.from == core::kSystemUserId || body.from == rights.identity->user_id;
  if (!is_own || !body.as.empty())
    return {ErrorCode::forbidden, "a token publishes as its own sub or as system, never as another user", {}};
  if (rights.may(body.room, body.event)) return {};
  return {ErrorCode::forbidden, "the token or the room does not allow its bearer to publish " + body.event + " here", {}};
}

core::Error fault_of(const ApiCall& call, const PublicationBody& body) {
  const core::Error fault = fault_of(call.api.catalogue(), body, !call.request.idempotency_key.empty());
  return fault.code == ErrorCode::ok ? fault_of(call.request.publishes, body) : fault;
}

/// Makes the request that sends an event to a user or a session.
core::SendEvent own_event_of(const PublicationBody& body) {
  core::SendEvent send;
  send.user_id = body.user;
  send.session_id = body.session;
  send.event = body.event;
  send.from = body.from;
  send.payload = body.data;
  return send;
}

void note_publication(const ApiCall& call, const PublicationBody& body) {
  call.note("eventName", body.event);
  if (!body.from.empty()) call.note("from", body.from);
}

/// Whom a batch is for, each once.
void note_batch(const ApiCall& call, const std::vector<PublicationBody>& items) {
  if (!call.audit) return;
  call.note("items", items.size());
  using Member = std::string PublicationBody::*;
  for (const auto& [name, member] : {std::pair<std::string_view, Member>{"rooms", &PublicationBody::room},
                                     {"users", &PublicationBody::user},
                                     {"sessions", &PublicationBody::session}}) {
    std::set<std::string> names;
    for (const PublicationBody& item : items)
      if (!(item.*member).empty()) names.insert(item.*member);
    if (!names.empty()) call.audit->fields().raw(name, json_array(names, json_string));
  }
}

/// The body that fits, for the one whom the path names.
void publish_own(const ApiCallPtr& call, std::string PublicationBody::*whom) {
  auto body = read_publication(call->body);
  if (!body) return call->refuse(invalid("a name contains a NUL"));
  (*body).*whom = call->request.parameters.front();
  if (const core::Error fault = fault_of(*call, *body); fault.code != ErrorCode::ok) return call->refuse(fault);
  note_publication(*call, *body);
  ApiCall::ask(call, {}, own_event_of(*body),
               [call](const core::SendEvent::Result& sent, const std::vector<std::string>& missing) {
                 if (sent.fault.code != ErrorCode::ok) return call->refuse(problem_of(sent));
                 call->note("connections", sent.connections);
                 call->done(json_answer(200, sent_text(sent, missing)));
               });
}

/// A caller with a token acts for its own user. The fault is of `as`.
std::variant<core::ServerPublish, core::Error> publication_of(const PublishRights& rights, const PublicationBody& body) {
  core::ServerPublish publish;
  publish.room_id = body.room;
  publish.event = body.event;
  publish.from = body.from;
  publish.payload = body.data;
  publish.deletes = body.deletes;
  if (rights.identity && body.from == rights.identity->user_id) publish.as = rights.identity;
  if (body.as.empty()) return publish;
  core::AuthResult read = core::identity_in(body.as);
  if (auto* refusal = std::get_if<core::Refusal>(&read)) return core::Error{refusal->code, std::move(refusal->reason), "$.as"};
  publish.as = std::make_shared<const core::Identity>(std::get<core::Identity>(std::move(read)));
  if (!core::is_user_id(publish.as->user_id))
    return core::Error{ErrorCode::request_invalid, "this is not a user id", "$.as.userId"};
  publish.from = publish.as->user_id;
  return publish;
}

/// The request's key; refuses the call when it has no form.
bool read_key(const ApiCall& call, bool may_count, std::optional<IdempotencyKey>& key) {
  if (call.request.idempotency_key.empty()) return true;
  key = parse_idempotency_key(call.request.idempotency_key);
  if (key && (may_count || key->number == 0)) return true;
  const std::string forms(kKeyForms);
  call.refuse({ErrorCode::request_invalid,
               "Idempotency-Key is " + forms +
                   (may_count ? ", or PRODUCER/NUMBER" : "; what counts, PRODUCER/NUMBER, goes to /rooms/{room}/events"),
               {}});
  return false;
}

/// The results of a batch's items, of which the last to come answers the request.
struct BatchResults {
  explicit BatchResults(std::size_t count) : texts(count), missing(count) {}
  void set(const ApiCall& call, std::size_t place, std::string text, bool is_refused = false) {
    texts[place] = std::move(text);
    if (is_refused) ++refused;
    if (--missing > 0) return;
    call.note("refused", refused.load());
    const auto as_is = [](const std::string& item) { return item; };
    call.done(json_answer(200, JsonText().raw("results", json_array(texts, as_is)).take()));
  }

  std::vector<std::string> texts;
  std::atomic<std::size_t> missing;  ///< items that are not answered; they are on several threads
  std::atomic<std::size_t> refused{0};
};

std::string item_problem(const ApiProblem& problem) { return JsonText().raw("problem", problem_text(problem)).take(); }

void publish_event(const ApiCallPtr& call) {
  std::optional<IdempotencyKey> key;
  if (!read_key(*call, true, key)) return;
  auto body = read_publication(call->body);
  if (!body) return call->refuse({ErrorCode::request_invalid, "a name contains a NUL", {}});
  body->room = call->request.parameters.front();
  if (const core::Error fault = fault_of(*call, *body); fault.code != ErrorCode::ok) return call->refuse(fault);
  note_publication(*call, *body);
  auto made = publication_of(call->request.publishes, *body);
  if (const auto* fault = std::get_if<core::Error>(&made)) return call->refuse(*fault);
  auto& publish = std::get<core::ServerPublish>(made);
  if (publish.as) call->note("as", publish.from);
  if (key) number_publication(publish, *key, call->request.caller, body->data);
  const auto answer = [call, room = body->room](const core::PublishResult& published) {
    if (published.fault.code != ErrorCode::ok) return call->refuse(problem_of(published));
    call->note("seq", published.position.seq);
    call->done(json_answer(200, receipt_text(room, published)));
  };
  call->host.ask(body->room, std::move(publish), calls::call_done<core::ServerPublish>(answer));
}

void publish_batch(const ApiCallPtr& call) {
  std::optional<IdempotencyKey> key;
  if (!read_key(*call, false, key)) return;
  const auto items = read_batch(call->body);
  if (!items) return call->refuse({ErrorCode::request_invalid, "a name contains a NUL", {}});
  note_batch(*call, *items);
  const auto results = std::make_shared<BatchResults>(items->size());
  std::map<std::string_view, std::size_t> counts;  // of each room: a key's numbers belong to the room that remembers them
  for (std::size_t place = 0; place < items->size(); ++place) {
    const PublicationBody& item = (*items)[place];
    const std::size_t place_in_room = item.room.empty() ? 0 : counts[item.room]++;
    if (const core::Error fault = fault_of(*call, item); fault.code != ErrorCode::ok) {
      results->set(*call, place, item_problem(api::problem_of(fault)), true);
      continue;
    }
    if (item.room.empty()) {
      const auto answer = [call, results, place](const core::SendEvent::Result& sent, const std::vector<std::string>& missing) {
        const bool is_sent = sent.fault.code == ErrorCode::ok;
        results->set(*call, place,
                     is_sent ? JsonText().raw("sent", sent_text(sent, missing)).take() : item_problem(problem_of(sent)),
                     !is_sent);
      };
      call->host.ask({}, own_event_of(item), calls::call_done<core::SendEvent>(answer));
      continue;
    }
    auto made = publication_of(call->request.publishes, item);
    if (const auto* fault = std::get_if<core::Error>(&made)) {
      results->set(*call, place, item_problem(api::problem_of(*fault)), true);
      continue;
    }
    auto& publish = std::get<core::ServerPublish>(made);
    if (key) number_publication(publish, *key, call->request.caller, item.data, place_in_room);
    const auto answer = [call, results, place, room = item.room](const core::PublishResult& published) {
      const bool is_published = published.fault.code == ErrorCode::ok;
      results->set(
          *call, place,
          is_published ? JsonText().raw("receipt", receipt_text(room, published)).take() : item_problem(problem_of(published)),
          !is_published);
    };
    call->host.ask(item.room, std::move(publish), calls::call_done<core::ServerPublish>(answer));
  }
}

void publish_to_user(const ApiCallPtr& call) { publish_own(call, &PublicationBody::user); }

void publish_to_session(const ApiCallPtr& call) { publish_own(call, &PublicationBody::session); }

constexpr std::array kPublishRoutes = {
    Route{.run = publish_event,
          .operation_id = "publishEvent",
          .method = "POST",
          .path = "/rooms/{room}/events",
          .summary = "Publishes one event to a room.",
          .right = core::Right::publish,
          .scope = ApiScope::publish,
          .is_message = true,
          .takes_key = true,
          .may_count = true,
          .body = "Publication",
          .answer = "Receipt",
          .refusals = "404 409 413 415 422"},
    Route{.run = publish_batch,
          .operation_id = "publishBatch",
          .method = "POST",
          .path = "/publish",
          .summary =
              "Publishes up to 100 events to rooms, users and sessions. Each has its own result; a batch counts as one message.",
          .right = core::Right::publish,
          .scope = ApiScope::publish,
          .is_message = true,
          .takes_key = true,
          .body = "Batch",
          .answer = "BatchResult",
          .refusals = "413 415 422"},
    Route{.run = publish_to_user,
          .operation_id = "publishToUser",
          .method = "POST",
          .path = "/users/{user}/publish",
          .summary = "Sends one event to all current connections of a user. It is not stored.",
          .right = core::Right::publish,
          .scope = ApiScope::publish,
          .is_message = true,
          .body = "OwnPublication",
          .answer = "Sent",
          .refusals = "413 415 422"},
    Route{.run = publish_to_session,
          .operation_id = "publishToSession",
          .method = "POST",
          .path = "/sessions/{session}/publish",
          .summary = "Sends one event to one session, if it is connected. It is not stored.",
          .right = core::Right::publish,
          .scope = ApiScope::publish,
          .is_message = true,
          .body = "OwnPublication",
          .answer = "Sent",
          .refusals = "413 415 422"},
};

}  // namespace

std::span<const Route> publish_routes() { return kPublishRoutes; }

}  // namespace dialogue::api
