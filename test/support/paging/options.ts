import type { Assumptions } from '../../../src/emulator/assumptions'

/** One way in which the upstreams may turn out to behave. */
export interface UpstreamOption {
  readonly name: string
  readonly assumptions: Partial<Assumptions>
  readonly toleranceSeconds: number
}

export const OPTIONS: readonly UpstreamOption[] = [
  option('as assumed', {}),
  option('ties by id ascending', { cdbTies: 'idAscending', postgresTies: 'idAscending' }),
  option('ties by id descending', { cdbTies: 'idDescending', postgresTies: 'idDescending' }),
  option('ties by hash', { cdbTies: 'hash', postgresTies: 'hash' }),
  option('CDB rows displaced by up to 60 s', { cdbDisplacementSeconds: 60 }, 125),
  option('exclusive bounds', {
    cdbStartTimeBegin: 'exclusive',
    cdbStartTimeEnd: 'exclusive',
    postgresMinStartTime: 'exclusive',
    postgresMaxStartTime: 'exclusive',
  }),
  option('StartTimeEnd bounds the end time', { cdbStartTimeEndBounds: 'endTime' }),
  option('unfinished rows count as the latest under EndTime', { missingEndTime: 'highest' }),
  option('rows that have not begun lie in every window', { notBegunInWindow: 'kept' }),
]

function option(name: string, assumptions: Partial<Assumptions>, toleranceSeconds = 0): UpstreamOption {
  return { name, assumptions, toleranceSeconds }
}
