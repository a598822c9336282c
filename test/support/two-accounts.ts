import { DEMO_CREDENTIAL } from '../../src/emulator/server/credential'
import { startEmulator, type Emulator } from '../../src/emulator/start'
import { rowsFrom, worldOf } from './worlds'

export const REGIONS = ['ap-guangzhou', 'ap-shanghai']
const PROD = { ...DEMO_CREDENTIAL, account: 'prod' }
const DEV = { secretId: 'AKIDDEVELOPMENT', secretKey: 'development-secret', account: 'dev' }
const NOV_2023 = Date.UTC(2023, 10, 1) / 1000

/** The request id of a CDB task of `startTwoAccounts`. */
export function requestOf(account: string, region: string, number: number): string {
  return `${account}-${region}-${number}`
}

/** The instance of every task of a product, account and region. */
export function instanceOf(product: 'cdb' | 'postgres', account: string, region: string): string {
  const suffix = Buffer.from(`${account}${region}`).toString('hex').slice(0, 6) + region.slice(-1)
  return `${product}-${suffix}`
}

/**
 * Two accounts with two regions each; the first region of `prod` has 3 tasks of each product, and each next place one
 * more, so that its last number is in no place before.
 */
export function startTwoAccounts(): Promise<Emulator> {
  return startEmulator({
    quotas: 'off',
    credentials: [
      { ...PROD, world: worldAt('prod', 3) },
      { ...DEV, world: worldAt('dev', 5) },
    ],
  })
}

/** Settings of a gateway for these accounts. */
export function accountsEnv(...accounts: readonly string[]): Record<string, string> {
  const keys = [PROD, DEV]
    .filter(({ account }) => accounts.includes(account))
    .flatMap(({ account, secretId, secretKey }) => [
      [`TENCENTCLOUD_SECRET_ID_${account.toUpperCase()}`, secretId],
      [`TENCENTCLOUD_SECRET_KEY_${account.toUpperCase()}`, secretKey],
    ])
  return {
    TASK_GATEWAY_ACCOUNTS: accounts.join(','),
    TASK_GATEWAY_CURSOR_SECRET: 'one-secret-for-all-gateways',
    TENCENTCLOUD_REGION: REGIONS.join(','),
    ...(Object.fromEntries(keys) as Record<string, string>),
  }
}

function worldAt(account: string, least: number) {
  const rows = (product: 'cdb' | 'postgres', more: (region: string, number: number) => object) =>
    Object.fromEntries(
      REGIONS.map((region, at) => [
        region,
        rowsFrom(product, least + at, NOV_2023).map((row, index) => ({ ...row, ...more(region, index + 1) })),
      ]),
    )
  return worldOf({
    cdb: rows('cdb', (region, number) => ({
      AsyncRequestId: requestOf(account, region, number),
      InstanceIds: [instanceOf('cdb', account, region)],
    })),
    postgres: rows('postgres', (region) => ({
      DBInstanceId: instanceOf('postgres', account, region),
      TaskDetail: { Input: '{"object":"canary-in"}', Output: 'canary-out', CurrentStep: 'x' },
    })),
  })
}
