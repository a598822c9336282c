import { cdb } from './cdb/source'
import { postgres } from './postgres/source'
import type { Provider } from './provider'

/** The only list of providers. */
export const PROVIDERS: readonly Provider[] = [cdb, postgres]
