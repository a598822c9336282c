// @ts-check
import { Pool } from 'undici'
import { settings } from './settings.mjs'
import { newest, toBeijing } from './tasks.mjs'
import { signedHeaders } from './tc3.mjs'

/** Both task lists by two calls of undici, signed by hand; its connections are kept. */

const PRODUCTS = {
  cdb: { service: 'cdb', version: '2017-03-20' },
  postgres: { service: 'postgres', version: '2017-03-12' },
}
const pool = new Pool(settings.upstream.origin)

/** @param {number} first @param {string | undefined} from */
export async function listTasks(first, from = '2010-01-01T00:00:00Z') {
  const second = toBeijing(from)
  const [ofCdb, ofPostgres] = await Promise.all([
    call(PRODUCTS.cdb, { StartTimeBegin: second, Limit: first }),
    call(PRODUCTS.postgres, { MinStartTime: second, Limit: first }),
  ])
  return newest(ofCdb.Items, ofPostgres.TaskSet, first)
}

/** @param {{ service: string, version: string }} product @param {object} parameters */
async function call(product, parameters) {
  const body = JSON.stringify(parameters)
  const { host } = settings.upstream
  const headers = signedHeaders({ ...product, host, region: settings.region, body }, settings.credential)
  const answer = await pool.request({ path: '/', method: 'POST', headers, body })
  /** @type {any} */
  const { Response } = await answer.body.json()
  if (Response.Error) throw new Error(`${Response.Error.Code}: ${Response.Error.Message}`)
  return Response
}
