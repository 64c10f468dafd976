// Every algorithm by its own key only: what Node's OpenSSL signed is believed, and by no other name.
#include "server/auth/key.hpp"

#include <array>

#include "tests/server/auth/token_kit.hpp"

namespace dialogue::testing {

using namespace auth;

namespace {

constexpr const char* kText = "eyJhbGciOiJub25lIn0.e30";

struct KeyVector {
  const char* name;
  std::string key, signature;
};

/// Made with node:crypto (sign(), ECDSA as ieee-p1363, PSS with a salt of the hash's size).
const KeyVector kKeyVectors[] = {
    {"RS384",
     R"({"kty":"RSA","n":"sq1IgCB3B21oOXv4ZyXjf-6N5YwgWasHWqZJ75aHbzFY4zqDv1Pqe9yD5YfePIihhjTppLksxnEQA1)"
     R"(PvvovzvFpPAjMptfQ-_3KcHVuno97SecQhGJSSktq8Ben2mOYbz-sn-crO8Pwr0fTmAzSgAsc1GekkXbryfFZ3k8x9ExjSFz)"
     R"(Sg3HwxOd4DUHlmMNag7vZmXF13KByEMKhVbqpPZuOHi7-gl6iChulMLqcQ7kza_3HTRktkFmQ4fbv5V3WKBWPdOMEJ9OILKb)"
     R"(gmM_NBkVTiojanHY9WIevbagfh35MgoDdzUiLe4wgda_AeB1FwAD8YRs936HLeYltrCruDZQ","e":"AQAB","alg":"RS38)"
     R"(4"})",
     R"(g0WBiGlHw7b5tNk3L9Ftx1IW9L-V2qeghAMde0ZIKee7v_QSrsnExIzBRjTzLRxvAAiLaEojPZTwuM5HxehSPbFOL7_yyWoE)"
     R"(xDvzlpkMyDFCc36BS9_1iwnQJzClRxyEdXoraC6O5D678TU3gf63z3ePSRwU1rqvcJVAGo_yD72PikfJvGxY0gtdVrRSMolv)"
     R"(U78Dy-qZxIBojliABckElOlOiZxeSxIw_o86YvjgmOKxZwn7NThf9bOvqbgnb0ZEiDSvkMhe5n9mSPWDQPjzyj1BDX_YvBaG)"
     R"(61wRN9QFrQ6L4koevYgdcm7Qh1ZnT6qloqHrnAhz6yAlY05LjyEh7g)"},
    {"RS512",
     R"({"kty":"RSA","n":"sq1IgCB3B21oOXv4ZyXjf-6N5YwgWasHWqZJ75aHbzFY4zqDv1Pqe9yD5YfePIihhjTppLksxnEQA1)"
     R"(PvvovzvFpPAjMptfQ-_3KcHVuno97SecQhGJSSktq8Ben2mOYbz-sn-crO8Pwr0fTmAzSgAsc1GekkXbryfFZ3k8x9ExjSFz)"
     R"(Sg3HwxOd4DUHlmMNag7vZmXF13KByEMKhVbqpPZuOHi7-gl6iChulMLqcQ7kza_3HTRktkFmQ4fbv5V3WKBWPdOMEJ9OILKb)"
     R"(gmM_NBkVTiojanHY9WIevbagfh35MgoDdzUiLe4wgda_AeB1FwAD8YRs936HLeYltrCruDZQ","e":"AQAB","alg":"RS51)"
     R"(2"})",
     R"(pHn6PnfZ1GEdpgrIbipV0vjZ5YBFXbfQfNdjceC5iPWaY-mx8yeynMKeaTZBM_a0QtnAmG7_YNqomsUvuNujyp9QhXH2Lj7Q)"
     R"(Y_1W76zhkVRG0Ge75Db7io3AX4OPqw3yCxAiN3P_lXim3Skk_vTQG435-4Cp8FH-sXreJW9WVm11MlBPM0LbB7JG4KoArH5_)"
     R"(bZ2mSvqsN9kXjMXGTH00xuTkVEO2tQrzoVbQBpwjIsMTGWu_emaSrmr3lCkSjP4l074CTQaKQoejcZ-hzZmrX8q-Di4flNL3)"
     R"(hQToKPyVY9nfZeyeYS-Mcxds_Jt2EEtWxfMtnwYkVkxaGBlAAly61Q)"},
    {"PS256",
     R"({"kty":"RSA","n":"sq1IgCB3B21oOXv4ZyXjf-6N5YwgWasHWqZJ75aHbzFY4zqDv1Pqe9yD5YfePIihhjTppLksxnEQA1)"
     R"(PvvovzvFpPAjMptfQ-_3KcHVuno97SecQhGJSSktq8Ben2mOYbz-sn-crO8Pwr0fTmAzSgAsc1GekkXbryfFZ3k8x9ExjSFz)"
     R"(Sg3HwxOd4DUHlmMNag7vZmXF13KByEMKhVbqpPZuOHi7-gl6iChulMLqcQ7kza_3HTRktkFmQ4fbv5V3WKBWPdOMEJ9OILKb)"
     R"(gmM_NBkVTiojanHY9WIevbagfh35MgoDdzUiLe4wgda_AeB1FwAD8YRs936HLeYltrCruDZQ","e":"AQAB","alg":"PS25)"
     R"(6"})",
     R"(m3CXqnO67dQJ_FxOyyRow0kGwZb7IAFl5WBvK5mefWs6A3HMISAYiJezGF1fW4b36hySa2oPhfWQ9nSnERcjYGhJGK4clFYk)"
     R"(9_BW_ztfARkcPzkFEoAugL2z1MiOt7-JS71S8OG1tRm9XSxzN68-9B_Lpi2a7GmjkpQwrU6rNgK1XU1N7JAmSC-Hcd_9eldf)"
     R"(1nkt_UP8LR2mOTZmUvfJznLzR-UtQjpVP561O-6VtfXtWD49w-STGCMmkMWQFnv7z1RJmbuKzO8_uQ7lId6Xbh7JrhcTUlpn)"
     R"(DpVd_vSW81SXuoRB_vHzC_xXqwidUQC62IhpcPxSIT7e-u18ELbm1w)"},
    {"PS384",
     R"({"kty":"RSA","n":"sq1IgCB3B21oOXv4ZyXjf-6N5YwgWasHWqZJ75aHbzFY4zqDv1Pqe9yD5YfePIihhjTppLksxnEQA1)"
     R"(PvvovzvFpPAjMptfQ-_3KcHVuno97SecQhGJSSktq8Ben2mOYbz-sn-crO8Pwr0fTmAzSgAsc1GekkXbryfFZ3k8x9ExjSFz)"
     R"(Sg3HwxOd4DUHlmMNag7vZmXF13KByEMKhVbqpPZuOHi7-gl6iChulMLqcQ7kza_3HTRktkFmQ4fbv5V3WKBWPdOMEJ9OILKb)"
     R"(gmM_NBkVTiojanHY9WIevbagfh35MgoDdzUiLe4wgda_AeB1FwAD8YRs936HLeYltrCruDZQ","e":"AQAB","alg":"PS38)"
     R"(4"})",
     R"(eQ0CqYvPGPeBABd7NcqMJp2e03zMYlIDK3PsdE5mbXYn_gqRdCBXtybYwkK3PB2YZ8l165AAgmQ3nRpZZBA5zUQFWdW_v3D9)"
     R"(5Bkh-qk8VBunqmqxbcxrnSvPa6Wtxyxcqbv11_Zv6ZIDR-IChdaQEjMEaeE3f-ASoX-NINMq9mLTJLIldzWq9ER_2nm16ADf)"
     R"(_tmhzXmnrh7zZf_FXtpFn0umOFS94Jej7ACWe1Z_lwRbakdwAUQORorIRsw7UqW-ErqNCUoiGK4CtL9qMWSTHpveNFvZAgsv)"
     R"(K9vSRijiC48PkgWyW60SVy1_zApegbvvw_KpD47mwGbPL7eEzVioqg)"},
    {"PS512",
     R"({"kty":"RSA","n":"sq1IgCB3B21oOXv4ZyXjf-6N5YwgWasHWqZJ75aHbzFY4zqDv1Pqe9yD5YfePIihhjTppLksxnEQA1)"
     R"(PvvovzvFpPAjMptfQ-_3KcHVuno97SecQhGJSSktq8Ben2mOYbz-sn-crO8Pwr0fTmAzSgAsc1GekkXbryfFZ3k8x9ExjSFz)"
     R"(Sg3HwxOd4DUHlmMNag7vZmXF13KByEMKhVbqpPZuOHi7-gl6iChulMLqcQ7kza_3HTRktkFmQ4fbv5V3WKBWPdOMEJ9OILKb)"
     R"(gmM_NBkVTiojanHY9WIevbagfh35MgoDdzUiLe4wgda_AeB1FwAD8YRs936HLeYltrCruDZQ","e":"AQAB","alg":"PS51)"
     R"(2"})",
     R"(SKJAVmJipiSg2GhvD8TAxB1LauZNQi_-5507esUMz4omzgFR3h8AXUmKzI_41-fV7Nh0BtO8EqaQV1hsm3tNxBnYh2bPlprN)"
     R"(3Y35zks95xzIx5DxCXrfK1V4ib5gDYvnHCiCdHZHXCmdrs3fyzusXmFJHTm-A9Mmzn-XTY7z-cVZaDTsHjBI9thAreDQb6O6)"
     R"(ULBAgKNqtAeYAjkzyG0snmglkqJSp21M7YlJbQYxkZY_dXE7R5026vP0OgEi5w_fsY-hj4HA1k7LEB69_7B6Q4igLcUu3s8r)"
     R"(MxjxeErwE-aTQ9a7H3DRxRaTDbiXxrf_Ss7XomPZwidHuWRfDk0_BQ)"},
    {"ES384",
     R"({"kty":"EC","x":"SlM52bZwFPlyTwN1IsEfHPgxr3lXKfexyILhAcyAZDJ1wUKVVFz3CkoewupZjepd","y":"Ux3bffKC)"
     R"(zp3KjCWAqyved4qNRjR7PlODI_s1goEX945N3Tx9LEcilM4sQY-4rHCh","crv":"P-384","alg":"ES384"})",
     R"(mqjYTpf8yjV9yV052RJhoxn9QCEvt0skypc2lJAq5R4BkjbnYlA009yiYrb0MvfJeQv0AT1Wsj9luTJwZffjviFj0L-3K9r5)"
     R"(700AubXATJxqJWS-bfgeOG8e61uhgFw_)"},
    {"ES512",
     R"({"kty":"EC","x":"AbduW9IxZxXg0PZYWwnwldNQyYSvIvpiyoslcsphpSZeYxu4fkjj1c8rUf1CW1H_zrTljmw1cqvHkHH)"
     R"(zPxOIItdF","y":"AUn1ObmrRHh4fyZyy8Q4dDfzbSpnsNC-WwCzXC1G1nUNi_NqfHtI0iUpfYuHTU_townoUH77sfVJosV7)"
     R"(N1wjGLYU","crv":"P-521","alg":"ES512"})",
     R"(AapyF4lRV7BQABWTZs75nNFOIQ81ZsRCFXhKiW8ofFgNBAIT-rsUp75_jeZix7mFmcXShiPG_7o29TJjwZb8Ayc0AFORMxow)"
     R"(HC5zghcu_HRhh4zyTO0NGhix64-2olakdhEzsIq3RELKRUt2RJaFcNsyvHCraTt-fhJXzZsR25HkcaFY)"},
};

/// PS256 by the same RSA key, with a salt of 20 bytes.
const std::string kShortSalt =
    R"(L1MdULVqh0MVxXx29l4ZCP_xMq6wJ8rXuHEachuUH9j690SLQo4Yxti1gtctjJFZloGwuUu51jYmIJnvvLlKb5MDTio5Xq7d)"
    R"(brCbvvaXJoO2cj3_-Pr8UPeorL6A_cqS5a1Q-NLEU4oGTlLGQsM12oZROWXMqE0AM3Vlss5piA8xj4OJRsVnMUrH5oQmyaX9)"
    R"(atphuPUpPEf4CRGwQQk-MYVgIzJuJlLESDgBtw94rHwPGXyx4TXNlpxezPGe9ugtdY5rkWM-urt88pJZRs1phOqS6tU6N8y9)"
    R"(4HjfZrcWHPxrXH1cYh4kr0PK9kAfBqBe97uWffuM6ogWOPUqOV81qA)";

constexpr std::array kAll = {KeyAlgorithm::hs256, KeyAlgorithm::rs256, KeyAlgorithm::es256, KeyAlgorithm::eddsa,
                             KeyAlgorithm::rs384, KeyAlgorithm::rs512, KeyAlgorithm::ps256, KeyAlgorithm::ps384,
                             KeyAlgorithm::ps512, KeyAlgorithm::es384, KeyAlgorithm::es512};

std::string with_algorithm(std::string json, std::string_view from, std::string_view to) {
  return json.replace(json.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("what another program signed by RS384, RS512, PS256, PS384, PS512, ES384 and ES512 is believed") {
  for (const KeyVector& vector : kKeyVectors) {
    CAPTURE(vector.name);
    const KeySet keys = set_of(vector.key);
    REQUIRE(keys.keys().size() == 1);
    const Key& key = *keys.keys().front();
    CHECK(algorithm_name(key.algorithm()) == vector.name);
    const std::string signature = decode_base64url(vector.signature).value();
    CHECK(key.verify(kText, signature));
    CHECK_FALSE(key.verify("eyJhbGciOiJub25lIn0.e31", signature));
    for (std::size_t i = 0; i < signature.size(); i += 7) {
      std::string bent = signature;
      bent[i] = static_cast<char>(bent[i] ^ 1);
      CHECK_FALSE(key.verify(kText, bent));
    }
    CHECK_FALSE(key.verify(kText, signature.substr(1)));
    CHECK_FALSE(key.verify(kText, signature + '\0'));
    CHECK_FALSE(key.verify(kText, std::string(signature.size(), '\0')));
  }
}

TEST_CASE("PSS needs a salt of the hash's size") {
  const KeySet keys = set_of(kKeyVectors[2].key);
  CHECK(keys.keys().front()->algorithm() == KeyAlgorithm::ps256);
  CHECK_FALSE(keys.keys().front()->verify(kText, decode_base64url(kShortSalt).value()));
}

TEST_CASE("R-35 a token of any algorithm is accepted only by the one key of that algorithm") {
  for (const KeyAlgorithm signs : kAll)
    for (const KeyAlgorithm checks : kAll) {
      CAPTURE(algorithm_name(signs), algorithm_name(checks));
      const KeySet keys({key_for(checks, "k")});
      const bool is_believed = verdict_on(token(claims(), key_for(signs, "k")), keys) == "ok";
      CHECK(is_believed == (signs == checks));
      // The header says what the key is for, the signature is another algorithm's.
      const std::string text = encode_base64url(R"({"alg":")" + std::string(algorithm_name(checks)) + R"(","kid":"k"})") + "." +
                               encode_base64url(claims());
      const std::string signature = key_for(signs, "k")->sign(text).value();
      CHECK((verdict_on(text + "." + encode_base64url(signature), keys) == "ok") == (signs == checks));
    }
}

TEST_CASE("an RSA key has the algorithm of its JSON Web Key, RS256 by default, and PEM has none") {
  const std::string json = key_to_json(*key_for(KeyAlgorithm::ps384, "k"), false);
  CHECK(set_of(json).keys().front()->algorithm() == KeyAlgorithm::ps384);
  CHECK(set_of(with_algorithm(json, R"("alg":"PS384",)", "")).keys().front()->algorithm() == KeyAlgorithm::rs256);
  CHECK(set_of(private_pem(*key_for(KeyAlgorithm::ps384)->pair())).keys().front()->algorithm() == KeyAlgorithm::rs256);
  CHECK(problem_in(with_algorithm(json, "PS384", "ES384")).starts_with("no key in it"));
  const std::string curve = key_to_json(*key_for(KeyAlgorithm::es384, "k"), false);
  CHECK(problem_in(with_algorithm(curve, "ES384", "ES256")).starts_with("no key in it"));
  CHECK(problem_in(with_algorithm(curve, "P-384", "P-521")) != "none");
}

TEST_CASE("curves keep their keys through JSON and PEM, private ones, too") {
  for (const KeyAlgorithm algorithm : {KeyAlgorithm::es384, KeyAlgorithm::es512}) {
    const SharedKey key = key_for(algorithm, "k");
    for (const std::string& form : {key_to_json(*key, true), private_pem(*key->pair())}) {
      const KeySet keys = set_of(form);
      CHECK(keys.keys().front()->algorithm() == algorithm);
      CHECK(key->verify("text", keys.keys().front()->sign("text").value()));
    }
  }
}

}  // namespace dialogue::testing
