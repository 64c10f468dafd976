// See terms.hpp.
#include "server/doctor/wire/terms.hpp"

#include "shared/base/setup_error.hpp"

namespace dialogue::doctor {
namespace {

constexpr std::string_view kEndpoint = "/dialogue";

std::string as_http(std::string_view text) {
  if (text.starts_with("ws://")) return "http" + std::string(text.substr(2));
  if (text.starts_with("wss://")) return "https" + std::string(text.substr(3));
  return std::string(text);
}

}  // namespace

http_client::HttpUrl parse_doctor_url(std::string_view text) {
  auto url = http_client::parse_http_url(as_http(text));
  if (!url || url->target.find('?') != std::string::npos)
    throw SetupError(std::string(text), "this is not the address of a server",
                     "Write https://HOST, http://HOST:PORT, wss://HOST or ws://HOST:PORT, without a query.");
  while (url->target.ends_with('/')) url->target.pop_back();
  if (url->target.ends_with(kEndpoint)) url->target.resize(url->target.size() - kEndpoint.size());
  return *url;
}

}  // namespace dialogue::doctor
