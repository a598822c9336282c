import { join } from 'node:path'
import { DEMO_CREDENTIAL } from '../../src/emulator/server/credential'
import { Answering } from './answering'
import { REGION, type Holdings, type UpstreamQuestion, type UpstreamReport } from './live-load'

export interface LiveUpstream {
  readonly url: string
  ask(question: UpstreamQuestion): Promise<UpstreamReport>
  stop(): Promise<void>
}

export interface LiveGateway {
  readonly url: string
  holdings(): Promise<Holdings>
  stop(): Promise<void>
}

const BUILT = join(__dirname, '..', '..', '..')

export async function startUpstream(): Promise<LiveUpstream> {
  const process = new Answering(join(__dirname, 'live-upstream.js'), {})
  return {
    url: (await process.answer()) as string,
    ask: async (question) => (await process.ask(question)) as UpstreamReport,
    stop: () => process.stop(),
  }
}

/** The built gateway with the settings that a user gets, but for `env`. */
export async function startGateway(
  upstream: LiveUpstream,
  env: Readonly<Record<string, string>>,
): Promise<LiveGateway> {
  const process = new Answering(join(BUILT, 'main.js'), {
    env: {
      NODE_ENV: 'production',
      PORT: '0',
      TASK_GATEWAY_ADMIN_PORT: '0',
      TASK_GATEWAY_DRAIN_MS: '0',
      TENCENTCLOUD_SECRET_ID: DEMO_CREDENTIAL.secretId,
      TENCENTCLOUD_SECRET_KEY: DEMO_CREDENTIAL.secretKey,
      TENCENTCLOUD_REGION: REGION,
      TASK_GATEWAY_CDB_ENDPOINT: upstream.url,
      TASK_GATEWAY_POSTGRES_ENDPOINT: upstream.url,
      ...env,
    },
    execArgv: ['--expose-gc', '--require', join(__dirname, 'live-probe.js')],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  return {
    url: await process.printed(/"url":"([^"]+)"/),
    holdings: async () => (await process.ask('holdings')) as Holdings,
    stop: () => process.stop(),
  }
}
