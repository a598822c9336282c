import { ApiError } from '../world/api-error'
import type { Service } from '../world/products'

const WINDOW_MS = 1000

/** Calls per second of one account, service and region; null is without limit. */
export type QuotaLimits = Readonly<Record<Service, number | null>>

/** The documents' figures. */
export const DOCUMENTED_QUOTAS: QuotaLimits = { cdb: 50, postgres: 20 }

/** Counts accepted calls in a sliding second. */
export class Quota {
  limits: QuotaLimits
  private readonly accepted = new Map<string, number[]>()

  constructor(limits: QuotaLimits) {
    this.limits = limits
  }

  /** @throws ApiError `RequestLimitExceeded` */
  take(account: string, service: Service, region: string, nowMs: number): void {
    const limit = this.limits[service]
    if (limit === null) return
    const key = `${account} ${service} ${region}`
    const recent = (this.accepted.get(key) ?? []).filter((at) => at > nowMs - WINDOW_MS)
    this.accepted.set(key, recent)
    if (recent.length < limit) {
      recent.push(nowMs)
      return
    }
    throw new ApiError(
      'RequestLimitExceeded',
      `Your current request times equals to \`${limit + 1}\` in a second, which exceeds the frequency limit \`${limit}\` for a second. Please reduce the frequency of calls.`,
    )
  }
}
