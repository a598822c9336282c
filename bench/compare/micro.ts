import { createAnswerWriter } from '../../src/emulator/server/json'
import { createWorld } from '../../src/emulator/world/create-world'
import { MAIN_REGION } from '../../src/emulator/world/regions'
import { readEnvelope } from '../../src/tencent/envelope'
import { authorization, createDayKeys } from '../../src/tencent/sign'
import { median } from './statistics'
import { parseList } from '../../src/providers/list-page'
import { CDB_LIST } from '../../src/providers/cdb/response'
import { POSTGRES_LIST } from '../../src/providers/postgres/response'

/** What one small piece of work costs. */
export interface Micro {
  readonly work: string
  readonly microseconds: number
}

const ROUNDS = 9
const TIMES = 400
const CREDENTIAL = { secretId: 'AKIDEXAMPLE', secretKey: 'a-secret-of-about-this-length-000' }
const REPORT = { unknownWord: () => undefined, rowLeftOut: () => undefined }

/** Without HTTP, in this process: what of a question is signing, and what is reading the answer. */
export function measureMicro(): readonly Micro[] {
  const dayKey = createDayKeys()
  const request = {
    ...CREDENTIAL,
    service: 'cdb',
    timestampSecond: Math.floor(Date.now() / 1000),
    headers: [
      ['content-type', 'application/json'],
      ['host', 'cdb.tencentcloudapi.com'],
    ] as const,
    body: '{"StartTimeBegin":"2010-01-01 07:59:59","Offset":0,"Limit":100}',
  }
  const [cdb, postgres] = [answerOf('cdb'), answerOf('postgres')]
  const [cdbText, postgresText] = [cdb.toString(), postgres.toString()]
  return [
    { work: 'sign a call, key of the day known', microseconds: time(() => authorization(request, dayKey)) },
    { work: 'sign a call, key derived anew', microseconds: time(() => authorization(request)) },
    { work: 'parse 100 rows of CDB into tasks', microseconds: time(() => readCdb(cdb)) },
    { work: 'the same, `JSON.parse` alone', microseconds: time(() => JSON.parse(cdbText) as unknown) },
    { work: 'parse 100 rows of Postgres into tasks', microseconds: time(() => readPostgres(postgres)) },
    {
      work: 'the same, `JSON.parse` alone',
      microseconds: time(() => JSON.parse(postgresText) as unknown),
    },
  ]
}

function answerOf(service: 'cdb' | 'postgres'): Buffer {
  const nowMs = Date.now()
  const world = createWorld({ nowMs, moving: false, size: 500 })
  return Buffer.from(createAnswerWriter()(world.describe(service, MAIN_REGION, { Limit: 100 }, nowMs)))
}

function readCdb(body: Buffer): unknown {
  return parseList(
    open('cdb', body),
    CDB_LIST,
    { provider: 'CDB', account: 'default', region: MAIN_REGION },
    REPORT,
  )
}

function readPostgres(body: Buffer): unknown {
  const source = { provider: 'POSTGRES', account: 'default', region: MAIN_REGION } as const
  return parseList(open('postgres', body), POSTGRES_LIST, source, REPORT)
}

function open(service: string, body: Buffer) {
  return { ...readEnvelope(service, { status: 200, body }), askedAtMs: 0, body }
}

/** The median of some rounds of many times; the first round warms up. */
function time(work: () => unknown): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const beganMs = performance.now()
    for (let count = 0; count < TIMES; count++) work()
    return ((performance.now() - beganMs) * 1000) / TIMES
  })
  return median(rounds.slice(1))
}
