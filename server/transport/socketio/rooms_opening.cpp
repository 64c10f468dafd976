// The opening of a translated connection: CONNECT becomes HELLO, and for a recovery a JOIN since each position; when all of them
// are answered, so is CONNECT.
#include <algorithm>
#include <utility>

#include "server/core/connection/hello.hpp"
#include "server/core/messages/frame_text.hpp"
#include "server/core/util/envelope_object.hpp"
#include "server/transport/socketio/rooms_translator.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::transport {
namespace {

constexpr std::string_view kNobody = "refused";  ///< the sid of a client that is rejected for a time
constexpr char kTagMark = '.';                   ///< in a pid: the secret, then whose it is

/// Says whose a session is, in a word: another user's is not gone on with (FNV-1a, 64 bits).
std::string user_tag(std::string_view user_id) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : user_id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return std::to_string(hash);
}

std::string join_frame(std::uint64_t req, const RecoveredRoom& room) {
  std::string frame;
  FrameWriter writer(frame, FrameType::join);
  writer.integer(req).integer(static_cast<std::uint64_t>(JoinFrom::since)).integer(room.epoch).integer(room.seq);
  writer.string(room.id);
  JsonText options;
  if (room.events) options.raw("events", json_array(*room.events, json_string));
  writer.raw(options.take()).finish();
  return frame;
}

}  // namespace

void RoomsTranslator::begin(std::string_view auth) {
  auto read = read_rooms_auth(auth);
  if (const auto* fault = std::get_if<std::string>(&read))
    return refuse(ErrorCode::request_invalid, core::error_message(ErrorCode::request_invalid, *fault));
  RoomsAuth& its = std::get<RoomsAuth>(read);
  JsonText hello;
  hello.text("client", "socket.io");
  if (!its.token.empty()) hello.text("token", its.token);
  if (!its.identity.empty()) hello.raw("identity", its.identity);
  const auto rooms = its.pid.empty() ? std::nullopt : read_offset(its.offset);
  pid_ = its.pid;
  const std::string secret = pids_.secret_of(pid_, std::string_view(pid_).substr(0, pid_.rfind(kTagMark)));
  if (!secret.empty() && secret.size() <= core::kResumeBytesMax) hello.text("resume", secret);
  is_recovery_ = rooms.has_value();
  if (rooms) recovering_ = *rooms;
  std::string frame;
  FrameWriter(frame, FrameType::hello)
      .integer(kProtocolVersion)
      .integer(0)
      .integer(texts_.catalogue().fingerprint())
      .raw(hello.take())
      .finish();
  output_.frames.push_back(std::move(frame));
  for (std::size_t i = 0; i < recovering_.size(); ++i) output_.frames.push_back(join_frame(i + 1, recovering_[i]));
  joins_due_ = recovering_.size();
}

void RoomsTranslator::observe(const std::string& text) {
  FrameSplitter frames(text);
  std::string_view one;
  Frame frame;
  while (phase_ == Phase::opening && frames.next(one))
    if (read_frame(one, frame) == ErrorCode::ok) observe_frame(frame);
}

void RoomsTranslator::observe_frame(const Frame& frame) {
  switch (frame.type) {
    case FrameType::welcome:
      return welcomed(frame);
    case FrameType::joined:
      return join_answered(frame.integers[0], &frame);
    case FrameType::reply:
      return join_answered(frame.integers[0], nullptr);
    case FrameType::bye: {
      const ErrorCode code = code_of(frame.integers[0]);
      if (!error_row(code).retryable || code == ErrorCode::token_expired)  // only the page can renew a token
        return refuse(code, core::text_in(frame.payload, "message"), core::text_in(frame.payload, "reason"));
      return postpone(code, core::text_in(frame.payload, "message"), frame.integers[1]);
    }
    default:
      return;
  }
}

void RoomsTranslator::welcomed(const Frame& frame) {
  is_welcome_ = true;
  session_id_ = core::text_in(frame.payload, "session");
  user_id_ = core::text_in(frame.payload, "userId");
  secret_ = core::text_in(frame.payload, "resume");
  const std::uint64_t bytes_max = core::number_in(core::raw_in(frame.payload, "limits"), "messageBytes");
  if (bytes_max > kEventEnvelopeBytesMax) payload_bytes_max_ = bytes_max - kEventEnvelopeBytesMax;
  if (pid_.empty() || pid_.substr(pid_.rfind(kTagMark) + 1) != user_tag(user_id_)) is_recovery_ = false;
  if (joins_due_ == 0) decide();
}

void RoomsTranslator::join_answered(std::uint64_t req, const Frame* joined) {
  if (req == 0 && joined != nullptr) by_application_.push_back(joined->integers[1]);
  if (req == 0 || req > recovering_.size() || joins_due_ == 0) return;
  const RecoveredRoom& asked = recovering_[req - 1];
  if (joined == nullptr || joined->integers[5] == 0) is_recovery_ = false;
  if (joined != nullptr)
    rooms_.emplace(joined->integers[1], Room{.id = asked.id,
                                             .name = core::text_in(joined->payload, "name"),
                                             .epoch = joined->integers[2],
                                             .seq = asked.seq,
                                             .events = asked.events});
  if (--joins_due_ == 0 && is_welcome_) decide();
}

// Where something is missing, the client is in no room but those of the application: it joins again, as after any first
// connection.
void RoomsTranslator::decide() {
  phase_ = Phase::open;
  const bool is_recovered = is_recovery_;
  if (is_recovered) {
    pids_.set(pid_, secret_);
  } else {
    pid_ = secret_ + kTagMark + user_tag(user_id_);
    for (const auto& [number, room] : std::exchange(rooms_, {})) {
      const bool stays = std::find(by_application_.begin(), by_application_.end(), number) != by_application_.end();
      if (stays && !room.events) continue;
      std::string frame;
      if (stays)  // with all of its events
        FrameWriter(frame, FrameType::subscribe).integer(++last_number_).integer(number).integer(0).finish();
      else
        FrameWriter(frame, FrameType::leave).integer(keep({})).integer(number).finish();
      output_.frames.push_back(std::move(frame));
    }
  }
  recovering_.clear();
  by_application_ = {};
  const std::string answer = JsonText().text("sid", session_id_).text("pid", pid_).take();
  output_.packets.push_back(std::make_shared<const std::string>(socketio_head(SocketioType::connect, "/") + answer));
  emit("dialogue:connected",
       JsonText().text("clientId", session_id_).text("userId", user_id_).flag("recovered", is_recovered).take());
}

void RoomsTranslator::refuse(ErrorCode code, std::string_view message, std::string_view reason) {
  phase_ = Phase::over;
  ending_ = Ending::refused;
  JsonText data;
  data.text("code", error_name(code));
  if (!reason.empty()) data.text("reason", reason);
  refusal_ = JsonText().text("message", message).raw("data", data.take()).take();
}

// CONNECT_ERROR would be final for socket.io-client, and a session that ends silently gives no reason. The client is therefore
// connected without `dialogue:connected`, receives the reason, and reconnects by itself. Its recovery data is unchanged.
void RoomsTranslator::postpone(ErrorCode code, std::string_view message, std::uint64_t retry_after_ms) {
  phase_ = Phase::over;
  ending_ = Ending::lost;
  JsonText connected, fault;
  connected.text("sid", kNobody);
  if (is_recovery_) connected.text("pid", pid_);
  fault.text("code", error_name(code)).text("message", message);
  if (retry_after_ms > 0) fault.number("retryAfterMs", retry_after_ms);
  const auto say = [this](std::string packet) {
    output_.packets.push_back(std::make_shared<const std::string>(std::move(packet)));
  };
  say(socketio_head(SocketioType::connect, "/") + connected.take());
  say(socketio_head(SocketioType::event, "/") + R"(["dialogue:error",)" + fault.take() + "]");
}

void RoomsTranslator::forget() {
  if (!pid_.empty()) pids_.forget(pid_);
}

}  // namespace dialogue::transport
