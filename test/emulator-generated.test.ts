import { createWorld } from '../src/emulator/world/create-world'
import { CDB_STATUSES, CDB_TYPES } from '../src/emulator/world/cdb-words'
import type { Service } from '../src/emulator/world/products'
import type { WireRow } from '../src/emulator/world/row'
import { parseBeijingTime } from '../src/tencent/time'
import { idsOf } from './support/emulated-answer'

const GUANGZHOU = 'ap-guangzhou'
const NOW_MS = Date.parse('2026-06-01T12:00:00+08:00')

const still = createWorld({ seed: 7, nowMs: NOW_MS, moving: false })
const cdb = still.rows('cdb', GUANGZHOU)
const postgres = still.rows('postgres', GUANGZHOU)

function values(rows: readonly WireRow[], field: string): Set<unknown> {
  return new Set(rows.map((row) => row[field]))
}

describe('the generated world', () => {
  it('is the same for the same seed, and another for another', () => {
    for (const service of ['cdb', 'postgres'] satisfies Service[]) {
      const again = createWorld({ seed: 7, nowMs: NOW_MS, moving: false })
      expect(again.rows(service, GUANGZHOU)).toEqual(still.rows(service, GUANGZHOU))
      const other = createWorld({ seed: 8, nowMs: NOW_MS, moving: false })
      expect(other.rows(service, GUANGZHOU)).not.toEqual(still.rows(service, GUANGZHOU))
    }
  })

  it('has thousands of tasks in the main region, hundreds in others and none elsewhere', () => {
    expect(cdb.length).toBeGreaterThan(3000)
    expect(postgres.length).toBeGreaterThan(3000)
    expect(still.rows('cdb', 'ap-shanghai').length).toBeGreaterThan(250)
    expect(still.rows('postgres', 'ap-tokyo')).toEqual([])
  })

  it('has tasks of every documented word, and of words in no document', () => {
    expect([...values(cdb, 'TaskType')]).toEqual(
      expect.arrayContaining([...CDB_TYPES.values(), 'SWITCH FOR UPGRADE']),
    )
    expect([...values(cdb, 'TaskStatus')]).toEqual(
      expect.arrayContaining([...CDB_STATUSES.values(), 'WAITING']),
    )
    const known = ['RestartInstance', 'RestoreDatabase', 'DestroyInstance', 'ModifyInstanceParams']
    expect([...values(postgres, 'TaskType')]).toEqual(expect.arrayContaining([...known, 'CloneInstance']))
    const statuses = ['Running', 'Success', 'Fail', 'WaitSwitch', 'Pause', 'Abandoned']
    expect([...values(postgres, 'Status')]).toEqual(expect.arrayContaining(statuses))
  })

  it('has few tasks whose type is in no document', () => {
    const known = ['RestartInstance', 'RestoreDatabase', 'DestroyInstance', 'ModifyInstanceParams']
    const others = postgres.filter(({ TaskType }) => !known.includes(String(TaskType)))
    expect(others.length).toBeLessThan(postgres.length * 0.15)
  })

  it('has failed tasks that say why, and whose steps end where they failed', () => {
    const failed = postgres.filter(({ Status }) => Status === 'Fail')
    const detailed = failed.flatMap(({ Progress, TaskDetail }) => {
      const detail = TaskDetail as { readonly AllSteps?: string; readonly Output?: string } | null | undefined
      return typeof Progress === 'number' && detail?.AllSteps ? [{ ...detail, progress: Progress }] : []
    })
    expect(detailed.length).toBeGreaterThan(100)
    for (const { AllSteps, Output, progress, ...detail } of detailed) {
      const steps = JSON.parse(AllSteps ?? '') as readonly WireRow[]
      const last = steps[Math.floor((progress * steps.length) / 100)]
      expect(last?.['StepMessage']).toBe('The instance did not answer in time')
      expect(detail).toMatchObject({ Message: last?.['StepMessage'], CurrentStep: last?.['StepName'] })
      expect(JSON.parse(Output ?? '')).toEqual({ Message: last?.['StepMessage'] })
    }
    const messages = values(
      cdb.filter(({ TaskStatus }) => TaskStatus === 'FAILED'),
      'Message',
    )
    expect([...messages].join()).toContain('reason')
  })

  it('gives an inserted task an id that no task gets by itself', () => {
    const moving = createWorld({ seed: 7, nowMs: NOW_MS })
    for (const service of ['cdb', 'postgres'] satisfies Service[]) {
      for (let count = 0; count < 2; count++) moving.insert(service, GUANGZHOU, { isInserted: true })
      moving.advance(NOW_MS + 3_600_000)
      const inserted = moving.rows(service, GUANGZHOU).filter(({ isInserted }) => isInserted === true)
      expect(inserted).toHaveLength(2)
    }
  })

  it('has many tasks that start in the same second', () => {
    for (const rows of [cdb, postgres]) {
      expect(values(rows, 'StartTime').size).toBeLessThan(rows.length * 0.6)
    }
  })

  it('has request ids that are empty or shared, tasks of several instances, blanks and attachments', () => {
    const requests = cdb
      .map((row) => row['AsyncRequestId'])
      .filter((id) => typeof id === 'string' && id !== '')
    expect(new Set(requests).size).toBeLessThan(requests.length)
    expect(values(cdb, 'AsyncRequestId')).toContain('')
    expect(cdb.some((row) => Array.isArray(row['InstanceIds']) && row['InstanceIds'].length > 1)).toBe(true)
    expect(cdb.some((row) => row['Message'] === null)).toBe(true)
    expect(cdb.some((row) => row['Progress'] === undefined)).toBe(true)
    expect(cdb.some((row) => JSON.stringify(row['TaskAttachInfo'] ?? null).includes('AttachKey'))).toBe(true)
    expect([...values(cdb, 'EndTime')]).toEqual(expect.arrayContaining(['', '0000-00-00 00:00:00']))
  })

  it('has Postgres ids that a double cannot hold, and details of every shape', () => {
    expect(postgres.some((row) => typeof row['TaskId'] === 'bigint')).toBe(true)
    expect(values(postgres, 'EndTime')).toContain('')
    const details = new Set(postgres.map((row) => JSON.stringify(row['TaskDetail'] ?? null)))
    expect(details).toContain('{}')
    expect(details).toContain('{"AllSteps":"","Input":"","Output":""}')
    expect([...details].some((detail) => detail.includes('"SwitchTag":2'))).toBe(true)
    expect([...details].some((detail) => detail.includes('StepMessage'))).toBe(true)
  })
})

describe('a moving world', () => {
  it('starts tasks at the head of the list as the clock goes on', () => {
    const world = createWorld({ seed: 3, nowMs: NOW_MS })
    for (const service of ['cdb', 'postgres'] satisfies Service[]) {
      const before = idsOf(world.describe(service, GUANGZHOU, { Limit: 100 }, NOW_MS))
      const after = idsOf(world.describe(service, GUANGZHOU, { Limit: 100 }, NOW_MS + 30_000))
      expect(after.length).toBe(100)
      const fresh = after.filter((id) => !before.includes(id))
      expect(fresh.length).toBeGreaterThan(5)
      expect(fresh.length).toBeLessThan(40)
    }
  })

  it('lets a running task go on and finish within its time', () => {
    const world = createWorld({ seed: 3, nowMs: NOW_MS })
    const find = (id: unknown, nowMs: number) => {
      world.describe('cdb', GUANGZHOU, {}, nowMs)
      return world.rows('cdb', GUANGZHOU).find((row) => row['JobId'] === id)
    }
    const [id] = idsOf(world.describe('cdb', GUANGZHOU, { TaskStatus: [1], Limit: 1 }, NOW_MS))
    const early = find(id, NOW_MS)
    expect(early).toMatchObject({ TaskStatus: 'RUNNING' })
    const late = find(id, NOW_MS + 10_000_000)
    expect(late?.['TaskStatus']).not.toBe('RUNNING')
    const [start, end] = [parseBeijingTime(late?.['StartTime']), parseBeijingTime(late?.['EndTime'])]
    expect((end ?? 0) - (start ?? 0)).toBeGreaterThanOrEqual(20)
  })

  it('looks the same at an instant however often one looked before', () => {
    const seldom = createWorld({ seed: 5, nowMs: NOW_MS })
    const often = createWorld({ seed: 5, nowMs: NOW_MS })
    for (let second = 0; second <= 300; second += 1) {
      often.describe('postgres', GUANGZHOU, { Limit: 1 }, NOW_MS + second * 1000)
    }
    seldom.describe('postgres', GUANGZHOU, { Limit: 1 }, NOW_MS + 300_000)
    expect(often.rows('postgres', GUANGZHOU)).toEqual(seldom.rows('postgres', GUANGZHOU))
  })

  it('does not go back when the clock does', () => {
    const world = createWorld({ seed: 3, nowMs: NOW_MS })
    world.advance(NOW_MS)
    world.describe('cdb', GUANGZHOU, {}, NOW_MS + 20_000)
    const before = world.rows('cdb', GUANGZHOU)
    world.describe('cdb', GUANGZHOU, {}, NOW_MS)
    expect(world.rows('cdb', GUANGZHOU)).toEqual(before)
  })

  it('stands still when it is told to', () => {
    still.describe('cdb', GUANGZHOU, {}, NOW_MS + 3_600_000)
    expect(still.rows('cdb', GUANGZHOU)).toEqual(cdb)
  })

  it('survives a clock that is set years ahead', () => {
    const world = createWorld({ seed: 3, nowMs: NOW_MS })
    const { Response } = world.describe('cdb', GUANGZHOU, { Limit: 1 }, NOW_MS + 3 * 365 * 86_400_000)
    expect(Response['TotalCount']).toBeLessThan(20_000)
  })
})
