/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedQueryDocumentNode as DocumentNode } from 'graphql';
/** A database product. */
export type TaskProvider =
  /** TencentDB for MySQL. */
  | 'CDB'
  /** TencentDB for PostgreSQL. */
  | 'POSTGRES';

/** What a task does, in one vocabulary for all products. The upstream word is in `rawType`. */
export type TaskType =
  /** Initialises an instance. CDB INITIAL. */
  | 'CREATE_INSTANCE'
  /** Destroys an instance. Postgres DestroyInstance. */
  | 'DESTROY_INSTANCE'
  /** Restarts an instance. CDB REBOOT, Postgres RestartInstance. */
  | 'RESTART'
  /** Rolls databases back in place. CDB ROLLBACK, BATCH ROLLBACK. */
  | 'ROLLBACK'
  /** Restores databases from a backup. Postgres RestoreDatabase. */
  | 'RESTORE'
  /** Runs SQL. CDB SQL OPERATION. */
  | 'RUN_SQL'
  /** Imports data. CDB IMPORT DATA. */
  | 'IMPORT_DATA'
  /** Sets parameters. CDB MODIFY PARAM, Postgres ModifyInstanceParams. */
  | 'MODIFY_PARAMETERS'
  /** Enables GTID. CDB OPEN GTID. */
  | 'ENABLE_GTID'
  /** Upgrades a primary or read-only instance. CDB UPGRADE MASTER, UPGRADE RO. */
  | 'UPGRADE'
  /** Deletes tables. CDB DROP TABLES. */
  | 'DROP_TABLES'
  /** Promotes a disaster recovery instance. CDB SWITCH DR TO MASTER. */
  | 'PROMOTE_DISASTER_RECOVERY'
  /** Any word that this vocabulary lacks. */
  | 'OTHER';

/** What has become of a task, in one vocabulary for all products. The upstream word is in `rawStatus`. */
export type TaskStatus =
  /** Accepted, not begun. CDB INITIAL. */
  | 'PENDING'
  /** Prepared; waits for its time to switch. CDB WAITING, Postgres WaitSwitch. */
  | 'WAITING'
  /** Under way. CDB RUNNING, Postgres Running. */
  | 'RUNNING'
  /** Stopped for now; may go on. CDB PAUSED, Postgres Pause. */
  | 'PAUSED'
  /** Finished well. CDB SUCCEED, Postgres Success. */
  | 'SUCCEEDED'
  /** Finished with an error. CDB FAILED, Postgres Fail. */
  | 'FAILED'
  /** Terminated before its end. CDB KILLED. */
  | 'CANCELLED'
  /** Deleted upstream. CDB REMOVED. */
  | 'REMOVED'
  /** Any word that this vocabulary lacks, CDB UNDEFINED among them. */
  | 'UNKNOWN';

/** How the latest calls to a source went. */
export type TaskSourceState =
  /** Answers. */
  | 'AVAILABLE'
  /** Answers, but throttled, malformed or out of order of late. */
  | 'DEGRADED'
  /** Did not answer, or refused our credentials. */
  | 'UNAVAILABLE';

/** Which tasks to list. Every part must match; a part that is null or absent does not filter, and an empty list matches nothing. */
export type TaskFilter = {
  /** Products. */
  readonly providers?: ReadonlyArray<TaskProvider> | null | undefined;
  /** Names of configured accounts. */
  readonly accounts?: ReadonlyArray<string> | null | undefined;
  /** Configured regions, such as `ap-guangzhou`. */
  readonly regions?: ReadonlyArray<string> | null | undefined;
  /** Cloud ids of instances, at most 100. One that the cloud does not know has no tasks. */
  readonly instanceIds?: ReadonlyArray<string | number> | null | undefined;
  /** Unified status words. */
  readonly statuses?: ReadonlyArray<TaskStatus> | null | undefined;
  /** Unified type words. */
  readonly types?: ReadonlyArray<TaskType> | null | undefined;
  /** When the task began. */
  readonly startedAt?: DateTimeRange | null | undefined;
  /** When the task ended; unfinished tasks never match. */
  readonly endedAt?: DateTimeRange | null | undefined;
};

/** A stretch of time, both ends inclusive. An end that is null or absent is open. */
export type DateTimeRange = {
  /** The earliest instant. */
  readonly from?: string | null | undefined;
  /** The latest instant; not before `from`. */
  readonly to?: string | null | undefined;
};

/** When a prepared change is switched to. Postgres SwitchTag. */
export type SwitchMode =
  /** No switch is needed (0). */
  | 'NONE'
  /** At once (1). */
  | 'IMMEDIATE'
  /** At the time in `switchAt` (2). */
  | 'SCHEDULED'
  /** Within the maintenance window (3). */
  | 'MAINTENANCE_WINDOW'
  /** A number that this vocabulary lacks. */
  | 'UNKNOWN';

export type TaskDetailQueryVariables = Exact<{
  id: string | number;
}>;


export type TaskDetailQuery = { readonly task:
    | { readonly __typename: 'CdbTask', readonly id: string, readonly taskId: string, readonly type: TaskType, readonly rawType: string, readonly status: TaskStatus, readonly rawStatus: string, readonly startedAt: string | null, readonly progress: number | null, readonly code: number | null, readonly instances: ReadonlyArray<{ readonly id: string, readonly provider: TaskProvider }>, readonly attachments: ReadonlyArray<{ readonly key: string, readonly value: string }> }
    | { readonly __typename: 'PostgresTask', readonly id: string, readonly taskId: string, readonly type: TaskType, readonly rawType: string, readonly status: TaskStatus, readonly rawStatus: string, readonly startedAt: string | null, readonly progress: number | null, readonly currentStep: string | null, readonly input: unknown, readonly switchMode: SwitchMode | null, readonly instances: ReadonlyArray<{ readonly id: string, readonly provider: TaskProvider }>, readonly steps: ReadonlyArray<{ readonly name: string, readonly progress: number | null }> }
   | null };

export type TaskPageQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: TaskFilter | null | undefined;
}>;


export type TaskPageQuery = { readonly tasks: { readonly totalCount: number | null, readonly nodes: ReadonlyArray<
      | { readonly __typename: 'CdbTask', readonly id: string, readonly taskId: string, readonly type: TaskType, readonly rawType: string, readonly status: TaskStatus, readonly rawStatus: string, readonly startedAt: string | null, readonly progress: number | null, readonly code: number | null, readonly attachments: ReadonlyArray<{ readonly key: string, readonly value: string }> }
      | { readonly __typename: 'PostgresTask', readonly id: string, readonly taskId: string, readonly type: TaskType, readonly rawType: string, readonly status: TaskStatus, readonly rawStatus: string, readonly startedAt: string | null, readonly progress: number | null, readonly currentStep: string | null, readonly input: unknown, readonly switchMode: SwitchMode | null, readonly steps: ReadonlyArray<{ readonly name: string, readonly progress: number | null }> }
    >, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null }, readonly sources: ReadonlyArray<{ readonly source: { readonly name: string, readonly state: TaskSourceState }, readonly error: { readonly code: string } | null }> } | null };

type TaskRow_CdbTask_Fragment = { readonly __typename: 'CdbTask', readonly id: string, readonly taskId: string, readonly type: TaskType, readonly rawType: string, readonly status: TaskStatus, readonly rawStatus: string, readonly startedAt: string | null, readonly progress: number | null, readonly code: number | null, readonly attachments: ReadonlyArray<{ readonly key: string, readonly value: string }> };

type TaskRow_PostgresTask_Fragment = { readonly __typename: 'PostgresTask', readonly id: string, readonly taskId: string, readonly type: TaskType, readonly rawType: string, readonly status: TaskStatus, readonly rawStatus: string, readonly startedAt: string | null, readonly progress: number | null, readonly currentStep: string | null, readonly input: unknown, readonly switchMode: SwitchMode | null, readonly steps: ReadonlyArray<{ readonly name: string, readonly progress: number | null }> };

export type TaskRowFragment =
  | TaskRow_CdbTask_Fragment
  | TaskRow_PostgresTask_Fragment
;

export type CdbPartsFragment = { readonly code: number | null, readonly attachments: ReadonlyArray<{ readonly key: string, readonly value: string }> };

export type PostgresPartsFragment = { readonly currentStep: string | null, readonly input: unknown, readonly switchMode: SwitchMode | null, readonly steps: ReadonlyArray<{ readonly name: string, readonly progress: number | null }> };

export const CdbPartsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"CdbParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CdbTask"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"attachments"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}}]}}]} as unknown as DocumentNode<CdbPartsFragment, unknown>;
export const PostgresPartsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PostgresParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PostgresTask"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"currentStep"}},{"kind":"Field","name":{"kind":"Name","value":"input"}},{"kind":"Field","name":{"kind":"Name","value":"switchMode"}},{"kind":"Field","name":{"kind":"Name","value":"steps"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}}]}}]}}]} as unknown as DocumentNode<PostgresPartsFragment, unknown>;
export const TaskRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"TaskRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Task"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"taskId"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"rawType"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"rawStatus"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"CdbParts"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"PostgresParts"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"CdbParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CdbTask"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"attachments"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PostgresParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PostgresTask"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"currentStep"}},{"kind":"Field","name":{"kind":"Name","value":"input"}},{"kind":"Field","name":{"kind":"Name","value":"switchMode"}},{"kind":"Field","name":{"kind":"Name","value":"steps"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}}]}}]}}]} as unknown as DocumentNode<TaskRowFragment, unknown>;
export const TaskDetailDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"TaskDetail"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"task"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"TaskRow"}},{"kind":"Field","name":{"kind":"Name","value":"instances"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"provider"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"CdbParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CdbTask"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"attachments"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PostgresParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PostgresTask"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"currentStep"}},{"kind":"Field","name":{"kind":"Name","value":"input"}},{"kind":"Field","name":{"kind":"Name","value":"switchMode"}},{"kind":"Field","name":{"kind":"Name","value":"steps"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"TaskRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Task"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"taskId"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"rawType"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"rawStatus"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"CdbParts"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"PostgresParts"}}]}}]} as unknown as DocumentNode<TaskDetailQuery, TaskDetailQueryVariables>;
export const TaskPageDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"TaskPage"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"TaskFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"tasks"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"TaskRow"}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"sources"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"source"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"state"}}]}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"CdbParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CdbTask"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"attachments"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PostgresParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PostgresTask"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"currentStep"}},{"kind":"Field","name":{"kind":"Name","value":"input"}},{"kind":"Field","name":{"kind":"Name","value":"switchMode"}},{"kind":"Field","name":{"kind":"Name","value":"steps"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"TaskRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Task"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"taskId"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"rawType"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"rawStatus"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"CdbParts"}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"PostgresParts"}}]}}]} as unknown as DocumentNode<TaskPageQuery, TaskPageQueryVariables>;