import { startGateway } from './support/gateway'
import { apiError } from './fixtures/upstream-failures'
import { worldOf } from './support/worlds'

const REGION = 'ap-guangzhou'
const ROWS = { cdb: { [REGION]: [{}] }, postgres: { [REGION]: [{}] } }

it.each([
  ['postgresTasks', 'postgres-gone', 'ResourceNotFound.InstanceNotFoundError'],
  ['postgresTasks', 'postgres-gone', 'InvalidParameterValue.InstanceNotExist'],
  ['postgresTasks', 'postgres-gone', 'InstanceNotExist'],
  ['cdbTasks', 'cdb-gone', 'InvalidParameter.InstanceNotFound'],
])('serves no tasks in %s of %s where the cloud answers %s', async (field, instance, code) => {
  const gateway = await startGateway({ emulator: { world: worldOf(ROWS) } })
  try {
    gateway.emulator.faults.add({ fault: apiError(code) })
    const list = (filter: string) =>
      gateway.query(
        `{ ${field}(filter: { ${filter} }) { nodes { id } totalCount sources { error { code } } } }`,
      )
    const { body } = await list(`instanceIds: ["${instance}"]`)
    expect(body.data).toEqual({ [field]: { nodes: [], totalCount: 0, sources: [{ error: null }] } })
    const all = await gateway.query(`{ ${field} { nodes { id } } }`)
    // No instance was asked for, so the answer contradicts the question.
    expect(all.body.errors?.[0]?.extensions).toMatchObject({ code: 'UPSTREAM_REJECTED', upstreamCode: code })
  } finally {
    await gateway.close()
  }
})

it('serves no tasks of a submission that CDB does not know', async () => {
  const gateway = await startGateway({ emulator: { world: worldOf(ROWS) } })
  try {
    gateway.emulator.faults.add({ fault: apiError('InvalidParameter.InvalidAsyncRequestId') })
    const { body } = await gateway.query('{ cdbTasksByRequest(asyncRequestId: "0-0-0-0") { id } }')
    expect(body).toMatchObject({ data: { cdbTasksByRequest: [] } })
  } finally {
    await gateway.close()
  }
})

it('counts a code that is in no table, logs it once, and shows it', async () => {
  const gateway = await startGateway({ emulator: { world: worldOf(ROWS) } })
  try {
    gateway.emulator.faults.add({ fault: apiError('Strange_9.Code1'), service: 'cdb' })
    const list = '{ cdbTasks { nodes { id } } }'
    const { body } = await gateway.query(list)
    await gateway.query(list)
    expect(body.errors?.[0]?.extensions).toMatchObject({
      code: 'UPSTREAM_REJECTED',
      upstreamCode: 'Strange_9.Code1',
    })
    expect(await gateway.metrics()).toContain(
      'task_gateway_unknown_words_total{provider="CDB",kind="code"} 2',
    )
    const told = gateway.lines.filter((line) => line.includes('a word that the gateway does not know'))
    expect(told).toHaveLength(1)
  } finally {
    await gateway.close()
  }
})
