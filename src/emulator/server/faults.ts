import type { Random } from '../world/random'
import type { Oddity } from './oddities'

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

/** What happens to calls: a fault in place of the right answer, or an oddity of it. */
export type FaultRule = Strikes & ({ readonly fault: Fault } | { readonly oddity: Oddity })

/** Which calls are struck; what is left out does not matter. */
interface Strikes {
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

/** What happens to one call. */
export interface Struck {
  readonly fault: Fault | null
  readonly oddities: readonly Oddity[]
}

/** The script of what goes wrong: the first fault that fits a call strikes it, and so does every oddity. */
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

  /** What happens to this call, counted as used. */
  take(target: Target): Struck {
    let fault: Fault | null = null
    const oddities: Oddity[] = []
    for (const active of this.active) {
      const { rule } = active
      if (!fits(rule, target) || ('fault' in rule && fault !== null)) continue
      if (active.letPass > 0) {
        active.letPass -= 1
        continue
      }
      if (rule.probability !== undefined && this.random() >= rule.probability) continue
      active.left -= 1
      if ('fault' in rule) fault = rule.fault
      else oddities.push(rule.oddity)
    }
    this.active = this.active.filter(({ left }) => left > 0)
    return { fault, oddities }
  }
}

function fits(rule: FaultRule, target: Target): boolean {
  return (
    (rule.service === undefined || rule.service === target.service) &&
    (rule.region === undefined || rule.region === target.region) &&
    (rule.secretId === undefined || rule.secretId === target.secretId)
  )
}
