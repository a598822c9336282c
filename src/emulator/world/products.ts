import { CDB } from './cdb'
import { POSTGRES } from './postgres'
import type { Product } from './product'

/** The emulated services, by the name that requests are signed for. */
export type Service = 'cdb' | 'postgres'

export const PRODUCTS: Readonly<Record<Service, Product>> = { cdb: CDB, postgres: POSTGRES }

export function isService(name: string): name is Service {
  return Object.hasOwn(PRODUCTS, name)
}
