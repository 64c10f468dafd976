// See replayed_shard.hpp.
#include "server/replay/replayed_shard.hpp"

#include <charconv>
#include <exception>
#include <stdexcept>

#include "server/replay/action_text.hpp"
#include "server/replay/format/recording_input.hpp"

namespace dialogue::replay {
namespace {

/// Returns how many texts a `["told", ...]` line of a kind has.
std::size_t texts_of(std::string_view kind) {
  if (kind == "send") return 3;
  if (kind == "judged") return 2;
  return kind == "hash" ? 0 : 1;
}

/// Kinds that may have one text less or more than that.
bool has_all(std::string_view kind, std::size_t texts) {
  if (kind == "threw") return texts <= 1;
  if (kind == "screened") return texts == 1 || texts == 2;  // why, and what takes the payload's place
  return texts == texts_of(kind);
}

/// "3 chat"; a text that a person has changed may say anything.
void join_last(core::HookClient& client, std::string_view text) {
  std::uint64_t newest = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), newest);
  if (fault == std::errc() && end != text.data() + text.size())
    client.join(text.substr(static_cast<std::size_t>(end - text.data()) + 1), newest);
}

/// "17 4503599627370497": a sequence and its epoch.
core::HistoryFrom history_from(std::string_view text) {
  core::HistoryFrom from;
  const char* const end = text.data() + text.size();
  const auto [gap, fault] = std::from_chars(text.data(), end, from.seq);
  if (fault == std::errc() && gap != end) static_cast<void>(std::from_chars(gap + 1, end, from.epoch));
  return from;
}

}  // namespace

ReplayedShard::ReplayedShard(const Setup& setup, const RecordedShard& recorded)
    : index_(setup.index),
      keeps_payloads_(setup.head.keeps_payloads),
      lines_(recorded.lines),
      inputs_(recorded.dropped),
      digest_(setup.head.keeps_payloads),
      driver_({setup.config, setup.index, setup.head.shards, setup.head.seed, this}, *this) {}

// --- The order of things ---

bool ReplayedShard::run(ReplayedMessages& messages, const Each& each) {
  const std::size_t before = at_;
  while (fault_.empty() && !is_done() && step(messages, each)) continue;
  return at_ != before;
}

bool ReplayedShard::step(ReplayedMessages& messages, const Each& each) {
  const RecordedLine& line = lines_[at_];
  if (line.name == "checked") {
    ++at_;
    compare(line);
    return true;
  }
  ReplayedInput input;
  input.shard = index_;
  input.line = line.text;
  if (line.name == "mail") {
    LineReader reader(line.text);
    static_cast<void>(read_time(reader));
    const auto sender = static_cast<std::uint32_t>(reader.number());
    if (const auto box = messages.find({sender, index_}); box == messages.end() || box->second.empty()) return false;
  }
  ++at_;
  input.number = ++inputs_;
  take_effects(input);
  if (fault_.empty()) repeat(line, messages, input);
  if (fault_.empty()) each(input);
  return true;
}

void ReplayedShard::show(const Each& each) {
  while (fault_.empty() && !is_done()) {
    const RecordedLine& line = lines_[at_++];
    ReplayedInput input;
    input.shard = index_;
    input.line = line.text;
    if (line.name == "checked" || line.name == "told") continue;  // of an input that is gone
    input.number = ++inputs_;
    input.connection = recorded_connection(line.name, line.text);
    take_effects(input);
    if (fault_.empty()) each(input);
  }
}

void ReplayedShard::compare(const RecordedLine& line) {
  LineReader reader(line.text);
  const std::uint64_t inputs = reader.number();
  const std::string digest = reader.text();
  reader.end();
  if (!reader.is_well() || inputs != inputs_) return fail(line, "this checksum is not in its place");
  if (digest != digest_.text() && difference_.empty())
    difference_ = "in shard " + std::to_string(index_) + " within inputs " + std::to_string(compared_ + 1) + " to " +
                  std::to_string(inputs_);
  compared_ = inputs_;
}

std::string ReplayedShard::missing() const {
  LineReader reader(lines_[at_].text);
  static_cast<void>(read_time(reader));
  return "shard " + std::to_string(index_) + " stops before its input " + std::to_string(inputs_ + 1) +
         ", a message from shard " + std::to_string(reader.number()) + " that was not posted";
}

void ReplayedShard::take_effects(ReplayedInput& input) {
  effects_.clear();
  for (; at_ < lines_.size() && lines_[at_].name == "told"; ++at_) {
    LineReader line(lines_[at_].text);
    Effect& effect = effects_.emplace_back();
    effect.question = line.number();
    effect.kind = line.text();
    const bool has_number = effect.kind == "judged" || effect.kind == "hash" || effect.kind == "screened";
    if (has_number) effect.number = line.number();
    if (effect.kind == "threw")
      effect.texts = line.texts();
    else
      while (line.more()) effect.texts.push_back(line.text());
    if (!line.is_well() || !has_all(effect.kind, effect.texts.size())) return fail(lines_[at_], "this line cannot be read");
    input.effects.push_back(lines_[at_].text);
  }
}

// --- Inputs ---

void ReplayedShard::repeat(const RecordedLine& line, ReplayedMessages& messages, ReplayedInput& input) {
  LineReader reader(line.text);
  now_ = read_time(reader);
  input.connection = recorded_connection(line.name, line.text);
  messages_ = &messages;
  input_ = &input;
  begin_input();
  std::string message;
  const auto message_of = [&](std::uint32_t sender) {
    auto& box = messages[{sender, index_}];
    core::ShardMessage oldest = std::move(box.front());
    box.pop_front();
    return oldest;
  };
  std::optional<core::Input> read = read_input(line.name, reader, {message, message_of});
  if (!read) return fail(line, "this line cannot be read");
  try {
    apply(std::move(*read));
  } catch (const std::exception& error) { fail(line, std::string("the shard cannot apply this: ") + error.what()); }
}

void ReplayedShard::apply(core::Input&& input) {
  auto* opened = std::get_if<core::ConnectionOpened>(&input);
  if (opened == nullptr) return driver_.apply(std::move(input));
  const core::ConnectionId id = driver_.open(std::move(opened->peer), opened->server_connections);
  digest_.add(id);
  input_->connection = id;
  decided("it is connection " + std::to_string(id), id);
  driver_.carry_out();
}

void ReplayedShard::decided(std::string text, std::optional<core::ConnectionId> connection) {
  ++decisions_;
  input_->decisions.push_back({std::move(text), connection});
}

void ReplayedShard::perform(core::Actions& actions) {
  for (core::Action& action : actions) {
    digest_.add(action);
    decided(text_of(action), connection_of(action));
    if (auto* post = std::get_if<core::PostMessage>(&action))
      (*messages_)[{index_, post->shard}].push_back(std::move(post->message));
  }
}

// --- External answers ---

const ReplayedShard::Effect* ReplayedShard::find(std::uint64_t question, std::string_view kind) const {
  for (const Effect& effect : effects_)
    if (effect.question == question && effect.kind == kind) return &effect;
  return nullptr;
}

void ReplayedShard::returned(std::uint64_t question) {
  const Effect* effect = find(question, "threw");
  if (effect == nullptr) return;
  if (effect->texts.empty()) throw question;  // it was not a std::exception
  throw std::runtime_error(effect->texts.front());
}

core::HookDecision ReplayedShard::hook(core::HookClient& client) {
  const std::uint64_t question = last_question();
  core::HookDecision decision;
  for (const Effect& effect : effects_) {
    if (effect.question != question) continue;
    if (effect.kind == "join") client.join(effect.texts[0], 0);
    if (effect.kind == "join_last") join_last(client, effect.texts[0]);
    if (effect.kind == "leave") client.leave(effect.texts[0]);
    if (effect.kind == "disconnect") client.disconnect(effect.texts[0]);
    if (effect.kind == "meta") client.set_meta(effect.texts[0]);
    if (effect.kind == "send") static_cast<void>(client.send(effect.texts[0], effect.texts[1], effect.texts[2]));
    if (effect.kind == "denied") decision = core::HookDecision::deny(effect.texts[0]);
    if (effect.kind == "history_from") decision.history_from = history_from(effect.texts[0]);
  }
  return decision;
}

core::HookVerdict ReplayedShard::judge() const {
  const Effect* effect = find(last_question(), "screened");
  if (effect == nullptr) return core::HookVerdict::allow();
  core::HookVerdict verdict{static_cast<ErrorCode>(effect->number), effect->texts[0], {}, {}};
  if (effect->texts.size() > 1) verdict.payload = effect->texts[1];
  return verdict;
}

std::optional<core::Error> ReplayedShard::validated(std::optional<core::Error>&& fault) {
  const std::uint64_t question = next_question();
  if (keeps_payloads_) return std::move(fault);
  const Effect* effect = find(question, "judged");
  if (effect == nullptr) return std::nullopt;
  return core::Error{static_cast<ErrorCode>(effect->number), effect->texts[0], effect->texts[1]};
}

core::PayloadHash ReplayedShard::hashed(core::PayloadHash hash) {
  const Effect* effect = find(next_question(), "hash");
  return static_cast<core::PayloadHash>(effect == nullptr ? hash : effect->number);
}

}  // namespace dialogue::replay
