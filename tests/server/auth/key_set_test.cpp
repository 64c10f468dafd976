// Keys from every form that is read, and those that are refused at start.
#include "shared/base/base64.hpp"
#include "tests/server/auth/token_kit.hpp"

namespace dialogue::testing {

using namespace auth;

namespace {

std::string base64_of(const std::string& text) {
  return encode_base64({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::string rsa_1024() {
  return "-----BEGIN PUBLIC KEY-----\n"
         "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCuj2Cp1fSye7RyFGe0uT6gNlL3\n"
         "QZIn2mzpgaMERwBg+VIpPsta6EY4EIUbCc+y8hkXBUqs6vgD4BQaDzZiX1KyOOcJ\n"
         "wQ3gS6pdesWP+BLXsaryPAs0l67ZbyGcB2S4DatQSHpzY5y7y66tj1OLj88Ydd08\n"
         "TAoVuGcgk19N7/3NSQIDAQAB\n"
         "-----END PUBLIC KEY-----\n";
}

}  // namespace

TEST_CASE("every algorithm signs and checks, through JSON and PEM and back") {
  const auto algorithm = GENERATE(KeyAlgorithm::hs256, KeyAlgorithm::rs256, KeyAlgorithm::es256, KeyAlgorithm::eddsa);
  CAPTURE(algorithm_name(algorithm));
  const SharedKey key = key_for(algorithm, "k1");
  const std::string signature = key->sign("text").value();
  CHECK(key->can_sign());
  CHECK(key->verify("text", signature));
  CHECK_FALSE(key->verify("texT", signature));
  CHECK_FALSE(key->verify("text", signature.substr(1)));
  CHECK_FALSE(key->verify("text", ""));

  const bool has_public_half = algorithm != KeyAlgorithm::hs256;
  const KeySet from_json = set_of(key_to_json(*key, !has_public_half));
  CHECK(from_json.keys().front()->id() == "k1");
  CHECK(from_json.keys().front()->algorithm() == algorithm);
  CHECK(from_json.keys().front()->verify("text", signature));
  CHECK(from_json.keys().front()->can_sign() == !has_public_half);
  if (!has_public_half) return;
  const KeySet from_pem = set_of(private_pem(*key->pair()));
  CHECK(from_pem.keys().front()->algorithm() == algorithm);
  CHECK(from_pem.keys().front()->verify("text", signature));
  CHECK(key->verify("more", from_pem.keys().front()->sign("more").value()));
}

TEST_CASE("text before a key in PEM is ignored") {
  const SharedKey key = key_for(KeyAlgorithm::es256, "k1");
  const KeySet read = set_of("Bag Attributes\n    friendlyName: signing\n" + private_pem(*key->pair()));
  CHECK(key->verify("text", read.keys().front()->sign("text").value()));
}

TEST_CASE("a private JSON Web Key signs, for EC and Ed25519") {
  const auto algorithm = GENERATE(KeyAlgorithm::es256, KeyAlgorithm::eddsa);
  const SharedKey key = key_for(algorithm, "k1");
  const KeySet read = set_of(key_to_json(*key, true));
  CHECK(key->verify("text", read.keys().front()->sign("text").value()));
  CHECK_FALSE(set_of(key_to_json(*key, false)).keys().front()->sign("text"));
}

TEST_CASE("R-46 weak keys are refused, with what to do") {
  CHECK(problem_in(std::string(31, 's')) == "the secret has 31 bytes, and 32 are the minimum for HS256");
  CHECK(problem_in(std::string(32, 's') + "\n") == "none");
  CHECK(problem_in(R"({"kty":"oct","k":"c2hvcnQ"})") == "the secret has 5 bytes, and 32 are the minimum for HS256");
  CHECK(problem_in("") == "the secret has 0 bytes, and 32 are the minimum for HS256");
  CHECK(problem_in(rsa_1024()).find("bits, not 2048 to 8192") != std::string::npos);
  CHECK(std::get<KeyError>(read_keys("short", KeyOrigin::file)).advice.find("dialogue keys") != std::string::npos);
}

TEST_CASE("F-R16 a public key, a certificate or a URL in a form that is not read does not become a secret") {
  const SharedKey key = key_for(KeyAlgorithm::es256, "k1");
  const std::string jwk = key_to_json(*key, false);
  const std::string der =
      "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE";  // RFC 8410 section 4, without its first and last line
  const std::string text = GENERATE_COPY(
      as<std::string>(), "ssh-rsa " + std::string(120, 'A') + " ops@example", "ecdsa-sha2-nistp256 " + std::string(80, 'A'), der,
      der + "=", der.substr(0, 30) + "\n" + der.substr(30) + "=\n", "[" + jwk + "]", "\"" + jwk + "\"",
      R"("{\"keys\":[{\"kty\":\"EC\"}]}" and more of it)", "\"-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----\\n\"",
      "https://login.example/.well-known/jwks.json",
      base64_of("-----BEGIN PUBLIC KEY-----\n" + der + "=\n-----END PUBLIC KEY-----\n"), base64_of(jwk),
      "AAAAC3NzaC1lZDI1NTE5AAAAIJ0QpfLkCy4PH7b0dzX3ZkDkPaPxb3cUNMcWfWwFMXnV",
      "---- BEGIN SSH2 PUBLIC KEY ----\nAAAAC3NzaC1lZDI1NTE5AAAAIJ0QpfLkCy4PH7b0dzX3\n---- END SSH2 PUBLIC KEY ----");
  for (const std::string& mark : {std::string(), std::string("\xEF\xBB\xBF")}) {
    CAPTURE(mark + text);
    CHECK(std::holds_alternative<KeyError>(read_keys(mark + text, KeyOrigin::file)));
    CHECK(std::holds_alternative<KeyError>(read_secret_text(mark + text)));
  }
  CHECK(std::holds_alternative<KeyError>(read_secret_text(jwk)));
}

TEST_CASE("F-R16 a byte order mark is part of neither a key set nor a secret") {
  const std::string jwk = key_to_json(*key_for(KeyAlgorithm::es256, "k1"), false), mark = "\xEF\xBB\xBF";
  CHECK(set_of(mark + R"({"keys":[)" + jwk + "]}").keys().front()->algorithm() == KeyAlgorithm::es256);
  const std::string secret = "[a secret of {32} bytes, at least](\"x\")";
  const std::string signature = set_of(secret).keys().front()->sign("text").value();
  CHECK(set_of(mark + secret).keys().front()->verify("text", signature));
  CHECK(std::get<KeySet>(read_secret_text(mark + secret)).keys().front()->verify("text", signature));
}

TEST_CASE("the error of an invalid key does not contain the key") {
  struct Case {
    std::string text, problem;
  };
  const auto test = GENERATE(
      Case{"{}", "no key in it is for signing"}, Case{R"({"keys":[]})", "no key in it is for signing"},
      Case{R"({"keys":{}})", "it is not a JSON Web Key or a set of them"}, Case{R"({"keys":[7]})", "it is not a JSON Web Key"},
      Case{R"({"kty":"oct","kty":"RSA"})", "kty is there twice"}, Case{R"({"kty":7})", "kty has the wrong form"},
      Case{R"({"kty":"RSA","n":"AQ","e":"AQAB"})", "numbers do not form a key"},
      Case{R"({"kty":"RSA"})", "numbers do not form a key"},
      Case{R"({"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"})", "numbers do not form a key"},
      Case{R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
           R"("y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"})",
           "numbers do not form a key"},  // not on the curve
      Case{R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",")"
           R"(d":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
           "numbers do not form a key"},  // halves of two keys
      Case{"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "not a PEM text"},
      Case{"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "not a PEM text"},
      Case{std::string(40, '\x01'), "neither PEM nor JSON nor a secret"});
  CAPTURE(test.text);
  CHECK(problem_in(test.text).find(test.problem) != std::string::npos);
}

TEST_CASE("of a set only keys for signing are taken") {
  const std::string es256 = key_to_json(*key_for(KeyAlgorithm::es256, "sig"), false);
  std::string enc = key_to_json(*key_for(KeyAlgorithm::rs256, "enc"), false);
  enc.replace(enc.find("\"sig\""), 5, "\"enc\"");
  std::string other = key_to_json(*key_for(KeyAlgorithm::rs256, "other"), false);
  other.replace(other.find("RS256"), 5, "RSA-OAEP");
  const KeySet keys =
      set_of(R"({"keys":[)" + enc + "," + other + R"(,{"kty":"EC","crv":"secp256k1","x":"AQ","y":"AQ"},)" + es256 + "]}",
             KeyOrigin::fetched);
  REQUIRE(keys.keys().size() == 1);
  CHECK(keys.keys().front()->id() == "sig");
}

TEST_CASE("F-N26 in a fetched set a secret, a weak key and a second key with a kid are ignored, and the others count") {
  const std::string good = key_to_json(*key_for(KeyAlgorithm::es256, "good"), false);
  const std::string twin = key_to_json(*key_for(KeyAlgorithm::es256, "good"), false);
  const std::string file = key_to_json(*key_for(KeyAlgorithm::es256, "file"), false);
  const std::string secret = key_to_json(*key_for(KeyAlgorithm::hs256, "s"), true);
  const std::string weak = R"({"kty":"RSA","kid":"weak","n":"AQ","e":"AQ"})";
  PassedOver passed_over;
  const KeySet fixed = set_of(file);
  auto read =
      read_fetched_keys(R"({"keys":[)" + secret + "," + weak + "," + good + "," + twin + "," + file + "]}", fixed, passed_over);
  const KeySet& keys = std::get<KeySet>(read);
  REQUIRE(keys.keys().size() == 1);
  CHECK(keys.keys().front()->id() == "good");
  REQUIRE(passed_over.size() == 4);
  CHECK(passed_over[0] == "kid \"s\": a secret is listed among public keys");
  CHECK(passed_over[1].find("kid \"weak\": ") == 0);
  CHECK(passed_over[2] == "kid \"good\": another key has this kid");
  CHECK(passed_over[3] == "kid \"file\": another key has this kid");

  PassedOver all;
  CHECK(std::holds_alternative<KeyError>(read_fetched_keys(R"({"keys":[)" + secret + "]}", KeySet(), all)));
  CHECK(std::get<KeyError>(read_fetched_keys("<html>", KeySet(), all)).problem == "it is not JSON");
  std::string many = R"({"keys":[)";
  for (int i = 0; i < 65; ++i) many += (i == 0 ? "" : ",") + key_to_json(*key_for(KeyAlgorithm::es256, std::to_string(i)), false);
  PassedOver rest;
  CHECK(std::get<KeySet>(read_fetched_keys(many + "]}", KeySet(), rest)).keys().size() == 64);
  CHECK(rest == PassedOver{"kid \"64\": there are more than 64 keys"});
}

TEST_CASE("R-42 a set that is read strictly is refused as a whole for a secret, a weak key, or no key") {
  const std::string good = key_to_json(*key_for(KeyAlgorithm::es256, "good"), false);
  const std::string secret = key_to_json(*key_for(KeyAlgorithm::hs256, "s"), true);
  CHECK(problem_in(R"({"keys":[)" + good + "," + secret + "]}", KeyOrigin::fetched) == "a secret is listed among public keys");
  CHECK(problem_in(R"({"keys":[)" + good + R"(,{"kty":"RSA","n":"AQ","e":"AQ"}]})", KeyOrigin::fetched) != "none");
  CHECK(problem_in(R"({"keys":[)" + good + "," + good + "]}", KeyOrigin::fetched) == "two keys have the same kid");
  CHECK(problem_in("<html>", KeyOrigin::fetched) == "it is not JSON");
  CHECK(problem_in(std::string(64, 's'), KeyOrigin::fetched) == "it is not JSON");
  std::string many = R"({"keys":[)";
  for (int i = 0; i < 65; ++i) many += (i == 0 ? "" : ",") + key_to_json(*key_for(KeyAlgorithm::es256, std::to_string(i)), false);
  CHECK(problem_in(many + "]}", KeyOrigin::fetched) == "there are more than 64 keys");
}

TEST_CASE("two sets are one, unless they name two keys alike") {
  const KeySet file = set_of(key_to_json(*key_for(KeyAlgorithm::es256, "a"), false));
  const KeySet other = set_of(key_to_json(*key_for(KeyAlgorithm::eddsa, "b"), false));
  CHECK(std::get<KeySet>(joined_keys(file, other)).keys().size() == 2);
  CHECK(std::get<KeyError>(joined_keys(file, file)).problem == "two keys have the same kid");
}

}  // namespace dialogue::testing
