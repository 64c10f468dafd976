// Decides what PUBLISH says of an earlier attempt to send it, and of its trace.

const longAgoSeconds = 2 ** 31; // longer than the server remembers any producer

// What is longer is not well-formed, and the server ignores it.
const traceparentChars = 55;

/**
 * PUBLISH's `ext` for the core's mark and the publication's trace. What was sent under another user id is not known
 * under this one, so the server must not accept it again: it is marked as older than anything that the server remembers.
 */
export const resendMark = (mark: number, isRenamed: boolean, trace?: string): string => {
  const resent = mark > 1 && isRenamed ? longAgoSeconds : Math.floor(mark / 2);
  return JSON.stringify({ first: mark % 2, resent, trace: trace?.slice(0, traceparentChars) });
};
