// See publish.hpp. A payload is judged here by the validator that the server has, and sent only if it is valid.
#include "server/shell/publish.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "server/core/messages/frame_text.hpp"
#include "shared/json/json_text.hpp"
#include "shared/validate/validator.hpp"

namespace dialogue::shell {
namespace {

constexpr std::size_t kPayloadBytesMax = kMessageBytesMax - kEventEnvelopeBytesMax;
constexpr std::size_t kLineBytesMax = 1024 * 1024;  ///< white space included; a longer line is not a payload
constexpr std::size_t kInputBytes = 64 * 1024;

}  // namespace

// Deaf: what others publish is not of interest.
void Publish::begin() { join_ = session_.join(plan_.room, JoinFrom::tail, {}, R"({"events":[]})"); }

void Publish::welcomed(const CatalogueView& catalogue) {
  note_progress();
  if (catalogue.find_event(plan_.event)) return;
  std::string names;
  for (std::uint32_t i = 0; i < catalogue.event_count(); ++i)
    names += (i == 0 ? "" : ", ") + std::string(catalogue.event(i).name);
  fail("there is no event \"" + plan_.event + "\"; the server's definitions have: " + names);
}

int Publish::input() const {
  const bool is_wanted = is_joined_ && !plan_.payload && !has_all_ && unsettled_.size() < kUnsettledMax;
  return is_wanted ? plan_.input : -1;
}

void Publish::on_input() {
  std::array<char, kInputBytes> bytes;
  const ssize_t size = ::read(plan_.input, bytes.data(), bytes.size());
  if (size > 0) text_.append(bytes.data(), static_cast<std::size_t>(size));
  has_all_ = size <= 0;
  note_progress();
  publish_lines();
}

void Publish::publish_lines() {
  std::size_t taken = 0;
  while (!is_over() && unsettled_.size() < kUnsettledMax) {
    std::size_t end = text_.find('\n', std::max(looked_, taken));
    if (end == std::string::npos) {
      looked_ = text_.size();
      if (!has_all_ || taken == text_.size()) break;
      end = text_.size();
    }
    std::string line = text_.substr(taken, end - taken);
    taken = std::min(end + 1, text_.size());
    ++lines_;
    if (line.find_first_not_of(" \t\r") != std::string::npos) publish(std::move(line));
  }
  text_.erase(0, taken);
  looked_ -= std::min(looked_, taken);
  if (text_.size() > kLineBytesMax && looked_ == text_.size())
    fail("line " + std::to_string(lines_ + 1) + " has more than " + std::to_string(kLineBytesMax) + " bytes");
  finish_when_done();
}

void Publish::publish(std::string payload) {
  const CatalogueView& catalogue = session_.catalogue();
  const std::uint32_t event = *catalogue.find_event(plan_.event);
  make_single_line(payload);
  if (payload.size() > kPayloadBytesMax)
    return refuse(lines_,
                  "payload_too_large: " + core::error_message(ErrorCode::payload_too_large, std::to_string(kPayloadBytesMax)));
  Verdict verdict;
  validate(catalogue, event, payload, verdict);
  if (!verdict.valid())
    return refuse(lines_, std::string(error_name(verdict.code)) + ": " + std::string(verdict.path()) + " " +
                              core::error_message(verdict.code, verdict.argument()));
  const bool is_volatile = catalogue.event(event).delivery == Delivery::volatile_;
  unsettled_[session_.publish(plan_.event, is_volatile, std::move(payload))] = lines_;
}

void Publish::settled(client::Ticket ticket, ErrorCode code, const Frame* answer) {
  if (is_over()) return;
  note_progress();
  const std::string_view object = answer == nullptr || code == ErrorCode::ok ? std::string_view() : answer->payload;
  if (ticket == join_) {
    if (code != ErrorCode::ok) return fail(refusal_text(code, object));
    is_joined_ = true;
    if (plan_.payload && std::exchange(lines_, 1) == 0) {
      has_all_ = true;
      publish(*plan_.payload);
      finish_when_done();
    }
    return;
  }
  const auto found = unsettled_.find(ticket);
  if (found == unsettled_.end()) return;
  const std::uint64_t line = found->second;
  unsettled_.erase(found);
  if (code != ErrorCode::ok) {
    refuse(line, refusal_text(code, object));
  } else {
    ++accepted_;
    if (plan_.is_json && answer != nullptr)
      streams_.out << JsonText()
                          .number("line", line)
                          .number("epoch", answer->integers[2])
                          .number("seq", answer->integers[3])
                          .number("timestamp", answer->integers[4])
                          .flag("duplicate", answer->integers[5] != 0)
                          .take()
                   << '\n';
  }
  publish_lines();
}

void Publish::refuse(std::uint64_t line, const std::string& why) {
  ++refused_;
  warn((plan_.payload ? "" : "line " + std::to_string(line) + ": ") + why);
}

void Publish::finish_when_done() {
  if (has_all_ && text_.empty() && unsettled_.empty()) finish(refused_ == 0 ? kDone : kRefused);
}

int Publish::interrupted() {
  if (has_all_ && text_.empty() && unsettled_.empty()) return refused_ == 0 ? kDone : kRefused;
  warn(std::to_string(accepted_) + " accepted, " + std::to_string(unsettled_.size()) + " without an answer");
  return kInterrupted;
}

// Refused publications are reported by settled(), with this code.
void Publish::left(ErrorCode why) {
  if (unsettled_.empty()) ShellCommand::left(why);
}

void Publish::ended(const std::string& why) {
  if (!unsettled_.empty())
    warn(std::to_string(accepted_) + " accepted, " + std::to_string(unsettled_.size()) + " without an answer");
  fail(why);
}

}  // namespace dialogue::shell
