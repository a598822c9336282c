import type { Random } from '../world/random'

/** A way to answer badly. */
export type Fault =
  /** The connection is cut without an answer. */
  | { readonly kind: 'reset' }
  /** Nothing is answered, and the connection stays open. */
  | { readonly kind: 'hang' }
  /** The right answer, late. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** The right answer, one byte at a time, with a pause after each. */
  | { readonly kind: 'drip'; readonly pauseMs: number }
  /** Half of the right answer, then the connection is cut. */
  | { readonly kind: 'truncated' }
  /** HTTP 200 with this text instead of JSON. */
  | { readonly kind: 'badJson'; readonly text?: string }
  /** HTTP 200 with this JSON as the whole body. */
  | { readonly kind: 'body'; readonly json: unknown }
  /** The right answer, with these fields of `Response` put over its own; a null field is a null. */
  | { readonly kind: 'response'; readonly fields: Readonly<Record<string, unknown>> }
  /** A body of so many bytes. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** A body without an end. */
  | { readonly kind: 'endless' }
  /** Another HTTP status, with an HTML page, as the cloud's front answers. */
  | { readonly kind: 'status'; readonly status: number; readonly html?: string }
  /** A refusal by the API. */
  | { readonly kind: 'apiError'; readonly code: string; readonly message?: string }

/** When a fault strikes; what is left out does not matter. */
export interface FaultRule {
  readonly fault: Fault
  readonly service?: string
  readonly region?: string | null
  readonly secretId?: string
  /** How many calls it strikes; until cleared when absent. */
  readonly times?: number
  /** How many matching calls it lets pass first (0). */
  readonly after?: number
  /** How often it strikes, from 0 to 1 (1). */
  readonly probability?: number
}

/** The call that may be struck. */
export interface Target {
  readonly service: string
  readonly region: string | null
  readonly secretId: string
}

interface ActiveRule {
  readonly rule: FaultRule
  letPass: number
  left: number
}

/** The script of what goes wrong: the first rule that fits a call strikes it. */
export class Faults {
  private active: ActiveRule[] = []

  constructor(private readonly random: Random) {}

  add(rule: FaultRule): void {
    this.active.push({ rule, letPass: rule.after ?? 0, left: rule.times ?? Infinity })
  }

  /** Takes back every rule, or those of one service. */
  clear(service?: string): void {
    this.active = service === undefined ? [] : this.active.filter(({ rule }) => rule.service !== service)
  }

  /** The rules still in force. */
  rules(): readonly FaultRule[] {
    return this.active.map(({ rule }) => rule)
  }

  /** The fault that strikes this call, counted as used. */
  take(target: Target): Fault | null {
    for (const active of this.active) {
      if (!fits(active.rule, target)) continue
      if (active.letPass > 0) {
        active.letPass -= 1
        continue
      }
      if (active.rule.probability !== undefined && this.random() >= active.rule.probability) continue
      active.left -= 1
      if (active.left <= 0) this.active = this.active.filter((other) => other !== active)
      return active.rule.fault
    }
    return null
  }
}

function fits(rule: FaultRule, target: Target): boolean {
  return (
    (rule.service === undefined || rule.service === target.service) &&
    (rule.region === undefined || rule.region === target.region) &&
    (rule.secretId === undefined || rule.secretId === target.secretId)
  )
}
