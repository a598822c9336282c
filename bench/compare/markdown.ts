type Cell = string | number

/** A table; numbers stand to the right, and what is in the first column to the left. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]) => `| ${cells.join(' | ')} |`
  const isNumber = (column: number) => column > 0 && rows.every((row) => /^[\d<≤]/.test(String(row[column])))
  const rule = head.map((_, column) => (isNumber(column) ? '--:' : '---'))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

/** Three digits that count, as many as a reader can use. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (value >= 100) return value.toFixed(0)
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
