// @ts-check
import { Agent } from 'node:http'
// The two products alone: the whole package takes eight times as long to load.
import { cdb } from 'tencentcloud-sdk-nodejs/tencentcloud/services/cdb/index.js'
import { postgres } from 'tencentcloud-sdk-nodejs/tencentcloud/services/postgres/index.js'
import { settings } from './settings.mjs'
import { cdbTask, newest, postgresTask, toBeijing } from './tasks.mjs'

/** Both task lists by the official SDK, which signs; its connections are kept. */

const options = {
  credential: settings.credential,
  region: settings.region,
  profile: {
    httpProfile: {
      endpoint: settings.upstream.host,
      protocol: 'http://',
      agent: new Agent({ keepAlive: true }),
    },
  },
}
const cdbClient = new cdb.v20170320.Client(options)
const postgresClient = new postgres.v20170312.Client(options)

/** @param {number} first @param {string | undefined} from */
export async function listTasks(first, from = '2010-01-01T00:00:00Z') {
  const second = toBeijing(from)
  const [ofCdb, ofPostgres] = await Promise.all([
    cdbClient.DescribeTasks({ StartTimeBegin: second, Limit: first }),
    postgresClient.DescribeTasks({ MinStartTime: second, Limit: first }),
  ])
  return newest(ofCdb.Items ?? [], ofPostgres.TaskSet ?? [], first)
}

/** @param {string} id */
export async function findTask(id) {
  const [provider, number, requestId] = id.split(':')
  if (provider === 'POSTGRES') {
    const { TaskSet } = await postgresClient.DescribeTasks({ TaskId: Number(number) })
    return TaskSet?.[0] ? postgresTask(TaskSet[0]) : null
  }
  const { Items } = await cdbClient.DescribeTasks({ AsyncRequestId: requestId })
  const row = Items?.find(({ JobId }) => String(JobId) === number)
  return row ? cdbTask(row) : null
}
