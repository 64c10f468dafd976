"""A service manager for tests: a listening socket and a notification socket, and a program that is started with both.

    service_manager.py WATCHDOG_MS COMMAND ...

Writes one JSON object per line: {"port": N}, {"notify": "READY=1..."}, {"started": PID}, {"exited": CODE}. Reads from standard
input: "start", or the name of a signal for the program ("SIGTERM").
"""
import json
import os
import signal
import socket
import sys
import tempfile
import threading

watchdog_ms, command = int(sys.argv[1]), sys.argv[2:]
directory = tempfile.TemporaryDirectory()
notifications = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify_path = os.path.join(directory.name, "notify")
notifications.bind(notify_path)
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(1024)
lock = threading.Lock()
running = 0


def say(**line):
    with lock:
        print(json.dumps(line), flush=True)


def hear():
    while True:
        say(notify=notifications.recv(4096).decode())


def start():
    global running
    running = os.fork()
    if running == 0:
        os.dup2(listener.fileno(), 3)
        os.dup2(2, 1)
        environment = {
            **os.environ,
            "NOTIFY_SOCKET": notify_path,
            "LISTEN_PID": str(os.getpid()),
            "LISTEN_FDS": "1",
            "WATCHDOG_PID": str(os.getpid()),
            "WATCHDOG_USEC": str(watchdog_ms * 1000),
        }
        os.execve(command[0], command, environment)
    say(started=running)
    threading.Thread(target=wait, args=(running,), daemon=True).start()


def wait(pid):
    say(exited=os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


threading.Thread(target=hear, daemon=True).start()
say(port=listener.getsockname()[1])
for word in sys.stdin:
    if word.strip() == "start":
        start()
    else:
        os.kill(running, getattr(signal, word.strip()))
