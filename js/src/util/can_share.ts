/** Whether tabs can share a connection: in pages of https and localhost, and in their workers. */
export const canShare = () => !!globalThis.navigator?.locks && !!globalThis.BroadcastChannel;
