// From "listening" to a clean end: runs an instance until the process is told to stop.
#pragma once

namespace dialogue {

class Instance;

/// Listens, reads the certificate again on SIGHUP, and returns when SIGTERM or SIGINT came and every client was told to leave. A
/// second signal ends the process at once. With `records`, SIGUSR1 writes the flight recorder's file. Throws SetupError when the
/// address cannot be listened on. Call from main's thread.
void serve_until_signal(Instance& instance, bool records);

}  // namespace dialogue
