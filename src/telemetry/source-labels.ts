/** One upstream list: a product in an account and region; a null region is a call without one. */
export interface SourceLabels {
  readonly provider: string
  readonly account: string
  readonly region: string | null
}

/** The names of the labels that a source has. */
export const SOURCE = ['provider', 'account', 'region'] as const

/** The labels of a source. */
export function labels({ provider, account, region }: SourceLabels) {
  return { provider, account, region: region ?? '' }
}
