import { MAIN_REGION, REGIONS } from '../../src/emulator/world/regions'
import type { Lists } from './expected'

/** One region has two sources; one source alone is CDB's. */
export function listsOf(sources: number): Lists {
  const others = REGIONS.filter((region) => region !== MAIN_REGION && !region.endsWith('fsi'))
  const regions = [MAIN_REGION, ...others].slice(0, Math.max(1, sources / 2))
  return { regions, products: sources === 1 ? ['cdb'] : ['cdb', 'postgres'] }
}

/** What tells the gateway and the peers of these lists. */
export function sourceSettings({ regions, products }: Lists): Readonly<Record<string, string>> {
  const list = regions.join(',')
  return {
    TENCENTCLOUD_REGION: '',
    TASK_GATEWAY_CDB_REGIONS: list,
    TASK_GATEWAY_POSTGRES_REGIONS: products.includes('postgres') ? list : '',
    PEER_REGIONS: list,
    PEER_PRODUCTS: products.join(','),
  }
}
