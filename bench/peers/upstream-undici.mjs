// @ts-check
import { Pool } from 'undici'
import { settings } from './settings.mjs'
import { cdbTask, newest, postgresTask, toBeijing } from './tasks.mjs'
import { signedHeaders } from './tc3.mjs'

/** All task lists by a call of undici each, signed by hand; its connections are kept. */

const PRODUCTS = {
  cdb: { service: 'cdb', version: '2017-03-20' },
  postgres: { service: 'postgres', version: '2017-03-12' },
}
const pool = new Pool(settings.upstream.origin)

/** @type {Record<string, (region: string, second: string, first: number) => Promise<any[]>>} */
const LISTS = {
  async cdb(region, second, first) {
    const { Items } = await call(PRODUCTS.cdb, region, { StartTimeBegin: second, Limit: first })
    return Items.map(cdbTask)
  },
  async postgres(region, second, first) {
    const { TaskSet } = await call(PRODUCTS.postgres, region, { MinStartTime: second, Limit: first })
    return TaskSet.map(postgresTask)
  },
}

/** @param {number} first @param {string | undefined} from */
export async function listTasks(first, from = '2010-01-01T00:00:00Z') {
  const second = toBeijing(from)
  const { regions, products } = settings
  const lists = regions.flatMap((region) => products.map((product) => LISTS[product](region, second, first)))
  return newest(await Promise.all(lists), first)
}

/** @param {{ service: string, version: string }} product @param {string} region @param {object} parameters */
async function call(product, region, parameters) {
  const body = JSON.stringify(parameters)
  const { host } = settings.upstream
  const headers = signedHeaders({ ...product, host, region, body }, settings.credential)
  const answer = await pool.request({ path: '/', method: 'POST', headers, body })
  /** @type {any} */
  const { Response } = await answer.body.json()
  if (Response.Error) throw new Error(`${Response.Error.Code}: ${Response.Error.Message}`)
  return Response
}
