/** Work in flight, by key: callers that ask for the same work meanwhile share it. */
export class SingleFlight<T> {
  private readonly flights = new Map<string, { readonly startedMs: number; readonly work: Promise<T> }>()

  /**
   * @param startedMs when work that begins now begins
   * @param notBeforeMs work that began earlier is not joined
   */
  share(work: () => Promise<T>, key = '', startedMs = 0, notBeforeMs = -Infinity): Promise<T> {
    const known = this.flights.get(key)
    if (known !== undefined && known.startedMs >= notBeforeMs) return known.work
    const flight = { startedMs, work: work() }
    this.flights.set(key, flight)
    const settled = (): void => {
      if (this.flights.get(key) === flight) this.flights.delete(key)
    }
    flight.work.then(settled, settled)
    return flight.work
  }

  isRunning(key = ''): boolean {
    return this.flights.has(key)
  }
}
