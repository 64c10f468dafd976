// The routes, and what HTTP asks of a file: types, conditions, precompressed forms.
#include "server/http/response/http_router.hpp"

#include <algorithm>
#include <boost/beast/http/rfc7230.hpp>

#include "shared/base/percent.hpp"

namespace dialogue::http {
namespace {

namespace beast = boost::beast;
namespace beast_http = boost::beast::http;

HttpResponse json(unsigned status, std::string_view text) {
  return {.status = status,
          .fields = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          .body = std::make_shared<const std::string>(text)};
}

/// Whether Accept-Encoding names `coding` without forbidding it by ";q=0".
bool accepts(const RequestHeader& header, std::string_view coding) {
  for (const auto& [name, parameters] : beast_http::ext_list{header[beast_http::field::accept_encoding]}) {
    if (!beast::iequals(name, beast::string_view(coding.data(), coding.size()))) continue;
    return std::none_of(parameters.begin(), parameters.end(), [](const auto& parameter) {
      return beast::iequals(parameter.first, "q") && parameter.second.find_first_not_of("0.") == beast::string_view::npos;
    });
  }
  return false;
}

/// Weak comparison against a list of tags (RFC 9110 section 13.1.2); our tags hold no comma.
bool matches_tag(std::string_view list, std::string_view tag) {
  while (!list.empty()) {
    std::string_view entry = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), entry.size() + 1));
    entry.remove_prefix(std::min(entry.find_first_not_of(" \t"), entry.size()));
    entry = entry.substr(0, entry.find_last_not_of(" \t") + 1);
    if (entry.starts_with("W/")) entry.remove_prefix(2);
    if (entry == "*" || entry == tag) return true;
  }
  return false;
}

/// If-None-Match beats If-Modified-Since; that one is compared as text, as clients send back what they were given.
bool is_unchanged(const RequestHeader& header, std::string_view tag, std::string_view last_modified) {
  if (header.count(beast_http::field::if_none_match) > 0) return matches_tag(header[beast_http::field::if_none_match], tag);
  return !last_modified.empty() && header[beast_http::field::if_modified_since] == last_modified;
}

}  // namespace

HttpResponse HttpRouter::answer(const RequestHeader& header, const CheckedRequest& request, bool draining) const {
  if (header.method() != beast_http::verb::get && header.method() != beast_http::verb::head) {
    HttpResponse refusal = problem(405, "Only GET and HEAD are allowed.");
    refusal.fields.emplace_back("Allow", "GET, HEAD");
    return refusal;
  }
  return find(header, request, draining);
}

HttpResponse HttpRouter::find(const RequestHeader& header, const CheckedRequest& request, bool draining) const {
  if (request.path == kHealthPath) return json(200, "{\"status\":\"ok\"}\n");
  if (request.path == kReadyPath)
    return draining ? json(503, "{\"status\":\"draining\"}\n") : json(200, "{\"status\":\"ready\"}\n");
  if (request.path == websocket_path_) {
    HttpResponse refusal = problem(426, "This path serves WebSockets.");
    refusal.fields.emplace_back("Upgrade", "websocket");
    return refusal;
  }
  const auto path = percent_decoded(request.path);
  if (!path) return problem(404, "Unknown path.");
  return find_file(header, request.path, *path);
}

HttpResponse HttpRouter::find_file(const RequestHeader& header, std::string_view target, std::string_view path) const {
  if (const StaticFile* file = files_.find(path)) {
    HttpResponse found = file_answer(header, *file);
    // The dashboard's buttons are for its viewer alone, whatever policy the server's own pages have.
    if (path.starts_with(kClientModulesPath)) found.fields.emplace_back("X-Frame-Options", "DENY");
    return found;
  }
  if (live_)
    if (const auto file = live_->read(path)) return file_answer(header, *file);
  const std::string below = std::string(path) + '/';
  if (files_.find(below) || (live_ && live_->read(below)))  // a page of the directory needs the slash for its relative links
    return {.status = 308, .fields = {{"Location", std::string(target) + '/'}}, .body = std::make_shared<const std::string>()};
  if (path == kClientScriptPath)
    return problem(404, "This program was built without the browser client. Build js/ first, then the program again.");
  return problem(404, "Unknown path.");
}

HttpResponse HttpRouter::file_answer(const RequestHeader& header, const StaticFile& file) const {
  HttpResponse found{.status = 200, .fields = {}, .body = file.plain};
  std::string tag = file.etag;
  const auto use = [&](const core::SharedBytes& form, std::string_view coding) {
    found.body = form;
    found.fields.emplace_back("Content-Encoding", coding);
    tag.insert(tag.size() - 1, '-' + std::string(coding));  // another form is another entity
  };
  if (file.br && accepts(header, "br"))
    use(file.br, "br");
  else if (file.gz && accepts(header, "gzip"))
    use(file.gz, "gzip");

  found.fields.emplace_back("ETag", tag);
  found.fields.emplace_back("Cache-Control", "no-cache");  // keep it, and ask whether it is still right
  if (file.br || file.gz) found.fields.emplace_back("Vary", "Accept-Encoding");
  if (!file.last_modified.empty()) found.fields.emplace_back("Last-Modified", file.last_modified);
  if (is_unchanged(header, tag, file.last_modified)) {
    found.status = 304;
    found.body = nullptr;
    return found;
  }
  found.fields.emplace_back("Content-Type", file.type);
  found.fields.emplace_back("Referrer-Policy", "no-referrer");
  if (!policy_.empty() && file.type.starts_with("text/html")) found.fields.emplace_back("Content-Security-Policy", policy_);
  return found;
}

}  // namespace dialogue::http
