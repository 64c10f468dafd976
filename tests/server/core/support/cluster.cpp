// What waits is carried one step at a time, until nothing is left.
#include "tests/server/core/support/cluster.hpp"

#include <algorithm>
#include <utility>

#include "server/core/effects/ask_application.hpp"
#include "server/core/messages/frame_text.hpp"
#include "server/core/recording_head.hpp"
#include "server/store/carry.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/json/json_reader.hpp"

namespace dialogue::testing {
namespace {

template <typename T>
T take_front(std::deque<T>& queue) {
  T first = std::move(queue.front());
  queue.pop_front();
  return first;
}

NodeIndex add_message_schema(SchemaGraph& schemas) {
  SchemaNode text;
  text.types = kString;
  text.min_length = 1;
  text.max_length = 2000;
  const NodeIndex text_node = schemas.add(std::move(text));
  SchemaNode nothing;
  nothing.types = 0;
  const NodeIndex nothing_node = schemas.add(std::move(nothing));
  SchemaNode message;
  message.types = kObject;
  message.properties = {{"text", text_node, true}};
  message.additional_properties = nothing_node;
  return schemas.add(std::move(message));
}

EventDefinition event(std::string name, NodeIndex schema, Delivery delivery = Delivery::reliable) {
  EventDefinition definition;
  definition.name = std::move(name);
  definition.schema = schema;
  definition.delivery = delivery;
  return definition;
}

RoomDefinition room(std::string id, std::string name, std::vector<std::string> events) {
  RoomDefinition definition;
  definition.id = std::move(id);
  definition.name = std::move(name);
  definition.events = std::move(events);
  return definition;
}

std::string_view tail_of(const std::string& text, FrameType type, std::array<std::uint64_t, kFrameIntegersMax>& integers) {
  static Frame parsed;  // the view into `text` outlives the call, the frame need not
  demand(read_frame(text, parsed) == ErrorCode::ok && parsed.type == type, "another frame was due than " + text);
  integers = parsed.integers;
  return parsed.payload;
}

}  // namespace

void demand(bool holds, const std::string& rule) {
  if (!holds) throw BrokenRule(rule);
}

Definitions test_definitions() {
  Definitions definitions;
  const NodeIndex any = definitions.schemas.add({});
  const NodeIndex message = add_message_schema(definitions.schemas);
  definitions.events = {event("game.move", any), event("message", message), event("note", any),
                        event("typing", any, Delivery::volatile_)};
  const std::vector<std::string> talk = {"message", "note", "typing"};
  RoomDefinition small = room("small", "", talk);
  small.max_size = 2;
  RoomDefinition picky = room("picky", "", talk);
  picky.default_subscriptions = {"message"};
  RoomDefinition staff = room("staff", "", talk);
  staff.access.join = {"role:admin", "user:root"};
  RoomDefinition shy = room("shy", "", talk);
  shy.access.presence = {"role:admin"};
  RoomDefinition quiet = room("quiet", "", talk);
  quiet.access.publish_event["message"] = {"role:admin"};
  definitions.rooms = {room("chat", "Support chat", talk),
                       room("game-vip-{id}", "VIP", {"game.move"}),
                       room("game-{id}", "Game", {"game.move"}),
                       std::move(picky),
                       std::move(quiet),
                       std::move(shy),
                       room("silent", "", {}),
                       std::move(small),
                       std::move(staff)};
  return definitions;
}

std::unique_ptr<ShardConfig> test_config() {
  auto config = std::make_unique<ShardConfig>();
  config->definitions = test_definitions();
  CatalogueResult made = make_catalogue(config->definitions);
  demand(made.ok(), "the test's definitions are well-formed");
  config->catalogue_bytes = std::move(made.bytes);
  const auto view = CatalogueView::parse(config->catalogue_bytes);
  demand(view.has_value(), "the test's catalogue can be read");
  config->catalogue = *view;
  return config;
}

std::unique_ptr<ShardConfig> config_keeping(std::uint64_t events) {
  auto config = test_config();
  for (RoomDefinition& room : config->definitions.rooms) room.retention.max_events = events;
  return config;
}

std::string payload_of(std::size_t bytes) { return "\"" + std::string(bytes - 2, 'x') + "\""; }

std::string frame(std::initializer_list<std::uint64_t> integers, std::string_view tail) {
  std::string text = "[";
  for (const std::uint64_t integer : integers) text += (text.size() > 1 ? "," : "") + std::to_string(integer);
  if (!tail.empty()) text.append(",").append(tail);
  return text + "]";
}

bool begins(std::string_view text, std::initializer_list<std::uint64_t> integers) {
  std::string start = frame(integers);
  start.back() = ',';
  return text.substr(0, start.size()) == start;
}

std::uint64_t number(ErrorCode code) { return static_cast<std::uint64_t>(code); }

std::string refused(std::uint64_t req, ErrorCode code, std::string_view argument) {
  std::string object = "{\"message\":";
  append_json_string(object, error_message(code, argument));
  return frame({42, req, number(code)}, object + "}");
}

std::string bye(ErrorCode code, std::string_view argument, std::uint64_t retry_after_ms) {
  std::string object = "{\"message\":";
  append_json_string(object, error_message(code, argument));
  return frame({45, number(code), retry_after_ms}, object + "}");
}

void answer_identities(Shard& shard, Time now, Actions& actions) {
  const IdentitySource identify = source_of(development_authenticator(true));
  for (std::size_t i = 0; i < actions.size(); ++i) {
    auto* found = std::get_if<AskIdentity>(&actions[i]);
    if (found == nullptr) continue;
    AskIdentity ask = std::move(*found);
    actions.erase(actions.begin() + static_cast<std::ptrdiff_t>(i--));
    identify(std::move(*ask.question),
             [&](AuthResult who) { shard.identified(ask.from, ask.ticket, std::move(who), now, actions); });
  }
}

void answer_within_turn(Shard& shard, MemoryStore& store, Time now, Actions& actions) {
  answer_identities(shard, now, actions);
  for (std::size_t i = 0; i < actions.size(); ++i) {
    auto* request = std::get_if<StoreRequest>(&actions[i]);
    if (request == nullptr) continue;
    StoreRequest asked = std::move(*request);
    actions.erase(actions.begin() + static_cast<std::ptrdiff_t>(i--));
    carry(store, std::move(asked), [&](StoreResponse answer) { shard.answered(std::move(answer), now, actions); });
  }
}

void answer_store(Shard& shard, MemoryStore& store, Time now, Actions& actions) {
  answer_within_turn(shard, store, now, actions);
  if (shard.owes_turn_end()) shard.end_turn(now, actions);
}

// --- Client ---

void Client::send(std::string_view message) {
  std::string bytes(message);
  cluster_->turn(box_->shard, [&](Shard& shard, Actions& out) { shard.received(box_->id, bytes, cluster_->now_, out); });
}

Frames Client::take() { return std::exchange(box_->frames, {}); }

std::string Client::only() {
  const Frames frames = take();
  std::string all;
  for (const std::string& text : frames) all += "\n  " + text;
  demand(frames.size() == 1, "one frame was due, not" + (all.empty() ? " none" : all));
  return frames.front();
}

void Client::ask_join(std::uint64_t req, std::string_view room_id, std::string_view options) {
  send(frame({2, req, 0, 0, 0}, "\"" + std::string(room_id) + "\"," + std::string(options)));
}

Joined Client::join(std::string_view room_id, std::string_view options) {
  take();
  ask_join(77, room_id, options);
  const std::string text = only();
  std::array<std::uint64_t, kFrameIntegersMax> n{};
  const std::string object(tail_of(text, FrameType::joined, n));
  demand(n[0] == 77, "the answer has its request's number");
  return {n[0], n[1], n[2], n[3], n[4], n[5], object};
}

void Client::publish(std::uint64_t room, std::uint64_t event, std::uint64_t producer_seq, std::string_view payload) {
  send(frame({4, room, event, producer_seq, 0}, payload));
}

void Client::pong() { cluster_->shards_[box_->shard]->alive(box_->id, cluster_->now_); }

void Client::vanish() {
  cluster_->shards_[box_->shard]->said_goodbye(box_->id);
  lose();
}

void Client::lose() {
  cluster_->turn(box_->shard, [&](Shard& shard, Actions& out) { shard.disconnected(box_->id, cluster_->now_, out); });
  cluster_->boxes_.erase({box_->shard, box_->id});
}

void Client::violate(ErrorCode reason) {
  cluster_->turn(box_->shard, [&](Shard& shard, Actions& out) { shard.violated(box_->id, reason, cluster_->now_, out); });
}

void Client::backlog(std::size_t queued_bytes, std::uint64_t stalled_ms) {
  cluster_->turn(box_->shard,
                 [&](Shard& shard, Actions& out) { shard.backlog(box_->id, queued_bytes, stalled_ms, cluster_->now_, out); });
}

// --- Cluster ---

Cluster::Cluster(std::uint32_t shard_count, std::unique_ptr<ShardConfig> config, std::uint64_t seed)
    : config_(std::move(config)), order_(seed), durable_store_(seed), seed_(seed) {
  for (std::uint32_t i = 0; i < shard_count; ++i) shards_.push_back(std::make_unique<Shard>(*config_, i, shard_count, seed));
  for (std::uint32_t i = 0; i < shard_count; ++i) stores_.push_back(std::make_unique<MemoryStore>(seed + i));
}

void Cluster::record(const RecordingOptions& options) {
  decisions_.resize(shards_.size());
  for (std::uint32_t i = 0; i < shards_.size(); ++i) {
    recorders_.push_back(std::make_unique<Recorder>(i, options));
    shards_[i]->record(*recorders_[i]);
  }
  head_ = recording_head(*config_, static_cast<std::uint32_t>(shards_.size()), seed_, options.keeps_payloads);
}

std::string Cluster::recording() const {
  std::vector<std::string> parts;
  for (const auto& recorder : recorders_) parts.push_back(recorder->text());
  return recording_text(head_, parts);
}

Client Cluster::connect(const PeerFacts& peer) {
  Client client;
  client.cluster_ = this;
  client.box_ = std::make_shared<Client::Box>();
  const std::uint32_t shard = next_shard_++ % static_cast<std::uint32_t>(shards_.size());
  client.box_->shard = shard;
  Actions actions;
  client.box_->id = shards_[shard]->connected(peer, now_, actions);
  if (!decisions_.empty()) decisions_[shard].push_back("it is connection " + std::to_string(client.box_->id));
  boxes_[{shard, client.box_->id}] = client.box_;
  carry_out(shard, actions);
  deliver_mail();
  return client;
}

Client Cluster::greeted(std::string_view user_id, std::string_view more) {
  Client client = connect();
  client.send(frame({1, 1, 0, config_->catalogue.fingerprint()},
                    R"({"identity":{"userId":")" + std::string(user_id) + "\"}" + std::string(more) + "}"));
  const std::string welcome = client.only();
  demand(begins(welcome, {33}), "WELCOME was due, not " + welcome);
  return client;
}

template <typename Call>
void Cluster::turn(std::uint32_t shard, const Call& call) {
  Actions actions;
  call(*shards_[shard], actions);
  carry_out(shard, actions);
  deliver_mail();
}

Client::Box* Cluster::box(std::uint32_t shard, ConnectionId id) {
  const auto found = boxes_.find({shard, id});
  return found == boxes_.end() ? nullptr : found->second.get();
}

void Cluster::carry_out(std::uint32_t shard, Actions& actions) {
  if (!decisions_.empty())
    for (const Action& action : actions) decisions_[shard].push_back(text_of(action));
  for (Action& action : actions) {
    if (auto* send = std::get_if<SendFrame>(&action)) {
      Client::Box* to = box(shard, send->to);
      demand(to != nullptr && to->close_code == 0, "nothing comes after Close: " + *send->text);
      demand(send->text->find('\r') == std::string::npos, "a frame is one line: " + *send->text);
      FrameSplitter frames(*send->text);
      std::uint32_t count = 0;
      for (std::string_view text; frames.next(text); ++count) to->frames.emplace_back(text);
      demand(count == send->frames && !frames.overflow(), "a text has as many frames as is said: " + *send->text);
    } else if (auto* ping = std::get_if<SendPing>(&action)) {
      Client::Box* to = box(shard, ping->to);
      demand(to != nullptr && to->close_code == 0, "nothing comes after Close: " + *ping->text);
      ++to->pings;
      to->frames.push_back(*ping->text);
    } else if (auto* close = std::get_if<CloseConnection>(&action)) {
      Client::Box* to = box(shard, close->to);
      demand(to != nullptr && to->close_code == 0, "a connection is closed once");
      to->close_code = close->close_code;
    } else if (auto* post = std::get_if<PostMessage>(&action)) {
      demand(post->shard != shard, "a shard posts no mail to itself");
      mail_[{post->shard, shard}].push_back(std::move(post->mail));
    } else if (auto* question = std::get_if<AskIdentity>(&action)) {
      identify_(std::move(*question->question),
                [this, shard, from = question->from, ticket = question->ticket](AuthResult result) {
                  verdicts_.push_back({shard, from, ticket, std::move(result)});
                });
    } else if (auto* about = std::get_if<AskHook>(&action)) {
      ask_application(config_->hooks, std::move(*about),
                      [this, shard](ConnectionId from, std::uint64_t ticket, HookVerdict verdict) {
                        hook_answers_.push_back({shard, from, ticket, std::move(verdict)});
                      });
    } else if (auto* request = std::get_if<StoreRequest>(&action)) {
      Store& store = request->durable ? static_cast<Store&>(durable_store_) : *stores_[shard];
      carry(store, std::move(*request), [this, shard](StoreResponse answer) { answers_[shard].push_back(std::move(answer)); });
    } else if (const auto* ask = std::get_if<AskDrained>(&action)) {
      drained_.emplace_back(shard, ask->to);
    } else if (const auto* end = std::get_if<GiveUp>(&action)) {
      gave_up_ = end->reason;
    } else {
      const auto& line = std::get<LogLine>(action);
      demand(json_value_length(line.fields) == line.fields.size(), "a log line is JSON: " + line.fields);
      if (log_.size() == kLogLinesKept) log_.clear();
      log_.push_back(line.event + " " + line.fields);
    }
  }
}

void Cluster::deliver_mail() {
  constexpr std::uint64_t kStepsMax = 3;
  for (std::uint64_t left = interleaves_ ? order_.below(kStepsMax + 1) : kNever; left > 0 && deliver_one();) --left;
}

std::vector<std::function<std::uint32_t(Actions&)>> Cluster::steps() {
  std::vector<std::function<std::uint32_t(Actions&)>> found;
  for (auto& [ends, box] : mail_) {
    const std::uint32_t to = ends.first;
    if (box.empty() || held_to_ == to) continue;
    found.emplace_back([this, to, &box = box](Actions& out) {
      shards_[to]->mail(take_front(box), now_, out);
      return to;
    });
  }
  for (auto& [shard, answers] : answers_) {
    if (answers.empty()) continue;
    found.emplace_back([this, shard = shard, &answers = answers](Actions& out) {
      shards_[shard]->answered(take_front(answers), now_, out);
      return shard;
    });
  }
  if (!verdicts_.empty())
    found.emplace_back([this](Actions& out) {
      Verdict verdict = take_front(verdicts_);
      shards_[verdict.shard]->identified(verdict.connection, verdict.ticket, std::move(verdict.result), now_, out);
      return verdict.shard;
    });
  if (!hook_answers_.empty())
    found.emplace_back([this](Actions& out) {
      HookAnswer answer = take_front(hook_answers_);
      shards_[answer.shard]->hook_answered(answer.connection, answer.ticket, std::move(answer.verdict), now_, out);
      return answer.shard;
    });
  if (!drained_.empty() && !holds_drains_)
    found.emplace_back([this](Actions& out) {
      const auto [shard, connection] = take_front(drained_);
      shards_[shard]->drained(connection, now_, out);
      return shard;
    });
  for (std::uint32_t shard = 0; shard < shards_.size(); ++shard)
    if (shards_[shard]->owes_turn_end())
      found.emplace_back([this, shard](Actions& out) {
        shards_[shard]->end_turn(now_, out);
        return shard;
      });
  return found;
}

bool Cluster::deliver_one() {
  const auto found = steps();
  if (found.empty()) return false;
  Actions actions;
  const std::uint32_t shard = found[order_.below(found.size())](actions);
  carry_out(shard, actions);
  return true;
}

std::vector<const ShardMessageBody*> Cluster::mail_to(std::uint32_t shard) const {
  std::vector<const ShardMessageBody*> letters;
  for (const auto& [ends, box] : mail_)
    if (ends.first == shard)
      for (const ShardMessage& mail : box) letters.push_back(&mail.letter());
  return letters;
}

void Cluster::post(ShardMessage mail, std::uint32_t shard) {
  mail_[{shard, kOutside}].push_back(std::move(mail));
  deliver_mail();
}

void Cluster::advance(std::uint64_t ms) {
  const std::uint64_t target = now_.monotonic_ms + ms;
  for (;;) {
    std::uint64_t next = kNever;
    for (std::uint32_t i = 0; i < shards_.size(); ++i)
      turn(i, [&](Shard& shard, Actions& out) { next = std::min(next, shard.tick(now_, out)); });
    if (now_.monotonic_ms == target) return;
    const std::uint64_t step = std::clamp(next, now_.monotonic_ms + 1, target) - now_.monotonic_ms;
    now_.monotonic_ms += step;
    now_.unix_ms += step;
  }
}

void Cluster::drain(std::uint64_t spread_ms) {
  for (std::uint32_t i = 0; i < shards_.size(); ++i)
    turn(i, [&](Shard& shard, Actions& out) { shard.drain(spread_ms, now_, out); });
}

void Cluster::allow(std::size_t connections_max, std::size_t connections_per_user_max) {
  for (std::uint32_t i = 0; i < shards_.size(); ++i)
    turn(i, [&](Shard& shard, Actions& out) { shard.allow(connections_max, connections_per_user_max, now_, out); });
}

std::size_t Cluster::memory_bytes() const {
  std::size_t bytes = 0;
  for (const auto& store : stores_) bytes += store->bytes();
  return bytes;
}

std::size_t Cluster::connection_count() const {
  std::size_t count = 0;
  for (const auto& shard : shards_) count += shard->connection_count();
  return count;
}

}  // namespace dialogue::testing
