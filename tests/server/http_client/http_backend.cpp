// Blocking sockets, since each connection has a thread.
#include "tests/server/http_client/http_backend.hpp"
#include "tests/patience.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <utility>

namespace dialogue::test {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using Tcp = asio::ip::tcp;

constexpr long kDaySeconds = 86'400;
constexpr int kVersion3 = 2;  // RFC 5280: counted from 0

struct OpensslDeleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
template <typename T>
using Owned = std::unique_ptr<T, OpensslDeleter>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string text(boost::beast::string_view view) { return {view.data(), view.size()}; }

}  // namespace

void Gate::open() {
  const std::lock_guard lock(mutex_);
  is_open_ = true;
  opened_.notify_all();
}

void Gate::wait() {
  std::unique_lock lock(mutex_);
  opened_.wait_for(lock, kPatience, [this] { return is_open_; });
}

BackendReply json_reply(const std::string& body, const std::string& status) {
  return {"HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n\r\n" + body,
          false};
}

TestCertificate::TestCertificate(const std::string& name) {
  const Owned<EVP_PKEY> pair(EVP_EC_gen("P-256"));
  const Owned<X509> made(X509_new());
  X509_set_version(made.get(), kVersion3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -kDaySeconds);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), kDaySeconds);
  X509_set_pubkey(made.get(), pair.get());
  X509_NAME* subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), subject);
  const std::string names = "DNS:" + name + (name == "localhost" ? ",IP:127.0.0.1" : "");
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()));
  X509_add_ext(made.get(), extension.get(), -1);
  if (X509_sign(made.get(), pair.get(), EVP_sha256()) == 0) throw std::runtime_error("no certificate was made");
  const Owned<BIO> certificate_text(BIO_new(BIO_s_mem())), key_text(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(certificate_text.get(), made.get());
  PEM_write_bio_PrivateKey(key_text.get(), pair.get(), nullptr, nullptr, 0, nullptr, nullptr);
  certificate = text_of(certificate_text.get());
  key = text_of(key_text.get());
}

HttpBackend::HttpBackend(Handler handler, std::optional<TestCertificate> certificate)
    : acceptor_(io_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)), handler_(std::move(handler)) {
  if (certificate) {
    tls_.emplace(asio::ssl::context::tls_server);
    tls_->use_certificate_chain(asio::buffer(certificate->certificate));
    tls_->use_private_key(asio::buffer(certificate->key), asio::ssl::context::pem);
  }
  acceptor_thread_ = std::thread([this] { accept(); });
}

HttpBackend::~HttpBackend() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    for (const auto& socket : sockets_) ::shutdown(socket->native_handle(), SHUT_RDWR);
  }
  ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
  acceptor_thread_.join();
  for (std::thread& thread : threads_) thread.join();
}

std::string HttpBackend::url(const std::string& host) const {
  return std::string(tls_ ? "https" : "http") + "://" + host + ":" + std::to_string(acceptor_.local_endpoint().port()) +
         "/hooks?app=1";
}

void HttpBackend::handle_by(Handler handler) {
  const std::lock_guard lock(mutex_);
  handler_ = std::move(handler);
}

std::vector<BackendRequest> HttpBackend::requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<BackendRequest> HttpBackend::requests(std::size_t count) {
  std::unique_lock lock(mutex_);
  const bool came = came_.wait_for(lock, kPatience, [&] { return requests_.size() >= count; });
  if (!came) FAIL(requests_.size() << " requests came, " << count << " were expected");
  return requests_;
}

void HttpBackend::wait_for_ended(std::size_t count) {
  std::unique_lock lock(mutex_);
  const bool ended = came_.wait_for(lock, kPatience, [&] { return ended_ >= count; });
  if (!ended) FAIL(ended_ << " connections ended, " << count << " were expected");
}

void HttpBackend::accept() {
  for (std::size_t connection = 1;; ++connection) {
    auto socket = std::make_shared<Socket>(io_);
    boost::system::error_code error;
    acceptor_.accept(*socket, error);
    const std::lock_guard lock(mutex_);
    if (error || is_ending_) return;
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket, connection] { serve(socket, connection); });
  }
}

void HttpBackend::serve(const std::shared_ptr<Socket>& socket, std::size_t connection) {
  if (tls_) {
    asio::ssl::stream<Socket&> stream(*socket, *tls_);
    boost::system::error_code error;
    stream.handshake(asio::ssl::stream_base::server, error);
    if (!error) converse(stream, connection);
  } else {
    converse(*socket, connection);
  }
  ::shutdown(socket->native_handle(), SHUT_RDWR);
  const std::lock_guard lock(mutex_);
  ++ended_;
  came_.notify_all();
}

template <typename Stream>
void HttpBackend::converse(Stream& stream, std::size_t connection) {
  boost::beast::flat_buffer buffer;
  for (;;) {
    beast_http::request_parser<beast_http::string_body> parser;
    parser.body_limit(boost::none);
    boost::system::error_code error;
    beast_http::read(stream, buffer, parser, error);
    if (error) return;
    const auto& request = parser.get();
    const BackendReply reply =
        reply_to({text(request.method_string()), text(request.target()), request.body(), text(request[beast_http::field::host]),
                  text(request["Dialogue-Signature"]), text(request["Dialogue-Hook-Id"]), connection});
    asio::write(stream, asio::buffer(reply.bytes), error);
    if (error || reply.is_cut) return;
  }
}

BackendReply HttpBackend::reply_to(BackendRequest request) {
  Handler handler;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    handler = handler_;
    came_.notify_all();
  }
  return handler(request);
}

std::string url_of_nobody() {
  asio::io_context io;
  Tcp::acceptor taken(io, Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  return "http://127.0.0.1:" + std::to_string(taken.local_endpoint().port()) + "/";
}

}  // namespace dialogue::test
