// A recording is lines, each a JSON array that begins with its name. After the head, for each shard: ["shard",index,dropped]
// and its inputs: [name, monotonic_ms, unix_ms, ...], each followed by the external answers to it:
// `["told", question, kind, ...]`; every kInputsPerCheck inputs, and at the end, ["checked",inputs,digest]. The last line is
// ["end"].
#include "server/replay/recorder.hpp"

#include <utility>

#include "server/replay/format/masking.hpp"
#include "server/replay/format/recording_input.hpp"
#include "shared/base/sha256.hpp"

namespace dialogue::replay {
namespace {

constexpr std::size_t kChunksPerRing = 16;

}  // namespace

Recorder::Recorder(std::uint32_t shard, RecordingOptions options)
    : shard_(shard), options_(std::move(options)), digest_(options_.keeps_payloads) {
  if (options_.keeps_payloads) return;
  privacy_.payload = masked;
  privacy_.hash = [this](core::PayloadHash hash) { return salted(hash); };
}

// --- Inputs ---

void Recorder::applied(const core::Input& input, core::Time now) {
  if (inputs_ > 0 && inputs_ % kInputsPerCheck == 0) append(check_line());
  begin_input();
  ++inputs_;
  if (chunks_.back().lines.size() > options_.bytes_max / kChunksPerRing) chunks_.emplace_back();
  ++chunks_.back().inputs;
  LineWriter line = input_line(input, now, privacy_);
  keep(line);
}

void Recorder::decided(const core::Applied& result, std::span<const core::Action> actions) {
  if (result.opened != 0) digest_.add(result.opened);
  for (const core::Action& action : actions) digest_.add(action);
}

void Recorder::append(const std::string& line) {
  chunks_.back().lines += line;
  bytes_ += line.size();
  while (bytes_ > options_.bytes_max && chunks_.size() > 1) {
    bytes_ -= chunks_.front().lines.size();
    dropped_ += chunks_.front().inputs;
    chunks_.pop_front();
  }
}

// --- External answers to the shard ---

LineWriter Recorder::effect(std::uint64_t question, std::string_view kind) {
  LineWriter line("told");
  line.number(question).text(kind);
  return line;
}

void Recorder::threw(std::uint64_t question, std::optional<std::string_view> what) {
  LineWriter line = effect(question, "threw");
  line.begin();
  if (what) line.text(*what);
  keep(line.end());
}

void Recorder::denied(std::uint64_t question, const std::string& reason) {
  LineWriter line = effect(question, "denied");
  keep(line.text(reason));
}

void Recorder::screened(std::uint64_t question, const core::HookVerdict& verdict) {
  if (verdict.allows() && !verdict.payload) return;
  LineWriter line = effect(question, "screened");
  line.number(static_cast<std::uint64_t>(verdict.code)).text(verdict.reason);
  if (verdict.payload) line.text(privacy_.payload ? privacy_.payload(*verdict.payload) : *verdict.payload);
  keep(line);
}

void Recorder::requested(std::uint64_t question, std::string_view kind, std::string_view text) {
  LineWriter line = effect(question, kind);
  keep(line.text(text));
}

void Recorder::sent(std::uint64_t question, std::string_view room, std::string_view event, std::string_view json) {
  LineWriter line = effect(question, "send");
  keep(line.text(room).text(event).text(privacy_.payload ? privacy_.payload(json) : std::string(json)));
}

std::optional<core::Error> Recorder::validated(std::optional<core::Error>&& fault) {
  const std::uint64_t question = next_question();
  if (options_.keeps_payloads || !fault) return std::move(fault);
  LineWriter line = effect(question, "judged");
  keep(line.number(static_cast<std::uint64_t>(fault->code)).text(fault->argument).text(fault->path));
  return std::move(fault);
}

core::PayloadHash Recorder::hashed(core::PayloadHash hash) {
  const std::uint64_t question = next_question();
  if (options_.keeps_payloads) return hash;
  LineWriter line = effect(question, "hash");
  keep(line.number(salted(hash)));
  return hash;
}

core::PayloadHash Recorder::salted(core::PayloadHash hash) const {
  const std::string text = options_.salt + std::to_string(hash);
  const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  core::PayloadHash value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) value = value << 8 | digest[i];
  return value;
}

// --- The end ---

std::string Recorder::check_line() const {
  LineWriter line("checked");
  return line.number(inputs_).text(digest_.text()).take() + "\n";
}

std::string Recorder::text() const {
  LineWriter head("shard");
  std::string text = head.number(shard_).number(dropped_).take() + "\n";
  for (const Chunk& chunk : chunks_) text += chunk.lines;
  return text + check_line();
}

std::string recording_text(const std::string& head, std::span<const std::string> shards) {
  std::string text = head + "\n";
  for (const std::string& shard : shards) text += shard;
  return text + "[\"end\"]\n";
}

}  // namespace dialogue::replay
