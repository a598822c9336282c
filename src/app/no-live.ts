import type { Live } from '../live/live'

/** Stands where the pollers will: nobody follows changes yet. */
export const noLive: Live = { watch: refuse, activity: refuse }

function refuse(): never {
  throw new Error('changes are not followed yet')
}
