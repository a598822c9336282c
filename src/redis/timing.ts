/** How often a replica tells that it is here. */
export const BEAT_MS = 150
/** A replica that has not told so for as long counts as absent: it may be sending on its own. */
export const ABSENT_MS = 500
/** After so long nothing is kept free for it any more, and every key expires. */
export const FORGET_MS = 10_000
/** How late Redis may carry out what a replica says of itself: the command's limit, and as much for the estimate of its clock. */
export const LATE_MS = 100
/** How long a call that may go counts as not yet written, should its replica never tell. */
export const LEASE_MS = 2000
/** How long a call of somebody else counts that was just written: the cloud's second, and 300 ms for the way there. */
export const COUNTED_MS = 1300
/** How long the log waits for those that another server knew: until they must be quiet, and what they sent is over. */
export const AWAIT_MS = LATE_MS + ABSENT_MS + COUNTED_MS
