# A backend for a chat, in Python's standard library alone. It knows the users, mints tokens for them, answers what the Dialogue
# server asks by hooks, and publishes by the HTTP API. README.md has the two commands that run it.
import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DIALOGUE = os.environ.get("DIALOGUE_URL", "http://127.0.0.1:8080")
PORT = int(os.environ.get("PORT", "3000"))

# --- Secrets, which the Dialogue server reads from the same files. They are made at the first start. ---

DIRECTORY = pathlib.Path(os.environ.get("SECRETS", "secrets"))


def secret(name):
    DIRECTORY.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = DIRECTORY / name
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32) + "\n")
    return path.read_text().strip().encode()


TOKEN_KEY, API_KEY, HOOKS_KEY = secret("token.key"), secret("api.key"), secret("hooks.key")


def sign(key, text):
    return hmac.new(key, text, hashlib.sha256)


# --- Users and their tokens. A real backend keeps hashes of passwords, and in a database. ---

USERS = {
    "ann": {"password": "apple"},
    "bob": {"password": "banana"},
    "sue": {"password": "cherry", "role": "staff"},
    "mallory": {"password": "mango"},
}


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def mint(user, rooms=None):
    """A token for the user; with rooms it is for these rooms only, and says what may be done there."""
    now = int(time.time())
    claims = {"sub": user, "iat": now, "exp": now + 3600}
    if "role" in USERS[user]:
        claims["role"] = USERS[user]["role"]
    if rooms:
        claims["rooms"] = rooms
    text = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps(claims).encode())
    return (text + b"." + part(sign(TOKEN_KEY, text).digest())).decode()


def claims_of(authorization):
    """The claims of a token that is ours and has not run out, else an empty dict."""
    text, _, signature = (authorization or "").removeprefix("Bearer ").encode().rpartition(b".")
    if not hmac.compare_digest(signature, part(sign(TOKEN_KEY, text).digest())):
        return {}
    payload = text.split(b".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
    return claims if claims["exp"] > time.time() else {}


def login(asked):
    user = asked.get("user")
    if user not in USERS or USERS[user]["password"] != asked.get("password"):
        return 401, {"problem": "The name or the password is wrong."}
    return 200, {"token": mint(user), "user": user, "dialogue": DIALOGUE}


# --- Hooks: what users may do. Each answer has the id of its question. ---


def deny(reason):
    return {"allow": False, "reason": reason}


def decide(hook):
    user = hook["user"]
    if hook["verb"] == "connect" and user["id"] == "mallory":
        return deny("mallory is banned until Monday")
    if hook["verb"] == "join" and hook["room"] == "staff" and user["role"] != "staff":
        return deny("the staff room is for staff")
    if hook["verb"] == "publish":
        text = hook["data"]["text"]
        if re.search("https?:", text):
            return deny("no links, please")
        return {"allow": True, "data": {**hook["data"], "text": re.sub("darn", "****", text, flags=re.IGNORECASE)}}
    if hook["verb"] == "disconnect":
        print(f"{user['id']} has gone: {hook['reason']}", flush=True)
    return {"allow": True}


TOLERANCE_S = 300
seen = {}  # ids of requests, with the time when they can be forgotten
seen_lock = threading.Lock()


def is_signed(header, body):
    fields = dict(field.partition("=")[::2] for field in (header or "").split(","))
    sent = fields.get("t", "")
    if not re.fullmatch("[0-9]{1,12}", sent) or abs(time.time() - int(sent)) > TOLERANCE_S:
        return False
    expected = sign(HOOKS_KEY, sent.encode() + b"." + body).hexdigest()
    return hmac.compare_digest(expected.encode(), fields.get("v1", "").encode())


def is_repeated(request_id):
    """Whether a request comes again: a replay, or notices that were sent twice."""
    now = time.time()
    with seen_lock:
        for old in [each for each, until in seen.items() if until < now]:
            del seen[old]
        known = request_id in seen
        seen[request_id] = now + 2 * TOLERANCE_S
        return known


def answer_hooks(headers, body):
    if not is_signed(headers["Dialogue-Signature"], body):
        return 403, {"problem": "The signature is not right."}
    asked = json.loads(body)
    if is_repeated(asked["id"]):
        return 200, {}
    return 200, {"answers": [{"id": hook["id"], **decide(hook)} for hook in asked["hooks"]]}


# --- The HTTP API of the Dialogue server. ---


def publish(room, event, data, key=None):
    """Publishes an event; with a key only once, however often it is asked for."""
    headers = {"Authorization": f"Bearer {API_KEY.decode()}", "Content-Type": "application/json"}
    if key:
        headers["Idempotency-Key"] = key
    body = json.dumps({"event": event, "data": data}).encode()
    url = f"{DIALOGUE}/api/v1/rooms/{urllib.parse.quote(room, safe='')}/events"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10) as answer:
            return 200, {"seq": json.load(answer)["seq"]}
    except urllib.error.HTTPError as refusal:
        return refusal.code, {"problem": json.load(refusal)["detail"]}


def announce(claims, asked):
    if claims.get("role") != "staff":
        return 403, {"problem": "Only staff may announce."}
    return publish("chat", "announcement", {"text": asked.get("text")})


# --- Rooms of two. app.json lets nobody in without a token for the very room, and only these two are given one. ---


def open_pair(claims, asked):
    if not claims:
        return 401, {"problem": "Log in first."}
    user, peer = claims["sub"], asked.get("peer")
    if peer not in USERS or peer == user:
        return 404, {"problem": "There is no other user of this name."}
    room = f"direct-{'~'.join(sorted([user, peer]))}"  # no name has a "~" in it
    status, told = publish(f"inbox-{peer}", "invitation", {"from": user}, f"from-{user}")
    if status != 200:
        return status, told
    return 200, {"room": room, "token": mint(user, {room: ["join", "publish", "history", "presence"]})}


# --- The web server. ---

PAGE = pathlib.Path(__file__).parent.parent / "backend-page" / "web"
FILES = {"/": ("index.html", "text/html"), "/main.js": ("main.js", "text/javascript"), "/style.css": ("style.css", "text/css")}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept, which hooks make good use of
    disable_nagle_algorithm = True  # head and body leave at once

    def do_GET(self):
        # client.js, and validator.js, which it loads before the first publication.
        if re.fullmatch(r"/_dialogue/\w+\.js", self.path):
            with urllib.request.urlopen(DIALOGUE + self.path, timeout=10) as script:
                self.reply(200, script.read(), "text/javascript")
        elif self.path in FILES:
            name, kind = FILES[self.path]
            self.reply(200, (PAGE / name).read_bytes(), kind)
        else:
            self.reply_json(404, {"problem": "There is nothing here."})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if self.path == "/hooks":
            self.reply_json(*answer_hooks(self.headers, body))
        elif self.path == "/login":
            self.reply_json(*login(json.loads(body)))
        elif self.path == "/announce":
            self.reply_json(*announce(claims_of(self.headers["Authorization"]), json.loads(body)))
        elif self.path == "/pair":
            self.reply_json(*open_pair(claims_of(self.headers["Authorization"]), json.loads(body)))
        else:
            self.reply_json(404, {"problem": "There is nothing here."})

    def reply_json(self, status, content):
        self.reply(status, json.dumps(content).encode(), "application/json")

    def reply(self, status, content, kind):
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
server.daemon_threads = True
print(f"open http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
