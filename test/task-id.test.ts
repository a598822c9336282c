import { createHash } from 'node:crypto'
import { decodeTaskId, encodeTaskId, type TaskId } from '../src/tasks/id'

const PRODUCTS = new Set(['CDB', 'POSTGRES'])
const source = { provider: 'CDB', account: 'default', region: 'ap-guangzhou' }

describe('the id of a task', () => {
  it.each<[string, TaskId, string]>([
    [
      'of CDB by its request',
      { source, number: 10508n, hint: ['9d21004b-3aa1896a-eeddca4b-a68f106d'] },
      '[1,"CDB","default","ap-guangzhou","10508","9d21004b-3aa1896a-eeddca4b-a68f106d"]',
    ],
    [
      'of CDB by its start and instance',
      { source, number: 7n, hint: [1_700_000_000, 'cdb-c1nl9rpv'] },
      '[1,"CDB","default","ap-guangzhou","7",1700000000,"cdb-c1nl9rpv"]',
    ],
    [
      'of CDB by its start alone, without a region',
      { source: { ...source, region: null }, number: 2n ** 64n - 1n, hint: [1_700_000_000, null] },
      '[1,"CDB","default",null,"18446744073709551615",1700000000,null]',
    ],
    [
      'of Postgres, whose number finds it',
      { source: { ...source, provider: 'POSTGRES', account: 'prod' }, number: 0n, hint: null },
      '[1,"POSTGRES","prod","ap-guangzhou","0"]',
    ],
  ])('keeps its form, which programs have stored: %s', (_, id, body) => {
    const sum = createHash('sha256').update(body).digest('base64url').slice(0, 6)
    const text = Buffer.from(sum + body).toString('base64url')
    expect(encodeTaskId(id)).toBe(text)
    expect(decodeTaskId(text, 'id', PRODUCTS)).toEqual(id)
  })

  it('is refused where it names a product that there is not', () => {
    const id = { source: { ...source, provider: 'MONGO' }, number: 1n, hint: null }
    expect(() => decodeTaskId(encodeTaskId(id), 'id', PRODUCTS)).toThrow(/^id ".+" is not the id of a task$/)
  })
})
