/** How often what was answered, by the kind of question. */
export class SoakTally {
  answers = 0
  /** The first hundred. */
  readonly problems: string[] = []
  private readonly counts = new Map<string, number>()

  add(kind: string, outcome: string, isProblem: boolean): void {
    this.answers += 1
    if (isProblem && this.problems.length < 100) this.problems.push(`${kind}: ${outcome}`)
    const key = `${kind}: ${isProblem ? 'not as promised' : outcome}`
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1)
  }

  lines(): readonly string[] {
    return [...this.counts].sort().map(([key, count]) => `${key}: ${count}`)
  }
}
