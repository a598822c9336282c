import type { Limit } from '../../src/graphql/refusal'
import { createFolder } from './folder'
import type { TestGatewayOptions } from './gateway'
import type { Asked, Transport } from './transports'

const many = (count: number, make: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => make(at)).join(' ')

/** What exceeds a limit, and no other. */
export interface Excess extends Pick<TestGatewayOptions, 'env' | 'adapt'> {
  /** All in one write, while those before are still under way; only the last is refused. */
  readonly asked: readonly Asked[]
  /** Where not both transports have this limit. */
  readonly only?: Transport['name']
  /** The error has no code, as the socket is closed instead. */
  readonly closes?: Transport['name']
}

const LIST = { query: '{ tasks { totalCount } }' }
const DEEP = 'nodes { instances { tasks { '
const expand = (at: number) =>
  `fragment F${at} on Task { ${many(5, (n) => `a${n}: instances { tasks(first: 1) { nodes { ...F${at + 1} } } }`)} }`

/** For every limit. */
export const EXCESSES: Readonly<Record<Limit, Excess>> = {
  cost: { env: { TASK_GATEWAY_MAX_COST: '1' }, asked: [LIST] },
  objects: {
    env: { TASK_GATEWAY_MAX_OBJECTS: '100' },
    asked: [{ query: '{ tasks(first: 99) { nodes { id } } }' }],
  },
  answer_bytes: {
    env: { TASK_GATEWAY_MAX_ANSWER_BYTES: '10000' },
    asked: [
      {
        query: `{ ${many(20, (at) => `r${at}: taskSources { ...F }`)} } fragment F on TaskSource { ${many(70, (at) => `a${at}: name`)} }`,
      },
    ],
  },
  fields: {
    asked: [
      {
        query: `{ tasks { nodes { ...F0 } } } ${many(4, expand)} fragment F4 on Task { ${many(8, (n) => `b${n}: __typename`)} }`,
      },
    ],
  },
  caller_rate: {
    env: { TASK_GATEWAY_CALLER_RATE: '1' },
    asked: [LIST, { query: '{ cdbTasks { totalCount } }' }],
  },
  list_entries: {
    asked: [
      {
        query: 'query ($i: [ID!]) { tasks(filter: { instanceIds: $i }) { totalCount } }',
        variables: { i: Array.from({ length: 1001 }, (_, at) => `cdb-${at}`) },
      },
    ],
  },
  watched_ids: {
    env: { TASK_GATEWAY_LIVE_IDS_PER_SUBSCRIPTION: '1' },
    asked: [{ query: 'subscription { taskUpdated(ids: ["a", "b"]) { id } }' }],
    only: 'websocket',
  },
  tokens: { asked: [{ query: `{ ${many(3200, () => 'taskSources')} }` }] },
  depth: { asked: [{ query: `{ tasks { ${DEEP.repeat(5)} totalCount ${'} } } '.repeat(5)} } }` }] },
  root_fields: { asked: [{ query: `{ ${many(31, (at) => `a${at}: __typename`)} }` }] },
  aliases: { asked: [{ query: `{ taskSources { ${many(101, (at) => `a${at}: name`)} } }` }] },
  alias_characters: { asked: [{ query: `{ ${'x'.repeat(65)}: __typename }` }] },
  directives: { asked: [{ query: `{ taskSources { name ${many(51, () => '@include(if: true)')} } }` }] },
  fragments: {
    asked: [
      {
        query: `{ taskSources { ${many(51, (at) => `...F${at}`)} } } ${many(51, (at) => `fragment F${at} on TaskSource { name }`)}`,
      },
    ],
  },
  spreads: {
    asked: [{ query: `{ taskSources { ${many(201, () => '...F')} } } fragment F on TaskSource { name }` }],
  },
  repetitions: { asked: [{ query: `{ taskSources { ${many(302, () => 'name')} } }` }] },
  trusted_documents: {
    env: { TASK_GATEWAY_TRUSTED_DOCUMENTS: createFolder({ 'a.graphql': '{ taskSources { name } }' }) },
    asked: [LIST],
  },
  in_flight: {
    env: { TASK_GATEWAY_MAX_IN_FLIGHT: '1', TASK_GATEWAY_CALLER_SHARE: '1' },
    asked: [LIST, { query: '{ __typename }' }],
  },
  caller_share: {
    env: { TASK_GATEWAY_MAX_IN_FLIGHT: '4', TASK_GATEWAY_CALLER_SHARE: '0.25' },
    asked: [LIST, { query: '{ __typename }' }],
  },
  waiting: {
    adapt: (config) => ({ ...config, upstream: { ...config.upstream, deadlineMs: -3 } }),
    asked: [LIST],
  },
  pressure: {
    adapt: (config) => ({
      ...config,
      limits: { ...config.limits, pressure: { ...config.limits.pressure, heapShare: -1 } },
    }),
    asked: [LIST],
  },
  connections: {
    env: { TASK_GATEWAY_LIVE_CONNECTIONS: '1', TASK_GATEWAY_CALLER_SHARE: '1' },
    asked: [LIST, LIST],
    only: 'websocket',
    closes: 'websocket',
  },
  operations: {
    env: { TASK_GATEWAY_LIVE_SUBSCRIPTIONS_PER_CONNECTION: '1' },
    asked: [LIST, { query: '{ __typename }' }],
    only: 'websocket',
  },
  operation_characters: {
    asked: Array.from({ length: 5 }, () => ({ ...LIST, variables: { unused: 'x'.repeat(250_000) } })),
    only: 'websocket',
  },
  body_bytes: {
    asked: [{ ...LIST, variables: { unused: 'x'.repeat(300_000) } }],
    closes: 'websocket',
  },
}
