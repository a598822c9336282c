// @ts-check
import { createHash, createHmac } from 'node:crypto'

/** TC3-HMAC-SHA256 by hand, as the cloud's documents show it. */

const hash = (/** @type {string} */ text) => createHash('sha256').update(text).digest('hex')
const hmac = (/** @type {string | Buffer} */ key, /** @type {string} */ text) =>
  createHmac('sha256', key).update(text).digest()

/** The key of a day and service is the same for every call of that day. */
const keys = new Map()

/**
 * The headers of one signed call.
 * @param {{ host: string, service: string, version: string, region: string, body: string }} call
 * @param {{ secretId: string, secretKey: string }} credential
 */
export function signedHeaders({ host, service, version, region, body }, { secretId, secretKey }) {
  const second = Math.floor(Date.now() / 1000)
  const date = new Date(second * 1000).toISOString().slice(0, 10)
  const canonical = `POST\n/\n\ncontent-type:application/json\nhost:${host}\n\ncontent-type;host\n${hash(body)}`
  const scope = `${date}/${service}/tc3_request`
  const text = `TC3-HMAC-SHA256\n${second}\n${scope}\n${hash(canonical)}`
  const signature = createHmac('sha256', dayKey(secretKey, date, service))
    .update(text)
    .digest('hex')
  return {
    host,
    'content-type': 'application/json',
    authorization: `TC3-HMAC-SHA256 Credential=${secretId}/${scope}, SignedHeaders=content-type;host, Signature=${signature}`,
    'x-tc-action': 'DescribeTasks',
    'x-tc-version': version,
    'x-tc-region': region,
    'x-tc-timestamp': String(second),
  }
}

function dayKey(/** @type {string} */ secretKey, /** @type {string} */ date, /** @type {string} */ service) {
  const slot = `${date} ${service}`
  if (!keys.has(slot)) keys.set(slot, hmac(hmac(hmac(`TC3${secretKey}`, date), service), 'tc3_request'))
  return keys.get(slot)
}
