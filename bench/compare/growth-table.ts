import type { Growth } from './growth'
import { digits, table } from './markdown'

const MB = 1e6

/** The measurements beside the formulas. */
export function growthTable(growth: readonly Growth[]): string {
  const fit = fitCpu(growth)
  const rows = growth.map((one) => [
    one.sources,
    one.accounts,
    one.page,
    one.depth,
    digits(one.calls),
    one.expectedCalls,
    digits(one.cpuMs),
    digits(fit.predict(one)),
    digits(one.p50Ms),
    digits(one.rssBytes / MB),
  ])
  const head = [
    'sources',
    'accounts',
    'page size',
    'page number',
    'calls',
    'by formula',
    'CPU ms',
    'by formula',
    'p50 ms',
    'MB',
  ]
  return `${table(head, rows)}

One client, the cache off. A source is a list: one of each product in each region of each account. Calls: one a source, two where a page takes more than 95 tasks from one; the page's number does not matter. CPU: ${fit.text}, fitted to
the first pages alone. Memory is what the process holds afterwards.`
}

interface Fit {
  readonly text: string
  predict(one: Growth): number
}

/** CPU = base + a source's share × sources + a row's share × page size: least squares over the first pages. */
function fitCpu(growth: readonly Growth[]): Fit {
  const points = growth.filter(({ depth }) => depth === 1)
  const terms = (one: Growth) => [1, one.sources, one.page]
  const matrix = [0, 1, 2].map((row) => [
    ...[0, 1, 2].map((column) => sum(points, (one) => at(terms(one), row) * at(terms(one), column))),
    sum(points, (one) => at(terms(one), row) * one.cpuMs),
  ])
  const [base = NaN, source = NaN, row = NaN] = solve(matrix)
  return {
    text: `${digits(base)} ms + ${digits(source)} ms a source + ${(row * 1000).toFixed(0)} µs a task of the page`,
    predict: (one) => base + source * one.sources + row * one.page,
  }
}

/** Gauss and Jordan. */
function solve(matrix: number[][]): readonly number[] {
  matrix.forEach((pivot, index) => {
    const factor = at(pivot, index)
    pivot.forEach((value, column) => (pivot[column] = value / factor))
    for (const other of matrix) {
      if (other === pivot) continue
      const times = at(other, index)
      other.forEach((value, column) => (other[column] = value - times * at(pivot, column)))
    }
  })
  return matrix.map((row) => row.at(-1) ?? NaN)
}

function sum(points: readonly Growth[], term: (one: Growth) => number): number {
  return points.reduce((total, one) => total + term(one), 0)
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? NaN
}
