// See replayed_shard.hpp.
#include "server/core/replayed_shard.hpp"

#include <charconv>
#include <exception>
#include <stdexcept>

#include "server/core/recording_values.hpp"

namespace dialogue {
namespace {

/// Inputs whose first number is a connection.
bool is_of_connection(std::string_view name) {
  for (const std::string_view known : {"received", "violated", "alive", "said_goodbye", "disconnected", "drained", "backlog",
                                       "identified", "token_judged", "hook_answered"})
    if (name == known) return true;
  return false;
}

/// How many texts a ["told", ...] line of a kind has.
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
void join_last(HookClient& client, std::string_view text) {
  std::uint64_t newest = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), newest);
  if (fault == std::errc() && end != text.data() + text.size())
    client.join(text.substr(static_cast<std::size_t>(end - text.data()) + 1), newest);
}

Time read_time(LineReader& line) {
  const std::uint64_t monotonic_ms = line.number();
  return {monotonic_ms, line.number()};
}

}  // namespace

ReplayedShard::ReplayedShard(const Setup& setup, const RecordedShard& recorded)
    : index_(setup.index),
      keeps_payloads_(setup.head.keeps_payloads),
      lines_(recorded.lines),
      inputs_(recorded.dropped),
      shard_(setup.config, setup.index, setup.head.shards, setup.head.seed),
      digest_(setup.head.keeps_payloads) {
  shard_.attend(*this);
}

// --- The order of things ---

bool ReplayedShard::run(ReplayedMessage& mail, const Tell& tell) {
  const std::size_t before = at_;
  while (fault_.empty() && !is_done() && step(mail, tell)) continue;
  return at_ != before;
}

bool ReplayedShard::step(ReplayedMessage& mail, const Tell& tell) {
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
    read_time(reader);
    const auto sender = static_cast<std::uint32_t>(reader.number());
    if (const auto box = mail.find({sender, index_}); box == mail.end() || box->second.empty()) return false;
  }
  ++at_;
  input.number = ++inputs_;
  take_told(input);
  if (fault_.empty()) repeat(line, mail, input);
  if (fault_.empty()) tell(input);
  return true;
}

void ReplayedShard::show(const Tell& tell) {
  while (fault_.empty() && !is_done()) {
    const RecordedLine& line = lines_[at_++];
    ReplayedInput input;
    input.shard = index_;
    input.line = line.text;
    if (line.name == "checked" || line.name == "told") continue;  // of an input that is gone
    input.number = ++inputs_;
    if (LineReader reader(line.text); is_of_connection(line.name)) {
      read_time(reader);
      input.connection = reader.number();
    }
    take_told(input);
    if (fault_.empty()) tell(input);
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
  read_time(reader);
  return "shard " + std::to_string(index_) + " stops before its input " + std::to_string(inputs_ + 1) + ", a letter from shard " +
         std::to_string(reader.number()) + " that was not posted";
}

void ReplayedShard::take_told(ReplayedInput& input) {
  told_.clear();
  for (; at_ < lines_.size() && lines_[at_].name == "told"; ++at_) {
    LineReader line(lines_[at_].text);
    Told& told = told_.emplace_back();
    told.question = line.number();
    told.kind = line.text();
    const bool has_number = told.kind == "judged" || told.kind == "hash" || told.kind == "screened";
    if (has_number) told.number = line.number();
    if (told.kind == "threw")
      told.texts = line.texts();
    else
      while (line.more()) told.texts.push_back(line.text());
    if (!line.is_well() || !has_all(told.kind, told.texts.size())) return fail(lines_[at_], "this line cannot be read");
    input.told.push_back(lines_[at_].text);
  }
}

// --- Inputs ---

void ReplayedShard::repeat(const RecordedLine& line, ReplayedMessage& mail, ReplayedInput& input) {
  LineReader reader(line.text);
  now_ = read_time(reader);
  begin();
  actions_.clear();
  try {
    give(line.name, reader, mail, input);
  } catch (const std::exception& error) { return fail(line, std::string("the shard cannot take this: ") + error.what()); }
  reader.end();
  if (!reader.is_well()) return fail(line, "this line cannot be read");
  take_decisions(mail, input);
}

void ReplayedShard::give(std::string_view name, LineReader& line, ReplayedMessage& mail, ReplayedInput& input) {
  if (name == "tick") return static_cast<void>(shard_.tick(now_, actions_));
  if (name == "end_turn") return shard_.end_turn(now_, actions_);
  if (name == "drain") return shard_.drain(line.number(), now_, actions_);
  if (name == "allow") {
    const std::uint64_t all = line.number(), per_user = line.number();
    if (line.is_well()) shard_.allow(all, per_user, now_, actions_);
    return;
  }
  if (name == "answered") {
    StoreResponse answer = read_answer(line);
    if (line.is_well()) shard_.answered(std::move(answer), now_, actions_);
    return;
  }
  if (name == "connected") {
    const PeerFacts peer = read_peer(line);
    if (!line.is_well()) return;
    const ConnectionId id = shard_.connected(peer, now_, actions_);
    digest_.add(id);
    ++decisions_;
    input.connection = id;
    input.decisions.push_back({"it is connection " + std::to_string(id), id});
    return;
  }
  if (name == "mail") {
    auto& box = mail[{static_cast<std::uint32_t>(line.number()), index_}];
    ShardMessage letter = std::move(box.front());
    box.pop_front();
    return shard_.mail(std::move(letter), now_, actions_);
  }
  if (is_of_connection(name)) return give_of_connection(name, line, input);
  auto letter = read_letter(name, line, [] {});  // what it threw, if it did, is told by returned()
  line.demand(letter.has_value());
  if (line.is_well()) shard_.mail(ShardMessage(std::move(*letter)), now_, actions_);
}

void ReplayedShard::give_of_connection(std::string_view name, LineReader& line, ReplayedInput& input) {
  const ConnectionId from = line.number();
  input.connection = from;
  if (name == "received") {
    std::string message = line.text();
    if (line.is_well()) shard_.received(from, message, now_, actions_);
  } else if (name == "identified" || name == "token_judged") {
    const std::uint64_t ticket = name == "identified" ? 0 : line.number();
    AuthResult verdict = read_verdict(line);
    if (line.is_well()) shard_.identified(from, ticket, std::move(verdict), now_, actions_);
  } else if (name == "hook_answered") {
    const std::uint64_t ticket = line.number();
    HookVerdict verdict = read_hook_verdict(line);
    if (line.is_well()) shard_.hook_answered(from, ticket, std::move(verdict), now_, actions_);
  } else if (name == "violated") {
    const std::uint64_t reason = line.number();
    if (line.is_well()) shard_.violated(from, static_cast<ErrorCode>(reason), now_, actions_);
  } else if (name == "backlog") {
    const std::uint64_t queued = line.number(), stalled_ms = line.number();
    if (line.is_well()) shard_.backlog(from, queued, stalled_ms, now_, actions_);
  } else if (!line.is_well()) {
    return;
  } else if (name == "alive") {
    shard_.alive(from, now_);
  } else if (name == "said_goodbye") {
    shard_.said_goodbye(from);
  } else if (name == "disconnected") {
    shard_.disconnected(from, now_, actions_);
  } else {
    shard_.drained(from, now_, actions_);
  }
}

void ReplayedShard::take_decisions(ReplayedMessage& mail, ReplayedInput& input) {
  for (Action& action : actions_) {
    digest_.add(action);
    ++decisions_;
    input.decisions.push_back({text_of(action), connection_of(action)});
    if (auto* post = std::get_if<PostMessage>(&action)) mail[{index_, post->shard}].push_back(std::move(post->mail));
  }
}

// --- What it was told ---

const ReplayedShard::Told* ReplayedShard::find(std::uint64_t question, std::string_view kind) const {
  for (const Told& told : told_)
    if (told.question == question && told.kind == kind) return &told;
  return nullptr;
}

void ReplayedShard::returned(std::uint64_t question) {
  const Told* told = find(question, "threw");
  if (told == nullptr) return;
  if (told->texts.empty()) throw question;  // it was no std::exception
  throw std::runtime_error(told->texts.front());
}

HookDecision ReplayedShard::hook(HookClient& client) {
  const std::uint64_t question = asked();
  HookDecision decision;
  for (const Told& told : told_) {
    if (told.question != question) continue;
    if (told.kind == "join") client.join(told.texts[0], 0);
    if (told.kind == "join_last") join_last(client, told.texts[0]);
    if (told.kind == "leave") client.leave(told.texts[0]);
    if (told.kind == "disconnect") client.disconnect(told.texts[0]);
    if (told.kind == "meta") client.set_meta(told.texts[0]);
    if (told.kind == "send") static_cast<void>(client.send(told.texts[0], told.texts[1], told.texts[2]));
    if (told.kind == "denied") decision = HookDecision::deny(told.texts[0]);
  }
  return decision;
}

HookVerdict ReplayedShard::judge() const {
  const Told* told = find(asked(), "screened");
  if (told == nullptr) return HookVerdict::allow();
  HookVerdict verdict{static_cast<ErrorCode>(told->number), told->texts[0], {}, {}};
  if (told->texts.size() > 1) verdict.payload = told->texts[1];
  return verdict;
}

std::optional<Error> ReplayedShard::judged(std::optional<Error>&& fault) {
  const std::uint64_t question = ask();
  if (keeps_payloads_) return std::move(fault);
  const Told* told = find(question, "judged");
  if (told == nullptr) return std::nullopt;
  return Error{static_cast<ErrorCode>(told->number), told->texts[0], told->texts[1]};
}

PayloadHash ReplayedShard::hashed(PayloadHash hash) {
  const Told* told = find(ask(), "hash");
  return static_cast<PayloadHash>(told == nullptr ? hash : told->number);
}

}  // namespace dialogue
