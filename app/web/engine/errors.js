/**
 * A sound network that this browser cannot run itself: it has no kernel for it, or not the memory.
 * Whoever catches one may let the server decode instead (remote.js).
 */
export class Unsupported extends Error {}
