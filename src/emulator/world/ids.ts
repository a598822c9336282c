import type { Service } from './products'
import { between, type Random } from './random'
import type { RowId } from './row'

/** Above every id of the documents' examples. */
const FIRST_ID = 2_000_000

/** 2^53 + 1: the first integer that a number cannot hold. */
const BEYOND_DOUBLE = 9_007_199_254_740_993n

/** Rising ids with gaps; Postgres has some that no double can hold. */
export function createIds(service: Service, random: Random): () => RowId {
  let last = FIRST_ID
  return () => {
    last += between(random, 1, 3)
    return service === 'postgres' && random() < 0.05 ? BEYOND_DOUBLE + BigInt(last) : last
  }
}
