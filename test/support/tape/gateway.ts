import type { Config } from '../../../src/config'
import { startEmulator } from '../../../src/emulator/start'
import type { World } from '../../../src/emulator/world/world'
import { startGateway, type TestGateway } from '../gateway'
import { startTape } from './server'
import { WITH_TAPE } from './view'
import type { TapeWorld } from './world'

export interface TapeGatewayOptions {
  readonly world: World
  readonly tape: TapeWorld
  readonly env?: Readonly<Record<string, string>>
  /** Runs before each answer of TAPE is made. */
  readonly beforeAnswer?: () => void
}

/** A gateway in front of three products. */
export async function startWithTape(options: TapeGatewayOptions): Promise<TestGateway> {
  const emulator = await startEmulator({ quotas: 'off', world: options.world })
  const server = await startTape(options.tape, emulator.credential, options.beforeAnswer ?? (() => undefined))
  const gateway = await startGateway({
    inFrontOf: emulator,
    products: WITH_TAPE,
    adapt: (config) => withTape(config, server.url),
    ...(options.env && { env: options.env }),
  })
  return {
    ...gateway,
    async close() {
      await gateway.close()
      await server.close()
      await emulator.close()
    },
  }
}

/** What the settings of TAPE would be parsed to. */
function withTape(config: Config, endpoint: string): Config {
  return {
    ...config,
    products: { ...config.products, TAPE: { endpoint, callsPerSecond: 1000 } },
    accounts: config.accounts.map((account) => ({
      ...account,
      regions: { ...account.regions, TAPE: ['ap-guangzhou'] },
    })),
  }
}
