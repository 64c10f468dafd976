// The published examples: RFC 7515 appendix A.1 to A.3, RFC 8037 appendix A.3 and A.4, RFC 4648 section 10.
#include "tests/server/auth/token_kit.hpp"

namespace dialogue::testing {

using namespace auth;

namespace {

constexpr const char* kPayload =
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";
constexpr std::uint64_t kThenS = 1'300'819'000;

struct Vector {
  const char* name;
  std::string key, header, payload, signature;
};

const Vector kVectors[] = {
    {"RFC 7515 A.1",
     R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})",
     "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9", kPayload, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
    {"RFC 7515 A.2",
     R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W)"
     R"(26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4Q)"
     R"(lL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHS)"
     R"(XndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg6)"
     R"(65xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8)"
     R"(q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})",
     "eyJhbGciOiJSUzI1NiJ9", kPayload,
     "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
     "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4"
     "BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
     "eOkHWEsqtFZESc6BfI7noOPqv"
     "hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"},
    {"RFC 7515 A.3",
     R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
     R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
     "eyJhbGciOiJFUzI1NiJ9", kPayload, "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"},
    {"RFC 8037 A.4",
     R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"
     R"()",
     "eyJhbGciOiJFZERTQSJ9", ".RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.",
     "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"},
};

}  // namespace

TEST_CASE("the published signatures are right, and wrong as soon as a letter of them changes") {
  for (const Vector& vector : kVectors) {
    CAPTURE(vector.name);
    const KeySet keys = set_of(vector.key);
    // All that is wrong with them is what stands in the claims, which are looked at behind the signature.
    const std::string whole = vector.header + vector.payload + vector.signature;
    const std::string said = verdict_on(whole, keys, {}, kThenS);
    CHECK((said == "token_invalid: its sub is not a user id of 1 to 128 bytes" ||
           said == "token_invalid: its claims are not a JSON object with each name once"));
    for (std::size_t at = 0; at < vector.signature.size(); at += 7) {
      std::string changed = vector.signature;
      changed[at] = changed[at] == 'A' ? 'B' : 'A';
      const std::string refused = verdict_on(vector.header + vector.payload + changed, keys, {}, kThenS);
      CHECK(refused.find("its signature ") != std::string::npos);
    }
  }
}

TEST_CASE("Ed25519 signs as RFC 8037 A.4 does, and its key has the thumbprint of A.3") {
  const KeySet keys = set_of(R"({"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",")"
                             R"(x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
  const Key& key = *keys.keys().front();
  CHECK(encode_base64url(key.sign("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc").value()) == kVectors[3].signature);
  CHECK(key_thumbprint(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST_CASE("base64url gives back what it was made of, and refuses what it would not write") {
  const std::pair<const char*, const char*> examples[] = {
      {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"\xff\xfe", "__4"}};
  for (const auto& [bytes, text] : examples) {
    CHECK(encode_base64url(bytes) == text);
    CHECK(decode_base64url(text) == std::string(bytes));
  }
  for (const char* wrong : {"Z", "Zg==", "Zh", "Zm9", "Zm 8", "Zm8\n", "a+b_", "a/b_", "Zm9vY"}) {
    CAPTURE(wrong);
    CHECK_FALSE(decode_base64url(wrong));
  }
}

}  // namespace dialogue::testing
