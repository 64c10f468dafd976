// See vapid.hpp.
#include "server/push/web/vapid.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "server/auth/base64url.hpp"
#include "server/push/web/web_message.hpp"
#include "shared/base/lower_case.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::push {
namespace {

constexpr std::string_view kMail = "mailto:", kPage = "https://";
constexpr std::array<std::string_view, 4> kLocalEnds = {".local", ".localhost", ".localdomain", ".internal"};

/// A name with a dot that is not for one network only. An address is not a name.
bool is_public_host(std::string_view host) {
  if (host.find('.') == std::string_view::npos || host.front() == '.' || host.back() == '.') return false;
  const std::string lower = lower_case(host);
  const bool is_address = lower.find_first_not_of("0123456789.") == std::string::npos;
  const bool is_local = std::any_of(kLocalEnds.begin(), kLocalEnds.end(), [&](auto end) { return lower.ends_with(end); });
  return !is_address && !is_local && lower.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string::npos;
}

}  // namespace

std::variant<VapidKey, std::string> VapidKey::of_pem(std::string_view pem) {
  auto read = auth::pair_from_pem(pem);
  if (auto* fault = std::get_if<auth::KeyError>(&read)) return std::move(fault->problem);
  auto pair = std::get<auth::OpensslKeyPointer>(std::move(read));
  if (auth::algorithm_of(*pair) != auth::KeyAlgorithm::es256) return "it is not a key on the curve P-256";
  if (!auth::has_private_part(*pair)) return "it has no private key, which is needed to sign";
  std::string point = auth::encode_base64url(point_of(*pair));
  return VapidKey{std::move(pair), std::move(point)};
}

std::optional<SubjectFault> fault_of_subject(std::string_view subject) {
  const std::string advice = "Write mailto: and an address, or an https URL, that push services can reach you by.";
  if (subject.empty()) return SubjectFault{"no contact is set for push services", advice};
  const auto is_odd = [](char c) { return c <= ' ' || c >= '\x7f'; };
  if (std::any_of(subject.begin(), subject.end(), is_odd))
    return SubjectFault{"it contains a blank or a byte that is not ASCII", advice};
  std::string_view host;
  if (subject.starts_with(kMail)) {
    const std::size_t at = subject.rfind('@');
    if (at == std::string_view::npos || at == kMail.size()) return SubjectFault{"it is not the address of a mailbox", advice};
    host = subject.substr(at + 1);
  } else if (subject.starts_with(kPage)) {
    host = subject.substr(kPage.size());
    host = host.substr(0, host.find_first_of(":/?#"));
  } else {
    return SubjectFault{"it begins with neither mailto: nor https://", advice};
  }
  if (host.empty() || !is_public_host(host))
    return SubjectFault{"its host is not a public name; Apple refuses all notifications then", advice};
  return {};
}

std::string vapid_token(const VapidKey& key, std::string_view origin, std::string_view subject, std::uint64_t expires_s) {
  std::string text = auth::encode_base64url(JsonText().text("typ", "JWT").text("alg", "ES256").take()) + '.';
  text += auth::encode_base64url(JsonText().text("aud", origin).number("exp", expires_s).text("sub", subject).take());
  const auto signature = auth::make_signature(*key.pair, auth::KeyAlgorithm::es256, text);
  return signature ? text + '.' + auth::encode_base64url(*signature) : std::string();
}

const VapidKey* VapidSigner::find(std::string_view public_text) const {
  const auto found =
      std::find_if(keys_.begin(), keys_.end(), [public_text](const VapidKey& each) { return each.public_text == public_text; });
  return found == keys_.end() ? nullptr : &*found;
}

std::string VapidSigner::authorization(std::string_view public_text, const std::string& origin, std::uint64_t now_s) {
  const VapidKey* const key = find(public_text);
  if (key == nullptr) return {};
  if (tokens_.size() >= kVapidTokensMax) tokens_.clear();  // they are made again
  Token& token = tokens_[{origin, key->public_text}];
  if (token.expires_s < now_s + kVapidRenewalS || token.expires_s > now_s + kVapidTokenLifeS) {
    token.expires_s = now_s + kVapidTokenLifeS;
    token.text = "vapid t=" + vapid_token(*key, origin, subject_, token.expires_s) + ", k=" + key->public_text;
  }
  return token.text;
}

void VapidSigner::forget(const std::string& origin) {
  std::erase_if(tokens_, [&origin](const auto& each) { return each.first.first == origin; });
}

}  // namespace dialogue::push
