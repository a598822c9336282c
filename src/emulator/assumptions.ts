/** One thing that neither document says: what is taken for true, what else it could be, and the sentence. */
export interface Assumption<Value> {
  readonly assumed: Value
  readonly otherwise: readonly Value[]
  readonly sentence: string
}

/** Every choice of the emulated upstreams that is not documented, to be probed against the real cloud. */
export interface Assumptions {
  readonly cdbTies: 'idDescending' | 'idAscending' | 'hash' | 'unsteady'
  readonly postgresTies: 'idInDirection' | 'idAscending' | 'idDescending' | 'hash' | 'unsteady'
  readonly cdbDisplacementSeconds: number
  readonly cdbStartTimeBegin: 'inclusive' | 'exclusive'
  readonly cdbStartTimeEnd: 'inclusive' | 'exclusive'
  readonly cdbStartTimeEndBounds: 'startTime' | 'endTime'
  readonly cdbWithoutRegion: 'answered' | 'refused'
  readonly cdbUnknownInstance: 'error' | 'empty'
  readonly postgresMinStartTime: 'inclusive' | 'exclusive'
  readonly postgresMaxStartTime: 'inclusive' | 'exclusive'
  readonly postgresOldMinStartTime: 'honoured' | 'cut'
  readonly postgresTaskIdWindow: 'limited' | 'unlimited'
  readonly missingStartTime: 'lowest' | 'highest'
  readonly missingEndTime: 'lowest' | 'highest' | 'first' | 'last'
  readonly notBegunInWindow: 'left out' | 'kept'
  readonly offsetPastEnd: 'empty' | 'error'
  readonly limitOutOfRange: 'error' | 'cut'
  readonly postgresLimitZero: 'empty' | 'error'
  readonly emptyText: 'absent' | 'error'
}

/** The table: the only place that says what is assumed. */
export const ASSUMPTIONS: { readonly [Name in keyof Assumptions]: Assumption<Assumptions[Name]> } = {
  cdbTies: {
    assumed: 'idDescending',
    otherwise: ['idAscending', 'hash', 'unsteady'],
    sentence: 'CDB rows that start in the same second stand by JobId, newest first.',
  },
  postgresTies: {
    assumed: 'idInDirection',
    otherwise: ['idAscending', 'idDescending', 'hash', 'unsteady'],
    sentence: 'Postgres rows of the same second stand by TaskId, in the direction asked for.',
  },
  cdbDisplacementSeconds: {
    assumed: 0,
    otherwise: [60],
    sentence: 'CDB lists are in the order of StartTime; a row is displaced by at most so many seconds.',
  },
  cdbStartTimeBegin: {
    assumed: 'inclusive',
    otherwise: ['exclusive'],
    sentence: 'StartTimeBegin takes in the rows of that very second.',
  },
  cdbStartTimeEnd: {
    assumed: 'inclusive',
    otherwise: ['exclusive'],
    sentence: 'StartTimeEnd takes in the rows of that very second.',
  },
  cdbStartTimeEndBounds: {
    assumed: 'startTime',
    otherwise: ['endTime'],
    sentence: 'StartTimeEnd bounds the time at which a task started, not the one at which it ended.',
  },
  cdbWithoutRegion: {
    assumed: 'answered',
    otherwise: ['refused'],
    sentence: 'CDB takes a call without a region for one to ap-guangzhou; newer documents demand a region.',
  },
  cdbUnknownInstance: {
    assumed: 'error',
    otherwise: ['empty'],
    sentence: 'An instance that CDB has never heard of is InvalidParameter.InstanceNotFound.',
  },
  postgresMinStartTime: {
    assumed: 'inclusive',
    otherwise: ['exclusive'],
    sentence: 'MinStartTime takes in the rows of that very second.',
  },
  postgresMaxStartTime: {
    assumed: 'inclusive',
    otherwise: ['exclusive'],
    sentence: 'MaxStartTime takes in the rows of that very second.',
  },
  postgresOldMinStartTime: {
    assumed: 'honoured',
    otherwise: ['cut'],
    sentence: 'A MinStartTime older than 180 days is honoured; 180 days is only its default.',
  },
  postgresTaskIdWindow: {
    assumed: 'limited',
    otherwise: ['unlimited'],
    sentence: 'TaskId alone finds only tasks of the default 180 days.',
  },
  missingStartTime: {
    assumed: 'lowest',
    otherwise: ['highest'],
    sentence: 'A task that has not begun stands as if it were the oldest.',
  },
  missingEndTime: {
    assumed: 'lowest',
    otherwise: ['highest', 'first', 'last'],
    sentence: 'By EndTime, a task that has not ended stands as if it had ended before all others.',
  },
  notBegunInWindow: {
    assumed: 'left out',
    otherwise: ['kept'],
    sentence: 'A row without a start time lies in no window of start times.',
  },
  offsetPastEnd: {
    assumed: 'empty',
    otherwise: ['error'],
    sentence: 'An Offset past the end gives an empty page with the full TotalCount.',
  },
  limitOutOfRange: {
    assumed: 'error',
    otherwise: ['cut'],
    sentence: 'A Limit outside its range is an error and is not cut to 100.',
  },
  postgresLimitZero: {
    assumed: 'empty',
    otherwise: ['error'],
    sentence: 'Limit 0 is allowed by Postgres, as its message "[0,100]" says, and gives the count alone.',
  },
  emptyText: {
    assumed: 'absent',
    otherwise: ['error'],
    sentence: 'A text parameter of "" is as good as none.',
  },
}

/** All assumptions, with some of them changed. */
export function assume(changes: Partial<Assumptions> = {}): Assumptions {
  const table = ASSUMPTIONS
  return {
    cdbTies: table.cdbTies.assumed,
    postgresTies: table.postgresTies.assumed,
    cdbDisplacementSeconds: table.cdbDisplacementSeconds.assumed,
    cdbStartTimeBegin: table.cdbStartTimeBegin.assumed,
    cdbStartTimeEnd: table.cdbStartTimeEnd.assumed,
    cdbStartTimeEndBounds: table.cdbStartTimeEndBounds.assumed,
    cdbWithoutRegion: table.cdbWithoutRegion.assumed,
    cdbUnknownInstance: table.cdbUnknownInstance.assumed,
    postgresMinStartTime: table.postgresMinStartTime.assumed,
    postgresMaxStartTime: table.postgresMaxStartTime.assumed,
    postgresOldMinStartTime: table.postgresOldMinStartTime.assumed,
    postgresTaskIdWindow: table.postgresTaskIdWindow.assumed,
    missingStartTime: table.missingStartTime.assumed,
    missingEndTime: table.missingEndTime.assumed,
    notBegunInWindow: table.notBegunInWindow.assumed,
    offsetPastEnd: table.offsetPastEnd.assumed,
    limitOutOfRange: table.limitOutOfRange.assumed,
    postgresLimitZero: table.postgresLimitZero.assumed,
    emptyText: table.emptyText.assumed,
    ...changes,
  }
}
