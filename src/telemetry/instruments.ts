import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** Upper bounds of a histogram of durations, in seconds: as long as a request may wait. */
export const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8]

export type Instruments = ReturnType<typeof createInstruments>

/** Makes the counters of one registry, each by its name, what it counts, and the names of its labels. */
export function createInstruments(registry: Registry) {
  const registers = [registry]
  return {
    counter: <Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []) =>
      new Counter<Label>({ name, help, labelNames, registers }),
    gauge: <Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []) =>
      new Gauge<Label>({ name, help, labelNames, registers }),
    /** @param set called whenever the metrics are read */
    readGauge: (
      name: string,
      help: string,
      label: string,
      set: (to: (word: string, value: number) => void) => void,
    ) =>
      new Gauge<string>({
        name,
        help,
        labelNames: [label],
        registers,
        collect() {
          set((word, value) => this.set({ [label]: word }, value))
        },
      }),
    histogram: <Label extends string = never>(
      name: string,
      help: string,
      buckets: number[],
      labelNames: readonly Label[] = [],
    ) => new Histogram<Label>({ name, help, labelNames, buckets, registers }),
  }
}
