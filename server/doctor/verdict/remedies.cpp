// See remedies.hpp.
#include "server/doctor/verdict/remedies.hpp"

#include <array>

namespace dialogue::doctor {
namespace {

constexpr std::array kAdvice = {
    Advice{"Forward /dialogue, /events and all below them to the address where `dialogue serve` listens.",
           "location / { proxy_pass http://127.0.0.1:8080; }", "server one 127.0.0.1:8080"},
    Advice{"Serve a certificate of this name with its intermediate certificates, and renew it in time.",
           "ssl_certificate /etc/ssl/chat/fullchain.pem;\nssl_certificate_key /etc/ssl/chat/privkey.pem;",
           "bind :443 ssl crt /etc/haproxy/chat.pem"},
    Advice{"Pass on the fields of the WebSocket handshake.",
           "proxy_http_version 1.1;\nproxy_set_header Upgrade $http_upgrade;\nproxy_set_header Connection \"upgrade\";",
           "mode http\nno `http-request del-header Upgrade`, and no `option httpclose`"},
    Advice{"Pass on the frames of a WebSocket as they come. What inspects traffic (a firewall, an antivirus program) must let "
           "WebSockets pass; TLS keeps most of them out.",
           "proxy_http_version 1.1;\nproxy_buffering off;", "timeout tunnel 1h\nno filter in the backend"},
    Advice{"Keep the Host of the request, and state the scheme of the page; start the server with --trusted-proxy ADDRESS. Or "
           "accept the page's origin with --allow-origin.",
           "proxy_set_header Host $http_host;\nproxy_set_header X-Forwarded-Proto $scheme;",
           "no `http-request set-header Host`\nhttp-request set-header X-Forwarded-Proto https if { ssl_fc }"},
    Advice{"Pass on each piece of a response as it comes.", "proxy_buffering off;\nno `proxy_ignore_headers X-Accel-Buffering`",
           "option http-no-delay\nno `option http-buffer-request`, and no filter in the backend"},
    Advice{"Leave event streams uncompressed: a compressor holds events back, and needs memory for each stream.",
           "gzip off;  # or gzip_types without text/event-stream", "no `compression type` with text/event-stream"},
    Advice{"Pass responses on as the server wrote them, from no cache.", "proxy_cache off;", "no `http-request cache-use`"},
    Advice{"Let WebSockets be silent for longer than the server's ping interval (or lower --ping-interval-ms).",
           "proxy_read_timeout 120s;\nproxy_send_timeout 120s;", "timeout tunnel 1h\ntimeout client 120s\ntimeout server 120s"},
    Advice{"Let responses be silent for longer than a poll is held (20 s) and than --stream-heartbeat-ms.",
           "proxy_read_timeout 120s;", "timeout client 120s\ntimeout server 120s"},
    Advice{"Raise the time for which a connection may exist. Load balancers have such a setting of their own.",
           "worker_shutdown_timeout 1h;  # cuts connections only after a reload", "hard-stop-after 1h  # in `global`: the same"},
    Advice{"Accept request bodies as large as a message.", "client_max_body_size 1m;",
           "no `http-request deny` by req.body_size or req.hdr(Content-Length)"},
    Advice{"Pass on Sec-WebSocket-Protocol in the request and in the response: browsers refuse a WebSocket without it.",
           "no `proxy_set_header Sec-WebSocket-Protocol \"\"`\nno `proxy_hide_header Sec-WebSocket-Protocol`",
           "no `http-request del-header Sec-WebSocket-Protocol`\nno `http-response del-header Sec-WebSocket-Protocol`"},
    Advice{
        "Name the address that a page uses: http or https as the server or the proxy speaks it, its host and its port. Clients "
        "follow no redirect.",
        "listen 443 ssl;  # https://HOST\nlisten 80;  # http://HOST", "bind :443 ssl crt /etc/haproxy/chat.pem\nbind :80"},
    Advice{"Let /dialogue and /events pass without a sign-in of the proxy: the server checks its users by their tokens.",
           "auth_basic off;\nauth_request off;\nallow all;",
           "no `http-request auth`, and no `http-request deny`, for these paths"},
    Advice{"Allow POST for /dialogue and all below it.", "no `limit_except GET`", "no `http-request deny` by method"},
    Advice{"Start the server, and let the proxy name the address where it listens.",
           "location / { proxy_pass http://127.0.0.1:8080; }", "server one 127.0.0.1:8080"},
    Advice{"Allow an address as many connections and requests as its pages need: a page keeps up to three connections.",
           "no `limit_conn` and `limit_req` for /dialogue and /events, or higher ones",
           "no `http-request deny` by conn_cur or http_req_rate for these paths, or a higher rate"},
    Advice{"Send the PROXY header to a server with --proxy-protocol, and to no other.",
           "proxy_protocol on;  # in `stream`, for a server with --proxy-protocol",
           "server one 127.0.0.1:8080 send-proxy-v2  # for a server with --proxy-protocol"},
};

}  // namespace

const Advice& advice_of(Remedy remedy) { return kAdvice.at(static_cast<std::size_t>(remedy)); }

}  // namespace dialogue::doctor
