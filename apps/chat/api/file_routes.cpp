// See file_routes.hpp. Each step of a coroutine runs on the threads of calls, since files and chat.db are read there.
#include "apps/chat/api/file_routes.hpp"

#include <dialogue/async.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <fstream>
#include <iostream>

#include "apps/chat/api/fields.hpp"
#include "apps/chat/api/request_caller.hpp"
#include "apps/chat/api/restrictions.hpp"
#include "apps/chat/domain/byte_range.hpp"
#include "apps/chat/domain/file_types.hpp"
#include "apps/chat/security/random.hpp"
#include "apps/chat/store/files.hpp"
#include "apps/chat/store/rooms.hpp"

namespace chat {
namespace {

using boost::asio::use_awaitable;

constexpr std::size_t kNameCharsMax = 200, kPartBytes = 64 * 1024;
constexpr std::int64_t kOrphanLifeMs = 24LL * 3600 * 1000;
constexpr std::uint64_t kUploadsPerHour = 600, kMsPerHour = 3'600'000;
constexpr std::chrono::milliseconds kStepTimeout{60'000};
constexpr const char* kFilePolicy = "sandbox; default-src 'none'";

/// Removes the bytes of an upload that was not finished.
class PartFile {
 public:
  explicit PartFile(std::filesystem::path path) : path_(std::move(path)), out_(path_, std::ios::binary) {}
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile() {
    std::error_code ignored;
    if (!is_kept_) std::filesystem::remove(path_, ignored);
  }
  void write(const std::string& bytes) {
    out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out_) throw std::runtime_error("a file cannot be written: is the disk full?");
  }
  void keep_as(const std::filesystem::path& path) {
    out_.close();
    if (!out_) throw std::runtime_error("a file cannot be written: is the disk full?");
    std::filesystem::rename(path_, path);
    is_kept_ = true;
  }

 private:
  std::filesystem::path path_;
  std::ofstream out_;
  bool is_kept_ = false;
};

void check_member(Database& db, const std::string& room, const std::string& user, std::int64_t now_ms) {
  if (!role_in(db, room, user)) refuse(FaultCode::not_member, "You are not a member of this room.", "room");
  if (const auto mute = find_restriction(db, room, user, Restriction::Kind::mute, now_ms))
    refuse(FaultCode::forbidden, words_of(*mute), "room");
}

void check_space(Database& db, const std::string& user, std::uint64_t bytes) {
  if (bytes_of_files(db, user) + bytes > kFilesPerUserBytesMax)
    refuse(FaultCode::too_many, "Your files take 1 GiB. Delete messages with files first.");
  if (bytes_of_files(db, "") + bytes > kFilesBytesMax)
    refuse(FaultCode::too_many, "The files of this server take 20 GiB. Ask who runs it.");
}

/// What the request's query says of the file that comes.
File begin_file(Service& service, const dialogue::RouteRequest& request) {
  const auto caller = caller_by_token(service, request);
  File file;
  file.id = random_uuid();
  file.room_id = request.query("room").value_or("");
  file.owner_id = caller.user.id;
  if (!is_uuid(file.room_id)) refuse(FaultCode::invalid_request, "`room` is not an id.", "room");
  file.name = visible_line(request.query("name").value_or(""), "name", kNameCharsMax);
  file.created_ms = static_cast<std::int64_t>(service.unix_ms());
  service.store.read([&](Database& db) {
    check_member(db, file.room_id, file.owner_id, file.created_ms);
    check_space(db, file.owner_id, 0);
  });
  return file;
}

/// The rights are asked again: the upload may have taken minutes.
boost::json::object finish_file(Service& service, const File& file) {
  service.store.write([&](Database& db) {
    check_member(db, file.room_id, file.owner_id, static_cast<std::int64_t>(service.unix_ms()));
    check_space(db, file.owner_id, file.bytes);
    insert_file(db, file);
  });
  return {{"id", file.id}, {"name", file.name}, {"bytes", file.bytes}, {"picture", file.type != kUnknownType}};
}

boost::asio::awaitable<void> upload(Service& service, std::filesystem::path directory, dialogue::RouteRequest request,
                                    dialogue::RouteStream stream) {
  std::optional<Fault> fault;
  try {
    File file = begin_file(service, request);
    PartFile part(directory / (file.id + ".part"));
    std::string head;
    for (;;) {
      const dialogue::RoutePart next = co_await stream.read(use_awaitable);
      if (!next.ok) co_return stream.respond(dialogue::RouteResponse::problem(413, "A file has at most 25 MiB."));
      if (next.is_end()) break;
      if (head.size() < kSniffedBytes) head += next.bytes.substr(0, kSniffedBytes);
      file.bytes += next.bytes.size();
      part.write(next.bytes);
    }
    file.type = type_of(head);
    const boost::json::object answer = finish_file(service, file);
    part.keep_as(directory / file.id);
    stream.respond(dialogue::RouteResponse::json(boost::json::serialize(answer)));
  } catch (const Refused& refused) { fault = refused.fault(); }
  if (fault) stream.respond(response_of_fault(*fault));
}

/// A name in a header field (RFC 8187).
std::string encoded(std::string_view name) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const unsigned char c : name) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    if (is_plain) {
      text += static_cast<char>(c);
    } else {
      text += '%';
      text += kDigits[c >> 4];
      text += kDigits[c & 15];
    }
  }
  return text;
}

File find_readable(Service& service, const dialogue::RouteRequest& request) {
  const std::string user = user_by_token_or_cookie(service, request);
  return service.store.read([&](Database& db) {
    const auto file = find_file(db, request.param("id").value_or(""));
    if (!file || !role_in(db, file->room_id, user) || (file->seq == 0 && file->owner_id != user))
      refuse(FaultCode::not_found, "There is no such file, or it is not for you.", "id");
    return *file;
  });
}

dialogue::RouteResponse head_of(const File& file, const RangeVerdict& verdict) {
  const bool is_picture = file.type != kUnknownType;
  dialogue::RouteResponse response;
  response.fields = {
      {"Content-Type", file.type},
      {"Content-Disposition", std::string(is_picture ? "inline" : "attachment") + "; filename*=UTF-8''" + encoded(file.name)},
      {"Content-Security-Policy", kFilePolicy},
      {"Cache-Control", "private, no-cache"},
      {"ETag", "\"" + file.id + "\""},
      {"Accept-Ranges", "bytes"}};
  if (!verdict.is_satisfiable) {
    response.status = 416;
    response.fields.emplace_back("Content-Range", "bytes */" + std::to_string(file.bytes));
  } else if (verdict.range) {
    response.status = 206;
    response.fields.emplace_back("Content-Range", "bytes " + std::to_string(verdict.range->first) + "-" +
                                                      std::to_string(verdict.range->last) + "/" + std::to_string(file.bytes));
  }
  return response;
}

boost::asio::awaitable<void> send_range(std::ifstream in, dialogue::RouteStream stream, std::uint64_t left) {
  std::string part(kPartBytes, '\0');
  while (left > 0) {
    in.read(part.data(), static_cast<std::streamsize>(std::min<std::uint64_t>(left, kPartBytes)));
    const auto count = static_cast<std::size_t>(in.gcount());
    if (count == 0) throw std::runtime_error("a file is shorter than it was");
    left -= count;
    if (!co_await stream.write(part.substr(0, count), use_awaitable)) co_return;
  }
}

boost::asio::awaitable<void> download(Service& service, std::filesystem::path directory, dialogue::RouteRequest request,
                                      dialogue::RouteStream stream) {
  std::optional<Fault> fault;
  try {
    const File file = find_readable(service, request);
    if (request.field("if-none-match") == std::optional<std::string_view>("\"" + file.id + "\""))
      co_return stream.respond({.status = 304, .fields = {{"ETag", "\"" + file.id + "\""}}});
    const RangeVerdict verdict = read_range(request.field("range").value_or(""), file.bytes);
    dialogue::RouteResponse head = head_of(file, verdict);
    if (!verdict.is_satisfiable || file.bytes == 0) co_return stream.respond(std::move(head));
    const ByteRange range = verdict.range.value_or(ByteRange{0, file.bytes - 1});
    std::ifstream in(directory / file.id, std::ios::binary);
    if (!in.seekg(static_cast<std::streamoff>(range.first)))
      refuse(FaultCode::not_found, "The bytes of this file are not there any more.", "id");
    const std::uint64_t length = range.last - range.first + 1;
    stream.begin(std::move(head), length);
    co_await send_range(std::move(in), stream, length);
  } catch (const Refused& refused) { fault = refused.fault(); }
  if (fault) stream.respond(response_of_fault(*fault));
}

}  // namespace

void add_file_routes(dialogue::Instance& server, Service& service, CallThreads& threads, const std::filesystem::path& directory) {
  dialogue::RouteOptions up;
  up.body_bytes_max = kFileBytesMax;
  up.timeout = kStepTimeout;
  up.limit = dialogue::RateLimit{kUploadsPerHour, kMsPerHour};
  up.summary = "Uploads a file to a room; a message carries it.";
  const auto executor = threads.quick.get_executor();
  server.route("POST", "/chat/v1/files",
               dialogue::stream_route(executor,
                                      [&service, directory](dialogue::RouteRequest request, dialogue::RouteStream stream) {
                                        return upload(service, directory, std::move(request), std::move(stream));
                                      }),
               std::move(up));
  dialogue::RouteOptions down;
  down.timeout = kStepTimeout;
  down.summary = "A file, or a range of it, for members of its room.";
  server.route("GET", "/chat/v1/files/{id}",
               dialogue::stream_route(executor,
                                      [&service, directory](dialogue::RouteRequest request, dialogue::RouteStream stream) {
                                        return download(service, directory, std::move(request), std::move(stream));
                                      }),
               std::move(down));
}

void sweep_files(Service& service, const std::filesystem::path& directory) {
  const std::int64_t before_ms = static_cast<std::int64_t>(service.unix_ms()) - kOrphanLifeMs;
  for (;;) {
    const auto ids = service.store.write([&](Database& db) {
      auto found = files_to_sweep(db, before_ms);
      for (const auto& id : found) mark_gone(db, id);
      return found;
    });
    if (ids.empty()) return;
    for (const auto& id : ids) std::filesystem::remove(directory / id);
    service.store.write([&](Database& db) {
      for (const auto& id : ids) delete_file(db, id);
    });
  }
}

}  // namespace chat
