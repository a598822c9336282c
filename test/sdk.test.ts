import { cdb, postgres } from 'tencentcloud-sdk-nodejs'
import { startEmulator, type Emulator } from '../src/emulator/start'
import { DEMO_CREDENTIAL } from '../src/emulator/server/credential'

/** The official SDK, pointed at the emulator. */
function settingsFor(emulator: Emulator, secretKey = DEMO_CREDENTIAL.secretKey) {
  return {
    credential: { secretId: DEMO_CREDENTIAL.secretId, secretKey },
    region: 'ap-guangzhou',
    profile: { httpProfile: { endpoint: `127.0.0.1:${emulator.port}`, protocol: 'http://' } },
  }
}

describe('the official SDK against the emulator', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await startEmulator()
  })
  afterAll(() => emulator.close())

  it('gets CDB rows with a verified signature', async () => {
    const client = new cdb.v20170320.Client(settingsFor(emulator))
    const answer = await client.DescribeTasks({ Limit: 5, TaskStatus: [2] })
    expect(answer.Items?.map((row) => row.TaskStatus)).toEqual(Array(5).fill('SUCCEED'))
    expect(answer.TotalCount).toBeGreaterThan(1000)
  })

  it('gets Postgres rows with a verified signature', async () => {
    const client = new postgres.v20170312.Client(settingsFor(emulator))
    const answer = await client.DescribeTasks({
      MinStartTime: '2024-09-27 16:00:00',
      OrderByType: 'asc',
      Limit: 2,
    })
    expect(answer.TaskSet?.length).toBe(2)
    const byId = await client.DescribeTasks({ TaskId: 120321, MinStartTime: '2010-01-01 00:00:00' })
    expect(byId.TaskSet).toMatchObject([{ DBInstanceId: 'postgres-0e3hth5b', TaskType: 'DestroyInstance' }])
  })

  it('is refused with a wrong key', async () => {
    const client = new cdb.v20170320.Client(settingsFor(emulator, 'another key'))
    await expect(client.DescribeTasks({})).rejects.toMatchObject({ code: 'AuthFailure.SignatureFailure' })
  })

  it('is told which parameter is wrong', async () => {
    const client = new postgres.v20170312.Client(settingsFor(emulator))
    await expect(client.DescribeTasks({ Limit: 101 })).rejects.toMatchObject({
      code: 'InvalidParameterValue.InvalidParameterValueError',
      message: 'The Limit parameter value is invalid and should meet the rule: [0,100]',
    })
  })
})
