import { queryObjects } from 'node:v8'

/** Collects all garbage of this process, so that what nobody holds is gone: Node does that before it counts objects. */
export function collectGarbage(): void {
  queryObjects(class Nothing {}, { format: 'count' })
}
