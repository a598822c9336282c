// @ts-check
import { Agent } from 'node:http'
// The two products alone: the whole package takes eight times as long to load.
import { cdb } from 'tencentcloud-sdk-nodejs/tencentcloud/services/cdb/index.js'
import { postgres } from 'tencentcloud-sdk-nodejs/tencentcloud/services/postgres/index.js'
import { settings } from './settings.mjs'
import { cdbTask, newest, postgresTask, toBeijing } from './tasks.mjs'

/** All task lists by the official SDK, which signs; its connections are kept. */

const options = {
  credential: settings.credential,
  profile: {
    httpProfile: {
      endpoint: settings.upstream.host,
      protocol: 'http://',
      agent: new Agent({ keepAlive: true }),
    },
  },
}
const clients = settings.regions.map((region) => ({
  cdb: new cdb.v20170320.Client({ ...options, region }),
  postgres: new postgres.v20170312.Client({ ...options, region }),
}))

/** @type {Record<string, (ofRegion: typeof clients[number], second: string, first: number) => Promise<any[]>>} */
const LISTS = {
  async cdb(ofRegion, second, first) {
    const { Items } = await ofRegion.cdb.DescribeTasks({ StartTimeBegin: second, Limit: first })
    return (Items ?? []).map(cdbTask)
  },
  async postgres(ofRegion, second, first) {
    const { TaskSet } = await ofRegion.postgres.DescribeTasks({ MinStartTime: second, Limit: first })
    return (TaskSet ?? []).map(postgresTask)
  },
}

/** @param {number} first @param {string | undefined} from */
export async function listTasks(first, from = '2010-01-01T00:00:00Z') {
  const second = toBeijing(from)
  const { products } = settings
  const lists = clients.flatMap((ofRegion) =>
    products.map((product) => LISTS[product](ofRegion, second, first)),
  )
  return newest(await Promise.all(lists), first)
}

/** @param {string} id */
export async function findTask(id) {
  const [provider, number, requestId] = id.split(':')
  if (provider === 'POSTGRES') {
    const { TaskSet } = await clients[0].postgres.DescribeTasks({ TaskId: Number(number) })
    return TaskSet?.[0] ? postgresTask(TaskSet[0]) : null
  }
  const { Items } = await clients[0].cdb.DescribeTasks({ AsyncRequestId: requestId })
  const row = Items?.find(({ JobId }) => String(JobId) === number)
  return row ? cdbTask(row) : null
}
