import type { CallContext } from '../call-context'

/** The inside of the envelope: what stands under `Response`. */
export interface UpstreamAnswer {
  readonly response: Readonly<Record<string, unknown>>
  readonly requestId: string
  /** Unix milliseconds at which the question was sent: nothing newer is in the answer for certain. */
  readonly askedAtMs: number
  /** The JSON that it came as. */
  readonly body: Buffer
  /** True where it is read anew: what is odd in it has been told of. */
  readonly isKept?: boolean
  /** What its reader has made of it, who makes it once. */
  made?: object
}

/** One signed call to one product in one account and region. */
export interface TencentClient {
  /**
   * Integers outside the safe range arrive as `bigint`, every other number as `number`.
   * @throws UpstreamFailure
   */
  call(
    action: string,
    parameters: Readonly<Record<string, unknown>>,
    scope: CallContext,
  ): Promise<UpstreamAnswer>
}
