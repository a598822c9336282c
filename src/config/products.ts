import { parseEndpoint } from './endpoint'
import type { Environment } from './environment'

/** The table of settings: what each product's own are when they are not set. */
export const PRODUCTS = {
  CDB: { title: 'CDB', endpoint: 'https://cdb.tencentcloudapi.com', callsPerSecond: 50, needsRegion: false },
  POSTGRES: {
    title: 'Postgres',
    endpoint: 'https://postgres.tencentcloudapi.com',
    callsPerSecond: 20,
    needsRegion: true,
  },
} as const satisfies Record<string, ProductDefaults>

export interface ProductDefaults {
  readonly title: string
  readonly endpoint: string
  readonly callsPerSecond: number
  /** False where the product answers a call without a region. */
  readonly needsRegion: boolean
}

export interface ProductConfig {
  /** An origin, without a path. */
  readonly endpoint: string
  /** Per account and region. */
  readonly callsPerSecond: number
}

/** The variable that holds a setting of a product. */
export function productVariable(product: string, setting: 'REGIONS' | 'ENDPOINT' | 'RATE'): string {
  return `TASK_GATEWAY_${product}_${setting}`
}

/** By the product's name. */
export function parseProducts(environment: Environment): Readonly<Record<string, ProductConfig>> {
  const entries = Object.entries(PRODUCTS).map(([name, { endpoint, callsPerSecond: fallback }]) => {
    const rate = { min: 1, max: 10_000, fallback }
    return [
      name,
      {
        endpoint: parseEndpoint(environment, productVariable(name, 'ENDPOINT'), endpoint),
        callsPerSecond: environment.integer(productVariable(name, 'RATE'), rate),
      },
    ] as const
  })
  return Object.fromEntries(entries)
}
