import type { Comparison } from './comparison'
import type { Growth } from './growth'
import type { LoadResult } from './loads'
import type { Micro } from './micro'
import type { Options } from './options'
import type { SourcesResult } from './sources'
import type { ProcessFigures } from './starts'

/** Everything that one run has measured; null is what a quick one leaves out. */
export interface Measured {
  readonly options: Options
  readonly comparison: Comparison
  readonly sources: readonly SourcesResult[] | null
  readonly starts: readonly ProcessFigures[] | null
  readonly loads: readonly LoadResult[] | null
  readonly growth: readonly Growth[] | null
  readonly micro: readonly Micro[] | null
  /** What the benchmark of subscriptions says. */
  readonly subscriptions: string | null
}
