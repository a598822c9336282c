import { MAX_LIMIT } from '../source'

/** Rows of an upstream list. */
export interface Stretch {
  readonly offset: number
  readonly limit: number
}

/** What a page holds at least of what it is asked for, wherever that begins. */
export const ALIGNED_ROWS = MAX_LIMIT / 2

/** Where Offset must be a multiple of Limit: the page that holds the stretch's first row and goes on furthest from it. */
export function alignedOn({ offset, limit }: Stretch): Stretch {
  if (offset === 0) return { offset, limit }
  return best(pagesWith(offset), (page) => page.offset + page.limit)
}

/** The page that holds the stretch's last row and goes back furthest from it. */
export function alignedBack({ offset, limit }: Stretch): Stretch {
  return best(pagesWith(offset + limit - 1), (page) => -page.offset)
}

function pagesWith(row: number): readonly Stretch[] {
  return Array.from({ length: MAX_LIMIT }, (_, at) => ({ offset: row - (row % (at + 1)), limit: at + 1 }))
}

function best(pages: readonly Stretch[], reach: (page: Stretch) => number): Stretch {
  return pages.reduce((a, b) => (reach(b) > reach(a) ? b : a))
}
