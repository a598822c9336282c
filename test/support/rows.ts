import type { WireRow } from '../../src/emulator/world/row'
import { listAt } from './answer'
import { startGateway, type TestGateway } from './gateway'
import { FACTS } from './task-fields'
import { worldOf } from './worlds'

export const REGION = 'ap-guangzhou'
export const LIST = `{ tasks(first: 100) { nodes { ...Facts } totalCount sources { totalCount error { code } } } } ${FACTS}`

const gateways: TestGateway[] = []

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.close()))
}

/** A gateway over exactly these rows. */
export async function over(rows: {
  cdb?: readonly WireRow[]
  postgres?: readonly WireRow[]
}): Promise<TestGateway> {
  const world = worldOf({ cdb: { [REGION]: rows.cdb ?? [] }, postgres: { [REGION]: rows.postgres ?? [] } })
  const gateway = await startGateway({ emulator: { world } })
  gateways.push(gateway)
  return gateway
}

/** The only task there is, with all its fields. */
export async function onlyTask(rows: Parameters<typeof over>[0]): Promise<unknown> {
  const { body } = await (await over(rows)).query(LIST)
  expect(body).not.toHaveProperty('errors')
  const [task, ...others] = listAt(body.data, 'tasks', 'nodes')
  expect(others).toEqual([])
  return task
}
