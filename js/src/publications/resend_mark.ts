// Decides the extension of PUBLISH: an earlier attempt to send it, its trace, and whether it deletes its key.

const longAgoSeconds = 2 ** 31; // longer than the server remembers any producer

/**
 * PUBLISH's `ext` for the core's mark and the publication. What was sent under another user id is not known
 * under this one, so the server must not accept it again: it is marked as older than anything that the server remembers.
 */
export const resendMark = (mark: number, isRenamed: boolean, trace?: string, deletes?: boolean): string => {
  const resent = mark > 1 && isRenamed ? longAgoSeconds : Math.floor(mark / 2);
  return JSON.stringify({ first: mark % 2, resent, delete: deletes ? 1 : undefined, trace });
};
