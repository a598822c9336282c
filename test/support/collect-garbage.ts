import { Session } from 'node:inspector'

/** Collects all garbage of this process, so that what nobody holds is gone. */
export function collectGarbage(): Promise<void> {
  const session = new Session()
  session.connect()
  return new Promise((resolve, reject) => {
    session.post('HeapProfiler.collectGarbage', (error) => {
      session.disconnect()
      if (error === null) resolve()
      else reject(error)
    })
  })
}
