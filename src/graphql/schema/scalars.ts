import 'reflect-metadata'
import { GraphQLScalarType } from 'graphql'
import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars'
import { Field, registerEnumType } from 'type-graphql'
import { SWITCH_MODES, type SwitchMode } from '../../providers/postgres/task'
import { TASK_PROVIDERS, TASK_STATUSES, TASK_TYPES, type TaskStatus, type TaskType } from '../../tasks/task'
import type { TaskChangeKind } from '../../live/live'
import type { SourceState } from '../../tasks/observed-source'
import type { OrderDirection, TaskOrderField } from '../../tasks/order'

/** An instant, written in UTC. */
export const DateTime = new GraphQLScalarType({
  ...GraphQLDateTime.toConfig(),
  description:
    'An instant as ISO 8601 text in UTC, such as 2024-09-27T05:14:11.000Z. Upstream times have one second of resolution.',
})

/** Any JSON value. */
export const JsonValue = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  name: 'JSON',
  description: 'Any JSON value. Integers beyond 2^53 are their decimal text.',
})

type EnumObject<Word extends string> = { readonly [word in Word]: word }

export const TaskProviderEnum = defineEnum<(typeof TASK_PROVIDERS)[number]>(
  'TaskProvider',
  'A database product.',
  TASK_PROVIDERS,
  {
    CDB: 'TencentDB for MySQL.',
    POSTGRES: 'TencentDB for PostgreSQL.',
  },
)

export const TaskStatusEnum = defineEnum<TaskStatus>(
  'TaskStatus',
  'What has become of a task, in one vocabulary for all products. The upstream word is in `rawStatus`.',
  TASK_STATUSES,
  {
    PENDING: 'Accepted, not begun. CDB INITIAL.',
    WAITING: 'Prepared; waits for its time to switch. CDB WAITING, Postgres WaitSwitch.',
    RUNNING: 'Under way. CDB RUNNING, Postgres Running.',
    PAUSED: 'Stopped for now; may go on. CDB PAUSED, Postgres Pause.',
    SUCCEEDED: 'Finished well. CDB SUCCEED, Postgres Success.',
    FAILED: 'Finished with an error. CDB FAILED, Postgres Fail.',
    CANCELLED: 'Terminated before its end. CDB KILLED.',
    REMOVED: 'Deleted upstream. CDB REMOVED.',
    UNKNOWN: 'Any word that this vocabulary lacks, CDB UNDEFINED among them.',
  },
)

export const TaskTypeEnum = defineEnum<TaskType>(
  'TaskType',
  'What a task does, in one vocabulary for all products. The upstream word is in `rawType`.',
  TASK_TYPES,
  {
    CREATE_INSTANCE: 'Initialises an instance. CDB INITIAL.',
    DESTROY_INSTANCE: 'Destroys an instance. Postgres DestroyInstance.',
    RESTART: 'Restarts an instance. CDB REBOOT, Postgres RestartInstance.',
    ROLLBACK: 'Rolls databases back in place. CDB ROLLBACK, BATCH ROLLBACK.',
    RESTORE: 'Restores databases from a backup. Postgres RestoreDatabase.',
    RUN_SQL: 'Runs SQL. CDB SQL OPERATION.',
    IMPORT_DATA: 'Imports data. CDB IMPORT DATA.',
    MODIFY_PARAMETERS: 'Sets parameters. CDB MODIFY PARAM, Postgres ModifyInstanceParams.',
    ENABLE_GTID: 'Enables GTID. CDB OPEN GTID.',
    UPGRADE: 'Upgrades a primary or read-only instance. CDB UPGRADE MASTER, UPGRADE RO.',
    DROP_TABLES: 'Deletes tables. CDB DROP TABLES.',
    PROMOTE_DISASTER_RECOVERY: 'Promotes a disaster recovery instance. CDB SWITCH DR TO MASTER.',
    OTHER: 'Any word that this vocabulary lacks.',
  },
)

export const SwitchModeEnum = defineEnum<SwitchMode>(
  'SwitchMode',
  'When a prepared change is switched to. Postgres SwitchTag.',
  SWITCH_MODES,
  {
    NONE: 'No switch is needed (0).',
    IMMEDIATE: 'At once (1).',
    SCHEDULED: 'At the time in `switchAt` (2).',
    MAINTENANCE_WINDOW: 'Within the maintenance window (3).',
    UNKNOWN: 'A number that this vocabulary lacks.',
  },
)

export const TaskEventKindEnum = defineEnum<TaskChangeKind>(
  'TaskEventKind',
  'What became of a task.',
  ['STARTED', 'UPDATED', 'FINISHED'],
  {
    STARTED: 'It is new: it began, or was accepted, since the source was asked before.',
    UPDATED: 'It moved: its status, progress or anything else of it changed.',
    FINISHED: 'It ended, well or not; it changes no more.',
  },
)

export const TaskSourceStateEnum = defineEnum<SourceState>(
  'TaskSourceState',
  'How the latest calls to a source went.',
  ['AVAILABLE', 'DEGRADED', 'UNAVAILABLE'],
  {
    AVAILABLE: 'Answers.',
    DEGRADED: 'Answers, but throttled, malformed or out of order of late.',
    UNAVAILABLE: 'Did not answer, or refused our credentials.',
  },
)

export const TaskOrderFieldEnum = defineEnum<TaskOrderField>(
  'TaskOrderField',
  'What tasks are ordered by; ties are broken by provider, account, region and number.',
  ['STARTED_AT', 'ENDED_AT'],
  {
    STARTED_AT: '`startedAt`. Tasks that have not begun come last in DESC and first in ASC.',
    ENDED_AT: '`endedAt`. Tasks that had not ended when the walk began come last in DESC and first in ASC.',
  },
)

export const OrderDirectionEnum = defineEnum<OrderDirection>(
  'OrderDirection',
  'Which end comes first.',
  ['ASC', 'DESC'],
  {
    ASC: 'Oldest first.',
    DESC: 'Newest first.',
  },
)

function defineEnum<Word extends string>(
  name: string,
  description: string,
  words: readonly Word[],
  descriptions: Readonly<Record<Word, string>>,
): EnumObject<Word> {
  const values = Object.fromEntries(words.map((word) => [word, word])) as EnumObject<Word>
  const valuesConfig = Object.fromEntries(words.map((word) => [word, { description: descriptions[word] }]))
  registerEnumType(values, {
    name,
    description,
    valuesConfig: valuesConfig as Record<Word, { description: string }>,
  })
  return values
}

export const HINT_SECONDS = 1
/** On every field that lists are read for. */
export const CACHE_HINT = `@cacheControl(maxAge: ${HINT_SECONDS})`
/** Apollo's definition without the scope, whose type would be one more name in a composition that nothing uses. */
export const CACHE_HINT_DEFINITION =
  'directive @cacheControl(maxAge: Int, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION\n'

/** A field that may be null. */
export function Optional(type: () => object, description: string) {
  return Field(type, { nullable: true, description })
}
