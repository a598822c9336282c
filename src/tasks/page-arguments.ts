import { BadInput } from './bad-input'
import { reversed, type OrderDirection } from './order'

/** Relay's arguments; null is as good as absent. */
export interface PageArguments {
  readonly first?: number | null
  readonly after?: string | null
  readonly last?: number | null
  readonly before?: string | null
}

/** What the arguments ask for. */
export interface PageWish {
  readonly size: number
  readonly isBackward: boolean
  readonly cursor: { readonly text: string; readonly argument: 'after' | 'before' } | null
  readonly direction: OrderDirection
}

export const DEFAULT_PAGE_SIZE = 20
export const MAX_PAGE_SIZE = 100

/** @throws BadInput where the arguments contradict each other or are out of range */
export function readPageArguments(
  { first, after, last, before }: PageArguments,
  order: OrderDirection,
): PageWish {
  if (isGiven(first) && isGiven(last))
    throw new BadInput('last', 'first and last cannot be used together: first goes forward, last backward')
  if (isGiven(after) && isGiven(before))
    throw new BadInput(
      'before',
      'after and before cannot be used together: use first with after, or last with before',
    )
  if (isGiven(first) && isGiven(before)) throw new BadInput('before', 'before goes with last, not with first')
  if (isGiven(last) && isGiven(after)) throw new BadInput('after', 'after goes with first, not with last')
  const isBackward = isGiven(last) || isGiven(before)
  const size = isBackward ? checkSize('last', last) : checkSize('first', first)
  const direction = isBackward ? reversed(order) : order
  const [text, argument] = isBackward ? ([before, 'before'] as const) : ([after, 'after'] as const)
  return { size, isBackward, direction, cursor: isGiven(text) ? { text, argument } : null }
}

function checkSize(argument: string, size: number | null | undefined): number {
  if (!isGiven(size)) return DEFAULT_PAGE_SIZE
  if (size >= 1 && size <= MAX_PAGE_SIZE) return size
  throw new BadInput(argument, `${argument} is ${size}; it must be from 1 to ${MAX_PAGE_SIZE}`)
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined
}
