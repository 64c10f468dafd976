// Decides what PUBLISH says of an earlier attempt to send it.

const longAgoSeconds = 2 ** 31; // longer than the server remembers any producer

/**
 * PUBLISH's `ext` for the core's mark. What was sent under another user id is not known under this one, so the server
 * must not accept it again: it is marked as older than anything that the server remembers.
 */
export const resendMark = (mark: number, isRenamed: boolean): string => {
  const resent = mark > 1 && isRenamed ? longAgoSeconds : Math.floor(mark / 2);
  return `{"first":${mark % 2},"resent":${resent}}`;
};
