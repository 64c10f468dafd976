// libnghttp2 keeps the state of streams, windows and HPACK, and answers what breaks RFC 9113. Here are the bounds that it leaves
// to its caller: docs/decisions/304-http2.md.
#include "server/http2/http2_session.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <new>
#include <vector>

namespace dialogue::http2 {
namespace {

constexpr std::size_t kReceivedAtOnce = 16 * 1024;  ///< what is still read after the peer went too far

constexpr unsigned kFrameTypeMax = 0xff;

struct CallbacksDeleter {
  void operator()(nghttp2_session_callbacks* callbacks) const { nghttp2_session_callbacks_del(callbacks); }
};
struct OptionDeleter {
  void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};

void require(int result) {
  if (result != 0) throw std::bad_alloc();  // the only fault that making one can have
}

nghttp2_nv field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));  // they are copied, and not changed
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::string_view view(const std::uint8_t* bytes, std::size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

bool ends_stream(const nghttp2_frame_hd& head) { return (head.flags & NGHTTP2_FLAG_END_STREAM) != 0; }

}  // namespace

void Http2Session::SessionDeleter::operator()(nghttp2_session* session) const { nghttp2_session_del(session); }

struct Http2Session::Callbacks {
  static Http2Session& self(void* user) { return *static_cast<Http2Session*>(user); }

  static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user) {
    Http2Session& session = self(user);
    session.begin_frame(head->type, head->length);
    const bool carries =
        head->type == NGHTTP2_HEADERS || (head->type == NGHTTP2_DATA && (head->length > 0 || ends_stream(*head)));
    if (!carries) session.spend_frame();
    return 0;
  }

  // RFC 9113 section 4.1: a frame of an unknown type is ignored. begin_frame() has counted it.
  static int ignore_extension(nghttp2_session*, void**, const nghttp2_frame_hd*, void*) { return NGHTTP2_ERR_CANCEL; }

  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                    const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    Http2Session& session = self(user);
    session.list_bytes_ += name_size + value_size + 32;
    if (session.list_bytes_ > kHeaderListBytesMax) session.terminate(NGHTTP2_ENHANCE_YOUR_CALM);
    if (session.is_failed_) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
      session.add_field(frame->hd.stream_id, view(name, name_size), view(value, value_size));
    return 0;
  }

  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) self(user).streams_.try_emplace(frame->hd.stream_id);
    return 0;
  }

  static int frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2Session& session = self(user);
    const StreamId stream = frame->hd.stream_id;
    if (frame->hd.type == NGHTTP2_HEADERS) {
      session.end_block();
      if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) session.head_complete(stream, !ends_stream(frame->hd));
    } else if (frame->hd.type == NGHTTP2_SETTINGS) {
      session.end_block();  // the preface is complete
    }
    const bool may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (may_end && ends_stream(frame->hd))
      if (const Stream* served = session.find(stream); served != nullptr && served->is_served) session.events_.body_end(stream);
    return 0;
  }

  static int invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int, void* user) {
    if (frame->hd.type == NGHTTP2_HEADERS) self(user).end_block();
    self(user).spend_frame();
    return 0;
  }

  static int data(nghttp2_session* raw, std::uint8_t, StreamId stream, const std::uint8_t* bytes, std::size_t size, void* user) {
    Http2Session& session = self(user);
    Stream* served = session.find(stream);
    if (served == nullptr || !served->is_served || session.is_failed_) {
      nghttp2_session_consume(raw, stream, size);
    } else {
      served->unconsumed += size;
      session.events_.body(stream, view(bytes, size));
    }
    return 0;
  }

  static int stream_close(nghttp2_session*, StreamId stream, std::uint32_t reason, void* user) {
    self(user).stream_closed(stream, reason);
    return 0;
  }

  // RFC 9113 section 8.1: the rest of the request is not wanted.
  static int frame_sent(nghttp2_session* raw, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_DATA) self(user).frames_.earn(kIdleFramesPerData);
    const bool may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (may_end && ends_stream(frame->hd) && nghttp2_session_get_stream_remote_close(raw, frame->hd.stream_id) == 0)
      nghttp2_submit_rst_stream(raw, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
    return 0;
  }

  static ssize_t read(nghttp2_session*, StreamId stream, std::uint8_t* into, std::size_t size, std::uint32_t* flags,
                      nghttp2_data_source*, void* user) {
    const BodyPart part = self(user).events_.read(stream, {reinterpret_cast<char*>(into), size});
    if (part.state == BodyPart::State::wait) return NGHTTP2_ERR_DEFERRED;
    if (part.state == BodyPart::State::broken) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (part.state == BodyPart::State::last) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(part.size);
  }

  static std::unique_ptr<nghttp2_session_callbacks, CallbacksDeleter> make() {
    nghttp2_session_callbacks* raw = nullptr;
    require(nghttp2_session_callbacks_new(&raw));
    std::unique_ptr<nghttp2_session_callbacks, CallbacksDeleter> callbacks(raw);
    nghttp2_session_callbacks_set_on_begin_frame_callback(raw, begin_frame);
    nghttp2_session_callbacks_set_unpack_extension_callback(raw, ignore_extension);
    nghttp2_session_callbacks_set_on_begin_headers_callback(raw, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(raw, header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(raw, frame);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(raw, invalid_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(raw, data);
    nghttp2_session_callbacks_set_on_stream_close_callback(raw, stream_close);
    nghttp2_session_callbacks_set_on_frame_send_callback(raw, frame_sent);
    return callbacks;
  }
};

Http2Session::Http2Session(std::uint32_t streams_max, Http2Events& events, std::uint64_t now_ms)
    : events_(events), now_ms_(now_ms), incomplete_since_ms_(now_ms) {
  const auto callbacks = Callbacks::make();
  nghttp2_option* raw_option = nullptr;
  require(nghttp2_option_new(&raw_option));
  const std::unique_ptr<nghttp2_option, OptionDeleter> option(raw_option);
  nghttp2_option_set_no_auto_window_update(raw_option, 1);
  nghttp2_option_set_no_closed_streams(raw_option, 1);
  for (unsigned type = NGHTTP2_CONTINUATION + 1; type <= kFrameTypeMax; ++type)  // otherwise begin_frame() is not called
    nghttp2_option_set_user_recv_extension_type(raw_option, static_cast<std::uint8_t>(type));
  nghttp2_session* raw = nullptr;
  require(nghttp2_session_server_new2(&raw, callbacks.get(), this, raw_option));
  session_.reset(raw);
  const std::array<nghttp2_settings_entry, 2> settings = {
      {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, streams_max},
       {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(kHeaderListBytesMax)}}};
  require(nghttp2_submit_settings(raw, NGHTTP2_FLAG_NONE, settings.data(), settings.size()));
  require(nghttp2_session_set_local_window_size(raw, NGHTTP2_FLAG_NONE, 0, kConnectionWindowBytes));
}

void Http2Session::receive(std::string_view bytes, std::uint64_t now_ms) {
  now_ms_ = now_ms;
  while (!bytes.empty() && !is_failed_) {
    const std::string_view part = bytes.substr(0, kReceivedAtOnce);
    bytes.remove_prefix(part.size());
    const auto* data = reinterpret_cast<const std::uint8_t*>(part.data());
    if (nghttp2_session_mem_recv(session_.get(), data, part.size()) < 0) terminate(NGHTTP2_PROTOCOL_ERROR);
  }
}

void Http2Session::send(std::string& out) {
  while (out.size() < kOutputBytesMax) {
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &data);
    if (size < 0) is_failed_ = true;
    if (size <= 0) return;
    out.append(view(data, static_cast<std::size_t>(size)));
  }
}

// --- The peer's frames ---

Http2Session::Stream* Http2Session::find(StreamId stream) {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : &found->second;
}

void Http2Session::begin_frame(std::uint8_t type, std::size_t bytes) {
  if (type != NGHTTP2_CONTINUATION && type != NGHTTP2_SETTINGS) end_block();
  if (type != NGHTTP2_CONTINUATION && type != NGHTTP2_HEADERS) return;
  if (incomplete_since_ms_ == 0) incomplete_since_ms_ = now_ms_;
  block_bytes_ += bytes;
  if (block_bytes_ > kHeaderBlockBytesMax) terminate(NGHTTP2_ENHANCE_YOUR_CALM);
}

void Http2Session::add_field(StreamId stream, std::string_view name, std::string_view value) {
  if (Stream* begun = find(stream)) begun->is_malformed = !begun->head.add(name, value) || begun->is_malformed;
}

void Http2Session::head_complete(StreamId stream, bool has_body) {
  Stream* begun = find(stream);
  if (begun == nullptr || is_failed_) return;
  if (begun->is_malformed) return reset(stream, NGHTTP2_PROTOCOL_ERROR);
  begun->is_served = events_.request(stream, begun->head, has_body);
  begun->head = RequestHead();
  if (!begun->is_served) reset(stream, NGHTTP2_REFUSED_STREAM);
}

void Http2Session::stream_closed(StreamId stream, std::uint32_t reason) {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return;
  const Stream ended = std::move(found->second);
  streams_.erase(found);
  nghttp2_session_consume_connection(session_.get(), ended.unconsumed);
  if (ended.is_served) events_.closed(stream);
  const bool is_cancelled = !ended.is_given_up && reason != NGHTTP2_NO_ERROR && reason != NGHTTP2_REFUSED_STREAM;
  if (is_cancelled && !is_failed_ && !cancelled_.spend(now_ms_)) terminate(NGHTTP2_ENHANCE_YOUR_CALM);
}

void Http2Session::spend_frame() {
  if (!is_failed_ && !frames_.spend(now_ms_)) terminate(NGHTTP2_ENHANCE_YOUR_CALM);
}

// --- Calls of the owner ---

void Http2Session::respond(StreamId stream, const ResponseHead& head, bool has_body) {
  const std::string status = std::to_string(head.status);
  std::vector<nghttp2_nv> fields = {field(":status", status)};
  for (const auto& [name, value] : head.fields) fields.push_back(field(name, value));
  if (head.is_interim()) {
    nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, stream, nullptr, fields.data(), fields.size(), nullptr);
    return;
  }
  const nghttp2_data_provider body{{}, Callbacks::read};
  nghttp2_submit_response(session_.get(), stream, fields.data(), fields.size(), has_body ? &body : nullptr);
}

void Http2Session::resume(StreamId stream) { nghttp2_session_resume_data(session_.get(), stream); }

void Http2Session::consumed(StreamId stream, std::size_t bytes) {
  Stream* served = find(stream);
  if (served == nullptr) return;
  served->unconsumed -= std::min(bytes, served->unconsumed);
  nghttp2_session_consume(session_.get(), stream, bytes);
}

void Http2Session::reset(StreamId stream, std::uint32_t reason) {
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream, reason);
}

void Http2Session::give_up(StreamId stream) {
  if (Stream* unread = find(stream)) unread->is_given_up = true;
  reset(stream, NGHTTP2_CANCEL);
}

bool Http2Session::has_no_window(StreamId stream) const {
  return nghttp2_session_get_stream_remote_window_size(session_.get(), stream) <= 0 ||
         nghttp2_session_get_remote_window_size(session_.get()) <= 0;
}

void Http2Session::ping() { nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr); }

void Http2Session::announce_end() { nghttp2_submit_shutdown_notice(session_.get()); }

void Http2Session::end_acceptance() {
  const StreamId last = nghttp2_session_get_last_proc_stream_id(session_.get());
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0);
}

void Http2Session::terminate(std::uint32_t reason) {
  is_failed_ = true;
  nghttp2_session_terminate_session(session_.get(), reason);
}

bool Http2Session::is_over() const {
  return nghttp2_session_want_write(session_.get()) == 0 && (is_failed_ || nghttp2_session_want_read(session_.get()) == 0);
}

}  // namespace dialogue::http2
