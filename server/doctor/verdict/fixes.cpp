// See fixes.hpp.
#include "server/doctor/verdict/fixes.hpp"

#include <array>

namespace dialogue::doctor {
namespace {

constexpr std::array kDirectives = {
    Directives{"Forward /dialogue, /events and all paths below them to the address of `dialogue serve`.",
               "location / { proxy_pass http://127.0.0.1:8080; }", "server one 127.0.0.1:8080"},
    Directives{"Serve a certificate for this name with its intermediate certificates, and renew it in time.",
               "ssl_certificate /etc/ssl/chat/fullchain.pem;\nssl_certificate_key /etc/ssl/chat/privkey.pem;",
               "bind :443 ssl crt /etc/haproxy/chat.pem"},
    Directives{"Forward the header fields of the WebSocket handshake.",
               "proxy_http_version 1.1;\nproxy_set_header Upgrade $http_upgrade;\nproxy_set_header Connection \"upgrade\";",
               "mode http\nno `http-request del-header Upgrade`, and no `option httpclose`"},
    Directives{"Forward WebSocket frames without delay. Programs that inspect traffic (firewalls, antivirus programs) must allow "
               "WebSockets; TLS keeps most of them out.",
               "proxy_http_version 1.1;\nproxy_buffering off;", "timeout tunnel 1h\nno filter in the backend"},
    Directives{"Keep the request's Host, and forward the scheme of the page; start the server with --trusted-proxy ADDRESS. Or "
               "accept the page's origin with --allow-origin.",
               "proxy_set_header Host $http_host;\nproxy_set_header X-Forwarded-Proto $scheme;",
               "no `http-request set-header Host`\nhttp-request set-header X-Forwarded-Proto https if { ssl_fc }"},
    Directives{"Forward each piece of a response without delay.",
               "proxy_buffering off;\nno `proxy_ignore_headers X-Accel-Buffering`",
               "option http-no-delay\nno `option http-buffer-request`, and no filter in the backend"},
    Directives{"Do not compress event streams: a compressor delays events, and needs memory for each stream.",
               "gzip off;  # or gzip_types without text/event-stream", "no `compression type` with text/event-stream"},
    Directives{"Forward responses unchanged, and do not cache them.", "proxy_cache off;", "no `http-request cache-use`"},
    Directives{"Set the idle timeout of WebSockets above the server's ping interval (or lower --ping-interval-ms).",
               "proxy_read_timeout 120s;\nproxy_send_timeout 120s;",
               "timeout tunnel 1h\ntimeout client 120s\ntimeout server 120s"},
    Directives{"Set the idle timeout of responses above the duration of a poll (20 s) and above --stream-heartbeat-ms.",
               "proxy_read_timeout 120s;", "timeout client 120s\ntimeout server 120s"},
    Directives{"Raise the maximum age of connections. Load balancers have a separate setting for it.",
               "worker_shutdown_timeout 1h;  # cuts connections only after a reload",
               "hard-stop-after 1h  # in `global`: cuts connections only after a reload"},
    Directives{"Accept request bodies as large as a message.", "client_max_body_size 1m;",
               "no `http-request deny` by req.body_size or req.hdr(Content-Length)"},
    Directives{"Forward Sec-WebSocket-Protocol in the request and in the response: browsers refuse a WebSocket without it.",
               "no `proxy_set_header Sec-WebSocket-Protocol \"\"`\nno `proxy_hide_header Sec-WebSocket-Protocol`",
               "no `http-request del-header Sec-WebSocket-Protocol`\nno `http-response del-header Sec-WebSocket-Protocol`"},
    Directives{
        "Use the address that pages use, with the scheme (http or https), host and port of the server or the proxy. Clients "
        "do not follow redirects.",
        "listen 443 ssl;  # https://HOST\nlisten 80;  # http://HOST", "bind :443 ssl crt /etc/haproxy/chat.pem\nbind :80"},
    Directives{"Exempt /dialogue and /events from the proxy's sign-in: the server verifies its users by their tokens.",
               "auth_basic off;\nauth_request off;\nallow all;",
               "no `http-request auth`, and no `http-request deny`, for these paths"},
    Directives{"Allow POST for /dialogue and all paths below it.", "no `limit_except GET`", "no `http-request deny` by method"},
    Directives{"Start the server, and configure its address in the proxy.", "location / { proxy_pass http://127.0.0.1:8080; }",
               "server one 127.0.0.1:8080"},
    Directives{"Allow as many connections and requests per address as its pages need: a page keeps up to three connections.",
               "no `limit_conn` and `limit_req` for /dialogue and /events, or higher ones",
               "no `http-request deny` by conn_cur or http_req_rate for these paths, or a higher rate"},
    Directives{"Send the PROXY header only to a server with --proxy-protocol.",
               "proxy_protocol on;  # in `stream`, for a server with --proxy-protocol",
               "server one 127.0.0.1:8080 send-proxy-v2  # for a server with --proxy-protocol"},
};

}  // namespace

const Directives& directives_of(Fix fix) { return kDirectives.at(static_cast<std::size_t>(fix)); }

}  // namespace dialogue::doctor
